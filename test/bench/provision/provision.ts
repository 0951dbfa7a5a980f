/** `npm run bench -- provision`: one run, one table. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { isolatedTools } from '../../../provision/isolated-tools.ts';
import { announced } from '../../../provision/progress.ts';
import { providePrograms } from '../../support/programs/programs.ts';
import { freshFolders } from './bench.ts';
import { provideDataset } from './dataset.ts';
import { describeMachine } from './machine.ts';
import { memoryFolder } from './memory.ts';
import { type Options, readOptions } from './options.ts';
import { startOutside } from './outside.ts';
import { runRows } from './rows.ts';
import { tableOf } from './table.ts';
import { verdicts } from './targets.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** Runs it; returns the exit code: 1 where a row failed. Throws UsageError for a bad flag. A target that is missed is no failure. */
export async function provision(args: string[], signal: AbortSignal): Promise<number> {
  const options = readOptions(args);
  const cli = await commandLine(options);
  const programs = await providePrograms();
  const dataset = await provideDataset(options.files);
  // Order matters: what is mounted and started last ends first, and the folder goes when nothing is left in it.
  await using cleanup = new AsyncDisposableStack();
  const temporary = (parent: string) => {
    const folder = mkdtempSync(join(parent, 'dvc-injector-bench-'));
    cleanup.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
    return folder;
  };
  const run = temporary(tmpdir());
  const filesFolder = options.folder ?? memoryFolder();
  const fresh = freshFolders(temporary(filesFolder));
  const { environment: tools } = await isolatedTools(join(run, 'home'));
  const machine = await describeMachine(tools);
  const offer = { counted: programs.counted, run, dataset, split: options.split, firstByteMs: options.firstByteMs };
  const outside = cleanup.use(await startOutside(offer));
  const rows = await runRows({
    options,
    dataset,
    programs,
    outside,
    run,
    cli,
    tools,
    signal,
    fresh,
  });
  const judged = verdicts(rows);
  const what = `${options.files} files, splits of ${options.split}, S3's answers ${options.firstByteMs} ms later, volume and scratch in ${filesFolder}`;
  process.stdout.write(`\n${machine.hardware}\n${machine.versions}\n${what}\n\n${tableOf(rows)}\n\n`);
  for (const { met, target, found } of judged) process.stdout.write(`${met ? '✔' : '✖'} ${target}: ${found}\n`);
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ machine, options, rows, verdicts: judged }, null, 2)}\n`);
  return rows.every((row) => row.ok) ? 0 : 1;
}

/** The built command, as the image has it: running the sources directly would cost each start the stripping of types. */
async function commandLine(options: Options): Promise<readonly [string, ...string[]]> {
  if (options.cli !== undefined) {
    if (!existsSync(options.cli)) throw new Error(`--cli ${options.cli}: there is no such file`);
    return [process.execPath, resolve(options.cli)];
  }
  await announced('building dist', () => execa('npm', ['run', '--silent', 'build'], { cwd: root }));
  return [process.execPath, join(root, 'dist', 'cli.js')];
}
