/** The benchmarks' own programs, built once from their locked Go module. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, fingerprint } from '../../../provision/cache.ts';
import { findGo } from '../../../provision/go.ts';
import { announced } from '../../../provision/progress.ts';

const module = import.meta.dirname;

/** Paths of the programs; what each does stands at the top of its main.go. */
export interface Programs {
  efs: string;
  floor: string;
  counted: string;
  bare: string;
  load: string;
}

export async function providePrograms(): Promise<Programs> {
  const files = globSync(['go.mod', 'go.sum', '*/*.go'], { cwd: module }).sort();
  const key = fingerprint({ files: files.map((file) => join(module, file)), words: [process.platform, process.arch] });
  const bin = await cached(`bench-programs-${key}`, async (directory) => {
    const go = await findGo();
    await announced("building the benchmarks' Go programs", () => build(go, directory));
  });
  const path = (name: keyof Programs) => join(bin, name);
  return {
    efs: path('efs'),
    floor: path('floor'),
    counted: path('counted'),
    bare: path('bare'),
    load: path('load'),
  };
}

async function build(go: string, directory: string): Promise<void> {
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false'];
  await execa(go, ['build', ...flags, '-o', `${directory}/`, './...'], {
    cwd: module,
    env: { CGO_ENABLED: '0', GOWORK: 'off' }, // no go.work of a folder above may change the versions
  });
}
