/** `dvc-injector inject`: prints manifests with their pods injected, without a cluster. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { defaultConfig, InvalidConfig, loadConfig } from '../config/load.ts';
import { oneLine } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { BadFlags, readFlags, usage } from './flags.ts';
import { injectManifests, type Remark } from './inject-manifests.ts';
import { UnreadableManifest } from './split-documents.ts';

/** The file or stdin can't be read as text. */
class NoInput extends Error {}

/** Reads manifests, prints them injected to stdout, notes, warnings and denials to stderr; returns the exit code. */
export async function injectCommand(args: string[], _environment: NodeJS.ProcessEnv): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    const exit = exitOf(error);
    const message = exit === 'internal' ? (error as Error).stack : oneLine((error as Error).message);
    process.stderr.write(`dvc-injector inject: ${message}\n${exit === 'usage' ? `${usage}\n` : ''}`);
    return exitCodes[exit].code;
  }
}

async function run(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (flags.help) {
    await print(`${usage}\n`);
    return exitCodes.done.code;
  }
  const config = flags.config === null ? defaultConfig() : loadConfig(flags.config);
  const text = await readInput(flags.file);
  const {
    notes,
    warnings,
    denials,
    text: output,
  } = withLocation(flags.file, () => injectManifests(text, flags.namespace, config));
  report('note', notes);
  report('warning', warnings);
  report('denied', denials);
  if (denials.length > 0) return exitCodes.denied.code;
  await print(output);
  return exitCodes.done.code;
}

function exitOf(error: unknown): keyof typeof exitCodes {
  if (error instanceof BadFlags) return 'usage';
  if (error instanceof NoInput) return 'noInput';
  if (error instanceof UnreadableManifest) return 'unreadable';
  return error instanceof InvalidConfig ? 'configuration' : 'internal';
}

async function readInput(file: string): Promise<string> {
  const name = nameOf(file);
  if (file === '-' && process.stdin.isTTY) process.stderr.write('reading manifests from stdin, until Ctrl-D\n');
  let bytes: Buffer;
  try {
    bytes = file === '-' ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    // kubectl accepts a folder; here there would be no telling in the output which text is which file's.
    const isFolder = (error as NodeJS.ErrnoException).code === 'EISDIR';
    const why = isFolder ? 'it is a folder; name one file, or pass all of them on stdin' : (error as Error).message;
    throw new NoInput(`${name} can't be read: ${why}`, { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new UnreadableManifest(1, `${name} is not UTF-8 text`, { cause: error });
  }
}

/** Runs `work` and puts file and line in front of what is wrong with a manifest, as compilers do. */
function withLocation<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UnreadableManifest)) throw error;
    throw new UnreadableManifest(error.line, `${nameOf(file)}:${error.line}: ${error.message}`, { cause: error });
  }
}

function nameOf(file: string): string {
  return file === '-' ? 'stdin' : file;
}

function report(what: string, remarks: readonly Remark[]): void {
  for (const { where, text } of remarks) {
    process.stderr.write(`${what}: ${oneLine(where === null ? text : `${where}: ${text}`)}\n`);
  }
}

/** Resolves when everything is written, which for a large text and a pipe is later than when `write` returns. */
async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // A reader that has seen enough (`| head`) is no failure.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? resolve() : reject(error)));
    process.stdout.write(text, () => resolve());
  });
}
