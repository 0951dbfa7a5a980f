/** The two floors: servers in Node and in Go that only decode the review and answer with a fixed patch. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { freePort } from '../../../support/process/free-port.ts';
import { startLogged } from '../../../support/process/logged.ts';
import { patchOf, type RunningServer, type Stage, type StartServer } from '../server.ts';
import { untilListening } from './listening.ts';

export const startBareNode: StartServer = (stage) =>
  start(stage, 'bare-node', (port, { cert, key }) => {
    return [process.execPath, join(import.meta.dirname, 'bare-node-server.ts'), port, cert, key, stage.patchFile];
  });

export const startBareGo: StartServer = (stage) =>
  start(stage, 'bare-go', (port, { cert, key }) => {
    const tls = ['--cert', cert, '--key', key];
    return [stage.programs.bare, '--listen', `127.0.0.1:${port}`, ...tls, '--patch', stage.patchFile];
  });

type CommandOf = (port: string, tls: { cert: string; key: string }) => readonly string[];

async function start(stage: Stage, name: string, commandOf: CommandOf): Promise<RunningServer> {
  const port = await freePort('127.0.0.1');
  const { certFile: cert, keyFile: key } = stage.webhook.tls;
  const log = join(stage.folder, `${name}.log`);
  const server = startLogged(commandOf(String(port), { cert, key }), { log, wrapper: stage.pinned });
  await untilListening(name, server, port);
  const fixed = JSON.parse(readFileSync(stage.patchFile, 'utf8'));
  const problem: RunningServer['problem'] = (reply) =>
    reply.allowed && isDeepStrictEqual(patchOf(reply), fixed) ? undefined : 'it has another patch than the fixed one';
  return { process: server, port, path: '/mutate', problem };
}
