/** Helm with the chart, as an admin runs it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { provideHelm } from '../../../provision/helm.ts';

export const chart = join(import.meta.dirname, '../../../deploy/chart');

/** The names of the release that the tests render: neither is the chart's own, so that nothing can rely on that. */
export const release = { name: 'team', namespace: 'platform', fullname: 'team-dvc-injector' };

export interface HelmResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export type Values = Record<string, unknown>;

/** An object as the chart renders it; the tests look into parts of every kind. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is each kind's own
export type Rendered = KubernetesObject & Record<string, any>;

/** Runs `helm <args>` with these values in a file, and no settings of the user's. `kubeconfig` is the cluster, if one is asked. */
export async function helm(
  args: readonly string[],
  options: { values?: Values; kubeconfig?: string } = {},
): Promise<HelmResult> {
  const program = await provideHelm();
  const home = mkdtempSync(join(tmpdir(), 'dvc-injector-helm-'));
  try {
    const file = join(home, 'values.yaml');
    writeFileSync(file, JSON.stringify(options.values ?? {})); // JSON is YAML, and no word in it means a boolean
    const { stdout, stderr, exitCode, shortMessage } = await execa(
      program,
      [...args, ...(options.values ? ['--values', file] : [])],
      {
        reject: false,
        stdin: 'ignore',
        extendEnv: false,
        env: { HOME: home, HELM_CACHE_HOME: home, KUBECONFIG: options.kubeconfig ?? join(home, 'no-cluster') },
      },
    );
    if (exitCode === undefined) throw new Error(shortMessage ?? `${program} can't be run`);
    return { stdout, stderr, exitCode };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The text of `helm template`. Throws with Helm's words where it refuses. */
export async function template(values: Values = {}): Promise<string> {
  const args = ['template', release.name, chart, '--namespace', release.namespace];
  const { stdout, stderr, exitCode } = await helm(args, { values });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

/** The rendered objects. */
export async function render(values: Values = {}): Promise<Rendered[]> {
  return objectsIn(await template(values));
}

/** The objects of a text that `helm template` printed. */
export function objectsIn(rendered: string): Rendered[] {
  return parseAllDocuments(rendered).flatMap((document) => (document.toJS() as Rendered | null) ?? []);
}

/** The one object of this kind, and of this name where there are several. */
export function only(objects: readonly Rendered[], kind: string, name?: string): Rendered {
  const found = objects.filter((each) => each.kind === kind && (name === undefined || each.metadata?.name === name));
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} objects are a ${kind} ${name ?? ''}`);
  return first;
}
