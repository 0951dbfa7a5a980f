/** Injects the pods of a text of manifests and returns the text with nothing else changed. */
import { isDeepStrictEqual } from 'node:util';
import type { Operation } from 'fast-json-patch';
import type { Document } from 'yaml';
import { patched } from '../admission/patch.ts';
import type { Config } from '../config/schema.ts';
import { editDocument, type Path } from './edit-document.ts';
import { injectObject } from './inject-object.ts';
import { printDocument, readDocument } from './kubectl-yaml.ts';
import { findObjects, valueAt } from './pod-templates.ts';
import { type Piece, splitDocuments, UnreadableManifest } from './split-documents.ts';

/** A warning or denial about one object. */
export interface Remark {
  /** `document 2, Job/train` */
  where: string;
  text: string;
}

export interface Injected {
  /** The manifests; meaningless where there are denials. */
  text: string;
  warnings: Remark[];
  denials: Remark[];
}

/**
 * Injects every pod and pod template of the stream. Documents without one are returned byte for byte, and so are those
 * that are injected already.
 * @throws {UnreadableManifest} for what kubectl would not take either
 */
export function injectManifests(text: string, namespace: string | null, config: Config): Injected {
  const injected: Injected = { text: '', warnings: [], denials: [] };
  let number = 0;
  for (const piece of splitDocuments(text)) {
    const document = piece.kind === 'document' ? readDocument(piece) : null;
    if (document) number += 1;
    injected.text += document ? injectDocument(piece, document, { number, namespace, config, injected }) : piece.text;
  }
  return injected;
}

interface Context {
  number: number;
  namespace: string | null;
  config: Config;
  /** Gets the remarks. */
  injected: Injected;
}

function injectDocument(piece: Piece, document: Document.Parsed, context: Context): string {
  const { injected, number, namespace, config } = context;
  const original = plainValue(piece, document);
  const expected = { document: original };
  let changed = false;
  for (const found of findObjects(original)) {
    const where = `document ${number}, ${found.title}`;
    const outcome = injectObject(found, namespace, config);
    injected.warnings.push(...outcome.warnings.map((text) => ({ where, text })));
    if (outcome.denial !== null) injected.denials.push({ where, text: outcome.denial });
    if (outcome.operations.length === 0) continue;
    changed = true;
    const path = [...found.path, ...(found.template ?? [])];
    editDocument(document, path, outcome.operations);
    patchAt(expected, ['document', ...path], outcome.operations);
  }
  if (!changed) return piece.text;
  const printed = printDocument(document, piece.text);
  verify({ ...piece, text: printed }, expected.document);
  return printed;
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
