/** Loads the configuration file; its errors say which key is wrong and what it must be. */
import { readFileSync } from 'node:fs';
import { type Document, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Config, configSchema } from './schema.ts';

/** The file can't be used; each problem is one line that names its key. Callers exit with 78. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';
}

/** The configuration where no file is given. */
export function defaultConfig(): Config {
  return parseConfig('');
}

/** @throws {InvalidConfig} if the file can't be read, is no YAML or breaks the schema */
export function loadConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidConfig(`the configuration file ${file} can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    return parseConfig(text);
  } catch (error) {
    if (error instanceof InvalidConfig)
      throw new InvalidConfig(`the configuration file ${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** @throws {InvalidConfig} */
export function parseConfig(text: string): Config {
  const document = parseDocument(text, { prettyErrors: true });
  const syntax = document.errors[0];
  if (syntax) throw new InvalidConfig(syntax.message.split('\n')[0] ?? syntax.message, { cause: syntax });
  const result = configSchema.safeParse(plainValue(document) ?? {});
  if (result.success) return result.data;
  throw new InvalidConfig(result.error.issues.map(describeIssue).join('; '), { cause: result.error });
}

/** @throws {InvalidConfig} where an alias leads nowhere or many of them would blow the file up */
function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new InvalidConfig((error as Error).message, { cause: error });
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(printable).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .map((key) => `${path === '' ? '' : `${path}.`}${printable(key)} is not a key of the configuration`)
      .join('; ');
  }
  const why = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  return `${path === '' ? 'the file' : path}: ${why ?? issue.message}`;
}

/** A key as it is, or quoted where it would not be one word on one line. */
function printable(key: PropertyKey): string {
  return /^[\w.@/-]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key));
}
