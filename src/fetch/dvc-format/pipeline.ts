/** Reads what a pipeline made: the hashes that `dvc.lock` records of its outputs, and what `dvc.yaml` says of each. */
import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { FetchFailure } from '../failure/fetch-failure.ts';
import {
  isRelated,
  type Output,
  type OutputFlags,
  outputSchema,
  pathInRepository,
  readOutput,
  type WrittenOutput,
} from './output.ts';
import { aliasesOfPeople, readYaml } from './read-yaml.ts';

/** In bytes. Larger is no record of a pipeline that a person runs. */
export const lockLimit = 16 * 1024 * 1024;
export const pipelineLimit = 4 * 1024 * 1024;

const lockedStage = z.looseObject({ outs: z.array(outputSchema).nullish() });
const lockOfNow = z.looseObject({ schema: z.string(), stages: z.record(z.string(), lockedStage).nullish() });
const lockOfDvc1 = z.record(z.string(), lockedStage);

const flags = z.looseObject({
  cache: z.boolean().optional(),
  push: z.boolean().optional(),
  remote: z.string().nullish(),
});
/** `- data/prepared`, or the same with flags: `- data/prepared: {cache: false}`. */
const declared = z.union([z.string(), z.record(z.string(), flags.nullish())]);
const definition = z.looseObject({
  foreach: z.unknown().optional(),
  matrix: z.unknown().optional(),
  wdir: z.string().nullish(),
  outs: z.array(declared).nullish(),
  metrics: z.array(declared).nullish(),
  plots: z.array(declared).nullish(),
});
type Definition = z.output<typeof definition>;
const pipeline = z.looseObject({
  stages: z.record(z.string(), definition.extend({ do: definition.optional() })).nullish(),
});

/** The two files of one pipeline, which lie in the same folder. */
export interface PipelineFiles {
  /** The path of `dvc.lock` in the repository. */
  source: string;
  lock: string;
  /** `dvc.yaml`; null where the commit has none. */
  yaml: string | null;
}

/** A pipeline's outputs, and the stages of which nothing can be said. */
export interface PipelineOutputs {
  outputs: Output[];
  /** Each as the end of a sentence. */
  unresolved: string[];
}

/**
 * What the last run of each stage left. As for DVC, a record counts only as far as `dvc.yaml` still has its stage and its
 * output: what a removed stage once made is nobody's.
 * @throws {FetchFailure} `dataset` where one of the files can't be read
 */
export function readPipeline({ source, lock, yaml }: PipelineFiles): PipelineOutputs {
  const folder = posix.dirname(source);
  const yamlPath = posix.join(folder, 'dvc.yaml');
  const stages = readStages(yaml, yamlPath);
  const outputs: Output[] = [];
  const unresolved: string[] = [];
  for (const [name, { outs }] of Object.entries(readLock(lock, source))) {
    const stage = stages.get(name) ?? stages.get(groupOf(name));
    // DVC never takes a record away: that of an item which is none any more, or of a stage that became one, is nobody's.
    if (!stage || !outs || !isMadeBy(stage, name)) continue;
    const wdir = resolvedWdir(stage, name);
    if (wdir === null) {
      unresolved.push(`the stage ${name} of ${yamlPath} has a wdir that only DVC can resolve`);
      continue;
    }
    const outsFolder = pathInRepository(folder, wdir);
    if (outsFolder === null) continue;
    const flagsOf = declarations(stage);
    for (const written of outs) {
      const output = readRecorded(flagsOf(written.path), written, { folder: outsFolder, source });
      if (output) outputs.push(output);
    }
  }
  return { outputs, unresolved };
}

/** `train` of `train@small`, as the lock names what a foreach or a matrix made of it. */
function groupOf(name: string): string {
  return name.split('@')[0] ?? name;
}

/** True where a stage of this definition has this name, as far as the items stand there and not in a variable. */
function isMadeBy({ foreach, matrix }: Definition, name: string): boolean {
  const at = name.indexOf('@');
  if (foreach === undefined && matrix === undefined) return at < 0;
  const items = foreach === undefined ? matrixItems(matrix) : foreachItems(foreach);
  return at >= 0 && (items === null || items.has(name.slice(at + 1)));
}

/** A number is written by Python, which may do it otherwise than we (1.0, 1e-05), and null as None: what it is called isn't known. */
function isKnownText(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('${');
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null);
}

/** What follows the @ for each item; null where a variable has them. The rules are DVC's (dvc/parsing). */
function foreachItems(foreach: unknown): Set<string> | null {
  if (Array.isArray(foreach)) {
    if (!foreach.every(isKnownText)) return null;
    const isPlain = foreach.every((item) => typeof item !== 'object');
    return new Set(foreach.map((item, index) => (isPlain ? String(item) : String(index))));
  }
  return typeof foreach === 'object' && foreach !== null ? new Set(Object.keys(foreach)) : null;
}

/** The values of each combination, joined; of one that is no plain value its variable and position. */
function matrixItems(matrix: unknown): Set<string> | null {
  if (typeof matrix !== 'object' || matrix === null) return null;
  let items = [''];
  for (const [variable, values] of Object.entries(matrix)) {
    if (!Array.isArray(values) || !values.every(isKnownText) || items.length * values.length > mostItems) return null;
    const written = values.map((value, index) => (typeof value === 'object' ? `${variable}${index}` : String(value)));
    items = items.flatMap((before) => written.map((each) => (before === '' ? each : `${before}-${each}`)));
  }
  return new Set(items);
}

/** Of more combinations none is looked for. */
const mostItems = 100_000;

