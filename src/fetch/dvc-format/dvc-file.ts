/** Reads `<dataDir>.dvc`, DVC's metadata of the data folder: one output that DVC itself stored, or a clear refusal. */
import { posix } from 'node:path';
import { z } from 'zod';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { byContent, byText, type ObjectNaming } from './object-naming.ts';
import { readYaml } from './read-yaml.ts';

/** What the metadata says about the data folder. */
export interface Metadata {
  /** The folder's `.dir` object: 32 hex digits and `.dir`. */
  oid: string;
  /** How the folder's objects are named. */
  objectNaming: ObjectNaming;
  /** The remote that the output itself names; else the repository's default counts. */
  remote: string | null;
  files: number | null;
  bytes: number | null;
}

/** Larger is no metadata of one folder. */
export const metadataLimit = 1024 * 1024;
/** Larger is no `dvc.lock` that is worth reading for a better sentence. */
export const lockLimit = 16 * 1024 * 1024;

const output = z.looseObject({
  path: z.string(),
  md5: z.string().optional(),
  hash: z.string().optional(),
  size: z.number().optional(),
  nfiles: z.number().optional(),
  remote: z.string().optional(),
});
const document = z.looseObject({ outs: z.array(output), deps: z.unknown().optional(), wdir: z.unknown().optional() });

/** @throws {FetchFailure} `dataset` that names the file and what to do */
export function readMetadata(text: string, dataDir: string): Metadata {
  const file = `${dataDir}.dvc`;
  const refuse = (why: string): never => {
    throw new FetchFailure('dataset', `${file} of the commit ${why}`);
  };
  const parsed = document.safeParse(readYaml(text, file));
  if (!parsed.success) return refuse('is no DVC metadata with outs: track the folder by dvc add');
  const { outs, deps, wdir } = parsed.data;
  if (deps !== undefined)
    refuse(
      'tracks an import or a pipeline output (deps), which can not be fetched: dvc add the data in its own repository',
    );
  if (wdir !== undefined) refuse(`sets wdir, and must lie beside its folder: run dvc add ${dataDir} there`);
  const [out, ...others] = outs;
  if (!out || others.length > 0) return refuse(`must have exactly one output and has ${outs.length}`);
  const name = posix.basename(dataDir);
  if (out.path !== name)
    refuse(
      `tracks ${JSON.stringify(out.path.slice(0, 200))} and not ${JSON.stringify(name)}: name the right folder by dvc.io/data-dir`,
    );
  if (out.files !== undefined || out.version_id !== undefined || out.cloud !== undefined) {
    refuse('is of a cloud-versioned remote, which can not be fetched: use a remote without version_aware');
  }
  if (out.cache === false || out.push === false) refuse('keeps its data out of the remote (cache or push is false)');
  const { md5 } = out;
  if (md5 === undefined) return refuse('has no md5: run dvc add and dvc push with DVC 3');
  if (!md5.endsWith('.dir')) refuse(`tracks a single file: put it into a folder and run dvc add ${dataDir}`);
  if (!/^[0-9a-f]{32}\.dir$/.test(md5)) refuse('has an md5 that is none');
  if (out.hash !== undefined && out.hash !== 'md5') refuse('has objects named by another hash than md5');
  const objectNaming = out.hash === 'md5' ? byContent : byText; // DVC 2 did not write which hash
  return { oid: md5, objectNaming, remote: out.remote ?? null, files: count(out.nfiles), bytes: count(out.size) };
}

const lockFile = z.looseObject({
  stages: z.record(z.string(), z.looseObject({ outs: z.array(z.looseObject({ path: z.string() })).optional() })),
});

/**
 * True where the `dvc.lock` at `file`, the record of a pipeline's outputs, says that a stage made this path.
 * @throws {FetchFailure} as `readYaml`
 */
export function isPipelineOutput(lock: string, file: string, path: string): boolean {
  const parsed = lockFile.safeParse(readYaml(lock, file));
  return parsed.success && Object.values(parsed.data.stages).some(({ outs }) => outs?.some((out) => out.path === path));
}

function count(value: number | undefined): number | null {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
