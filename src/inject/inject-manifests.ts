/** Injects the pods of a text of manifests and returns the text with nothing else changed. */
import { isDeepStrictEqual } from 'node:util';
import type { Operation } from 'fast-json-patch';
import type { Document } from 'yaml';
import { patched } from '../admission/patch.ts';
import type { Config } from '../config/schema.ts';
import { editDocument, type Path } from './edit-document.ts';
import { type FoundObject, findObjects } from './find-objects.ts';
import { type Edit, injectObject } from './inject-object.ts';
import { printDocument, readDocument } from './kubectl-yaml.ts';
import { valueAt } from './manifest.ts';
import { noOptIn, noteObject, noteOutcome, notOptedInWarnings, type OptIn, optInNote } from './opt-in-remarks.ts';
import { type Piece, splitDocuments, UnreadableManifest } from './split-documents.ts';

/** A sentence about one object, or about the whole text. */
export interface Remark {
  /** `document 2, Job/train`; null for the whole text. */
  where: string | null;
  text: string;
}

export interface Injected {
  /** The manifests; meaningless where there are denials. */
  text: string;
  warnings: Remark[];
  denials: Remark[];
  /** What is right, and still to be known. */
  notes: Remark[];
}

/**
 * Injects every pod and pod template of the stream. Documents without one are returned byte for byte, and so are those
 * that are injected already.
 * @throws {UnreadableManifest} for what kubectl would not take either
 */
export function injectManifests(text: string, namespace: string | null, config: Config): Injected {
  const injected: Injected = { text: '', warnings: [], denials: [], notes: [] };
  const optIn = noOptIn();
  let number = 0;
  for (const piece of splitDocuments(text)) {
    const document = piece.kind === 'document' ? readDocument(piece) : null;
    if (document) number += 1;
    const context = { number, namespace, config, injected, optIn };
    injected.text += document ? injectDocument(piece, document, context) : piece.text;
  }
  injected.warnings.push(...notOptedInWarnings(optIn));
  const note = optInNote(optIn);
  if (note !== null) injected.notes.push({ where: null, text: note });
  return injected;
}

interface Context {
  number: number;
  namespace: string | null;
  config: Config;
  /** Gets the remarks. */
  injected: Injected;
  /** Gets what is found out about namespaces. */
  optIn: OptIn;
}

function injectDocument(piece: Piece, document: Document.Parsed, context: Context): string {
  const original = plainValue(piece, document);
  const expected = { document: original };
  let changed = false;
  for (const found of findObjects(original)) {
    for (const { path, operations } of editsOf(found, context)) {
      changed = true;
      editDocument(document, path, operations);
      patchAt(expected, ['document', ...path], operations);
    }
  }
  if (!changed) return piece.text;
  const printed = printDocument(document, piece.text);
  verify({ ...piece, text: printed }, expected.document);
  return printed;
}

/** The edits of one object, by their path in the document, after its remarks were handed to the context. */
function editsOf(found: FoundObject, { number, namespace, config, injected, optIn }: Context): Edit[] {
  const where = `document ${number}, ${found.title}`;
  const outcome = injectObject(found, namespace, config);
  for (const kind of ['notes', 'warnings', 'denials'] as const) {
    for (const text of outcome[kind]) injected[kind].push({ where, text });
  }
  noteObject(optIn, found, where);
  noteOutcome(optIn, outcome, found.row?.isClusterScoped ? null : (namespace ?? found.namespace));
  return outcome.edits.map(({ path, operations }) => ({ path: [...found.path, ...path], operations }));
}

/** The document as JSON has it. Integers too large for a number become strings: exact, and Kubernetes' quantities may be strings. */
function plainValue(piece: Piece, document: Document.Parsed): unknown {
  try {
    // The limit is on the expanded aliases: many small ones are normal, a few that multiply each other are an attack.
    const value: unknown = document.toJS({ maxAliasCount: 1000 });
    return JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)));
  } catch (error) {
    throw new UnreadableManifest(piece.line, `an alias or merge key can't be resolved: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function patchAt(holder: object, path: Path, operations: readonly Operation[]): void {
  const parent = valueAt(holder, path.slice(0, -1)) as object;
  const key = path.at(-1) ?? '';
  Reflect.set(parent, key, patched(Reflect.get(parent, key), operations));
}

/** @throws Error where the printed document doesn't mean exactly what the webhook's patch gives; then nothing is printed */
function verify(piece: Piece, expected: unknown): void {
  const refuse = (cause?: unknown): never => {
    const where = `the document that begins on line ${piece.line}`;
    throw new Error(`${where} can't be edited without changing what else it says; write it in a simpler way`, {
      cause,
    });
  };
  let printed: unknown;
  try {
    const document = readDocument(piece);
    printed = document && plainValue(piece, document);
  } catch (error) {
    refuse(error);
  }
  if (!isDeepStrictEqual(printed, expected)) refuse();
}
