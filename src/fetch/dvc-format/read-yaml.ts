/** Reads a stranger's YAML in time and memory that grow with its length: by itself the library takes four minutes for a megabyte of keys. */
import { CST, type Document, isScalar, Lexer, parseDocument, visit } from 'yaml';
import { clipped } from '../../text.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { heapForData, moreMemory } from './memory.ts';

/** The library makes up to 1.4 kB of objects for each token, the most of them for wrong ones. */
const bytesPerToken = 1500;

/** A file of DVC's with ten thousand outputs has fewer. */
const mostTokens = 500_000;

/** How many tokens are read, of the library's counting: a line such as `- md5: x` has eight. */
export function yamlTokenLimit(): number {
  return Math.min(mostTokens, Math.floor(heapForData() / 2 / bytesPerToken));
}

/** Of a file that people write, which anchors save some typing. */
export const aliasesOfPeople = 1000;

/**
 * The value of a YAML document; `file` is how sentences name it, and `mostAliases` may be in it.
 *
 * The library's own look for keys that are there twice compares each key with each, so it is left out and made here. Of what
 * DVC never writes, that is refused of which a little makes much work: aliases, and keys that are no text or number.
 * @throws {FetchFailure} `dataset` where it is none, or too much
 */
export function readYaml(text: string, file: string, mostAliases = 0): unknown {
  const refuse: Refuse = (why) => {
    throw new FetchFailure('dataset', `${file} of the commit ${why}`);
  };
  requireFewTokens(text, mostAliases, refuse);
  try {
    // The schema is named, or a directive of the file would choose one in which maps are searched key by key.
    const options = {
      prettyErrors: false,
      uniqueKeys: false,
      schema: 'core',
      resolveKnownTags: false,
      merge: mostAliases > 0,
    } as const;
    const document = parseDocument(text, options);
    if (document.errors.length > 0) return refuse('is no valid YAML');
    requireDistinctKeys(document, refuse);
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    if (error instanceof ReferenceError) return refuse('has aliases that lead nowhere, or stand for too much');
    if (error instanceof RangeError) return refuse('is no YAML that can be read: it is nested too deeply');
    throw error;
  }
}

type Refuse = (why: string) => never;

/** Before anything is made of them: the library's lexer keeps none. */
function requireFewTokens(text: string, mostAliases: number, refuse: Refuse): void {
  const limit = yamlTokenLimit();
  let tokens = 0;
  let aliases = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > limit)
      refuse(`has more than ${limit} tokens of YAML, the most that this memory allows: ${moreMemory}`);
    if (CST.tokenType(token) !== 'alias') continue;
    aliases += 1;
    if (aliases > mostAliases)
      refuse(mostAliases === 0 ? 'is no YAML that DVC writes: it has aliases' : `has more than ${mostAliases} aliases`);
  }
}

function requireDistinctKeys(document: Document, refuse: Refuse): void {
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) return refuse('is no YAML that DVC writes: it has a key that is no text or number');
        if (keys.has(key.value)) {
          refuse(`is no valid YAML: the key ${JSON.stringify(clipped(String(key.value), 100))} is there twice`);
        }
        keys.add(key.value);
      }
      return undefined;
    },
  });
}
