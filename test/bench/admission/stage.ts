/** Makes everything that the servers need: the cluster, a configuration, the fixed patch, and a processor for the server alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { splitProcessors } from '../../support/process/logged.ts';
import { providePrograms } from '../../support/programs/programs.ts';
import { prepareWebhook } from '../../support/webhook/built-webhook.ts';
import { startServedNamespace } from '../../support/webhook/served-namespace.ts';
import type { Stage } from './server.ts';
import { rightPatch } from './servers/ours.ts';

/**
 * Builds first, with all processors; then leaves one to the server and keeps the others for itself and so for all that it
 * starts: the control plane and the load. Throws where there is only one processor.
 */
export async function setStage(peers: string | undefined): Promise<Stage & AsyncDisposable> {
  const programs = await providePrograms();
  const processors = splitProcessors();
  if (!processors) throw new Error('the load would take the time of the server: two processors are needed');
  await execa('taskset', ['--all-tasks', '--cpu-list', '--pid', processors.others, String(process.pid)]);
  await using cleanup = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-bench-'));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const cluster = cleanup.use(await startServedNamespace());
  const webhook = await prepareWebhook(folder, cluster.rights);
  const patchFile = join(folder, 'patch.json');
  writeFileSync(patchFile, JSON.stringify(rightPatch(cluster.namespace, 0)));
  const owned = cleanup.move();
  return {
    ...{ folder, programs, cluster, webhook, patchFile, peers },
    pinned: ['taskset', '--cpu-list', processors.server],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
