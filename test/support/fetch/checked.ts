/** Runs `dvc-injector check` as a person would, on a machine without logins of its own unless the test gives some. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { provideDvc } from '../../../provision/dvc.ts';
import type { DatasetReport } from '../../../src/check/report.ts';
import { compiledModules } from '../suites/compile-cache.ts';

const cli = join(import.meta.dirname, '..', '..', '..', 'src', 'cli.ts');

export interface Checked {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** What a check is surrounded by. */
export interface CheckedOptions {
  environment?: Readonly<Record<string, string>>;
  stdin?: string;
  cwd?: string;
}

/** Runs it with these arguments. Its home and its scratch are empty folders; what it leaves in the scratch is an error. */
export async function runCheck(args: readonly string[], options: CheckedOptions = {}): Promise<Checked> {
  const { bin } = await provideDvc();
  const home = mkdtempSync(join(tmpdir(), 'dvc-injector-person-'));
  const { environment, stdin = '', cwd = home } = options;
  const env = { PATH: [bin, process.env.PATH].join(delimiter), HOME: home, ...compiledModules(), ...environment };
  const child = spawn(process.execPath, [cli, 'check', ...args], { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // it ended without a look at stdin
  child.stdin.end(stdin);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      said[name] += chunk;
    });
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  rmSync(home, { recursive: true, force: true });
  return { exitCode, ...said };
}

/** As `runCheck`, and reads the JSON that it prints. */
export async function reportsOf(
  args: readonly string[],
  options: CheckedOptions = {},
): Promise<Checked & { datasets: DatasetReport[] }> {
  const checked = await runCheck([...args, '-o', 'json'], options);
  try {
    return { ...checked, ...(JSON.parse(checked.stdout) as { datasets: DatasetReport[] }) };
  } catch (error) {
    throw new Error(`no JSON: ${checked.stdout}\n${checked.stderr}`, { cause: error });
  }
}