/** The stage of a `dvc.yaml` that declares an output at, below or around this path, whether it was ever run or not; null where none does. */
export function stageDeclaring(yaml: string, yamlPath: string, path: string): string | null {
  for (const [name, stage] of readStages(yaml, yamlPath)) {
    const folder = pathInRepository(posix.dirname(yamlPath), stage.wdir ?? '.');
    const declares = ([template]: [string, unknown]) => {
      const output = folder === null ? null : pathInRepository(folder, template);
      // One without a letter of its own, such as `${model}`, stands for every path, and would be named to whoever mistypes one.
      return output !== null && (isRelated(output, path) || (isTelling(template) && matches(output, path)));
    };
    if (declaredOutputs(stage).some(declares)) return name;
  }
  return null;
}

function readLock(text: string, source: string): Record<string, z.output<typeof lockedStage>> {
  const value = readYaml(text, source) ?? {};
  const now = lockOfNow.safeParse(value);
  if (now.success) return now.data.stages ?? {};
  const before = lockOfDvc1.safeParse(value);
  if (before.success) return before.data;
  throw new FetchFailure('dataset', `${source} of the commit is no record of DVC's: run dvc repro and use that commit`);
}

function readStages(text: string | null, path: string): Map<string, Definition> {
  const parsed = pipeline.safeParse((text !== null && readYaml(text, path, aliasesOfPeople)) || {});
  if (!parsed.success) {
    throw new FetchFailure('dataset', `${path} of the commit is no pipeline of DVC's: mend it and use that commit`);
  }
  const stages = Object.entries(parsed.data.stages ?? {});
  // What a foreach stage does stands below `do`.
  return new Map(stages.map(([name, stage]) => [name, stage.do ? { ...stage.do, foreach: stage.foreach } : stage]));
}

/** An output that was recorded, with what is said of it now; null where the stage has it no more. */
function readRecorded(
  [said, ...others]: readonly OutputFlags[],
  written: WrittenOutput,
  place: { folder: string; source: string },
): Output | null {
  if (!said) return null;
  const output = readOutput(written, place, said);
  if (!output || others.every((other) => isDeepStrictEqual(other, said))) return output;
  // Taken for what DVC doesn't keep, data would be missing without a word.
  const why =
    'may be any of several outputs that dvc.yaml names by variables, which do not say the same of cache, push and remote: write its path there, and use that commit';
  return { path: output.path, source: output.source, why, leftOut: false };
}

/** Tells what the declarations say that a path may be meant by: the one with its path, else those with most of it. */
function declarations(stage: Definition): (path: string) => OutputFlags[] {
  const said = declaredOutputs(stage).map(([template, written]) => ({
    template,
    literals: literalLength(template),
    flags: { cache: written?.cache ?? true, push: written?.push ?? true, remote: written?.remote ?? null },
  }));
  const plain = Map.groupBy(
    said.filter(({ literals }) => literals === Number.POSITIVE_INFINITY),
    ({ template }) => plainPath(template),
  );
  const templates = said.filter(({ literals }) => literals !== Number.POSITIVE_INFINITY);
  return (path) => {
    const own = plain.get(plainPath(path));
    if (own) return own.map(({ flags: each }) => each);
    const found = templates.filter(({ template }) => matches(template, path));
    const most = Math.max(...found.map(({ literals }) => literals));
    return found.filter(({ literals }) => literals === most).map(({ flags: each }) => each);
  };
}

function plainPath(written: string): string {
  return posix.normalize(written).replace(/\/$/, '');
}

function declaredOutputs({ outs, metrics, plots }: Definition): [string, z.output<typeof flags> | null | undefined][] {
  return [outs, metrics, plots]
    .flatMap((list) => list ?? [])
    .flatMap((each) => (typeof each === 'string' ? [[each, null] as [string, null]] : Object.entries(each)));
}

/** The parts of a declaration that are not `${…}`. */
function literalsOf(template: string): string[] {
  return plainPath(template).split(/\$\{[^}]*\}/);
}

/** How much of a path a declaration says; all where it is one. */
function literalLength(template: string): number {
  const literals = literalsOf(template);
  return literals.length === 1 ? Number.POSITIVE_INFINITY : literals.reduce((sum, { length }) => sum + length, 0);
}

function isTelling(template: string): boolean {
  return literalsOf(template).some((literal) => /[^./]/.test(literal));
}

/** True where a path is what a declaration stands for, whose `${…}` may be anything: what they were is in the lock. */
function matches(template: string, path: string): boolean {
  const literals = literalsOf(template);
  const wanted = plainPath(path);
  if (literals.length === 1) return literals[0] === wanted;
  const last = literals.pop() ?? '';
  const [first = ''] = literals;
  if (!wanted.startsWith(first) || !wanted.endsWith(last)) return false;
  // Each literal as early as it can be: no expression, which would try again from every character.
  let at = first.length;
  for (const literal of literals.slice(1)) {
    const found = wanted.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return at <= wanted.length - last.length;
}

/**
 * A stage's own folder, with the key and the item of `name@key` in it; null where it holds something else that only DVC
 * can resolve. Of a list the item is what the name says, of a table what stands there.
 */
function resolvedWdir({ wdir, foreach }: Definition, name: string): string | null {
  const at = name.indexOf('@');
  const key = at < 0 ? null : name.slice(at + 1);
  const item = Array.isArray(foreach) ? key : itemOf(foreach, key);
  const values: Readonly<Record<string, string | null>> = { key, item };
  const text = (wdir ?? '.').replaceAll(/\$\{ *(item|key) *\}/g, (whole, which: string) => values[which] ?? whole);
  return text.includes('${') ? null : text;
}

function itemOf(foreach: unknown, key: string | null): string | null {
  const item = z.record(z.string(), z.unknown()).safeParse(foreach).data?.[key ?? ''];
  return typeof item === 'string' || typeof item === 'number' ? String(item) : null;
}
