/** Real DVC with what some types of remote need beside it, as images with DVC_EXTRAS have. */
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { provideDvc } from '../../../provision/dvc.ts';
import { pythonEnvironment } from '../../../provision/python.ts';

const requirements = join(import.meta.dirname, '..', '..', '..', 'requirements');

export interface DvcExtra extends Disposable {
  /** For the environment of whatever runs `dvc`. */
  PATH: string;
}

/** The extra's own packages are installed by themselves, and found by a `dvc` that stands before the real one. */
export async function dvcWithExtra(extra: 'webdav' | 'webhdfs'): Promise<DvcExtra> {
  const { bin } = await provideDvc();
  const own = await pythonEnvironment(`DVC-${extra}`, join(requirements, `dvc-${extra}.txt`));
  const [packages] = globSync(join(dirname(own), 'lib', 'python3*', 'site-packages'));
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-extra-'));
  const script = `#!/bin/sh\nPYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}${packages}" exec '${join(bin, 'dvc')}' "$@"\n`;
  writeFileSync(join(folder, 'dvc'), script, { mode: 0o755 });
  return {
    PATH: [folder, bin, process.env.PATH].join(delimiter),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
