/**
 * Runs a foreign binary (`node lifeline.ts /path/etcd --flags`) that can't know about our lifeline, and kills it when
 * stdin closes. Our own binary does the same by itself, in kubernetes/main.go.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const [program, ...args] = process.argv.slice(2);
if (!program) throw new Error('usage: lifeline.ts <program> [argument …]');

const child = spawn(program, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, DVC_INJECTOR_LIFELINE: '' }, // in case it is our own binary: its stdin isn't the lifeline
});
let cut = false;
process.stdin.resume().on('close', () => {
  cut = true;
  child.kill('SIGKILL');
});
child.on('exit', (code) => {
  const folder = process.env.DVC_INJECTOR_LIFELINE_FOLDER;
  if (cut && folder) rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 1);
});
