/** Resolves unquoted YAML scalars as kubectl does, which mixes YAML 1.1 and 1.2: `yes` is true and `012` is ten. */
import { type Scalar, type ScalarTag, Schema } from 'yaml';
import { mapTag, type StringifyContext, seqTag, stringifyString, stringTag } from 'yaml/util';

// The rules of go-yaml v2, which sigs.k8s.io/yaml and so kubectl builds on (its resolve.go). Dates and numbers to the
// base of 60, though in YAML 1.1, are strings there.
const truth = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const untruth = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const nothing = /^(?:~|null|Null|NULL)?$/;
const based = /^[-+]?0(?:[xX][0-9a-fA-F_]*[0-9a-fA-F]|[oO]?[0-7_]*[0-7]|[bB][01_]*[01])_*$/;
const whole = /^[-+]?[0-9][0-9_]*$/;
const fraction = /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** For the `yaml` package: what lists and maps need, then each kind of scalar; the first test that holds decides. */
export const kubectlTags = [
  mapTag,
  seqTag,
  { ...stringTag, stringify: printString } as ScalarTag,
  constantTag('null', nothing, null),
  constantTag('bool', truth, true),
  constantTag('bool', untruth, false),
  numberTag('int', based, readBased),
  numberTag('int', whole, (text) => exactInteger(BigInt(text.replaceAll(/^\+|_/g, '')))),
  numberTag('float', fraction, (text) => Number(text.replaceAll('_', ''))),
  mergeTag(),
];

/** The package's own tag would print the quoted string "<<" without its quotes, and so make it a merge key. */
function mergeTag(): ScalarTag {
  const { tags } = new Schema({ schema: 'yaml-1.1', merge: true });
  const merge = tags.find(({ tag }) => tag === 'tag:yaml.org,2002:merge') as ScalarTag;
  return { ...merge, identify: (each) => typeof each === 'symbol' };
}

function constantTag(name: string, test: RegExp, value: boolean | null): ScalarTag {
  return { ...scalarTag(name, test), identify: (each) => each === value, resolve: () => value };
}

function numberTag(name: string, test: RegExp, resolve: (text: string) => number | bigint): ScalarTag {
  return { ...scalarTag(name, test), identify: (each) => ['number', 'bigint'].includes(typeof each), resolve };
}

function scalarTag(name: string, test: RegExp) {
  const stringify = (item: Scalar) => written(item) ?? String(item.value);
  return { tag: `tag:yaml.org,2002:${name}`, default: true, test, stringify };
}

function printString(
  item: Scalar,
  context: StringifyContext,
  onComment?: () => void,
  onChompKeep?: () => void,
): string {
  const source = written(item);
  if (source !== null) return source;
  const isOriginal = item.type !== undefined && item.type !== 'QUOTE_DOUBLE';
  return isOriginal ? stringifyString(item, context, onComment, onChompKeep) : printNewString(String(item.value));
}

/** The source of a scalar on one line, so that quotes, escapes and the base of numbers stay; null for any other. */
function written({ srcToken }: Scalar & { srcToken?: { type: string; source?: string } }): string | null {
  const source = srcToken?.type === 'block-scalar' ? undefined : srcToken?.source;
  return source === undefined || source.includes('\n') ? null : source;
}

/** Without quotes only where every version of YAML reads it as text. */
function printNewString(text: string): string {
  const isWord = /^[A-Za-z/][A-Za-z0-9_./-]*$/.test(text);
  if (isWord && ![truth, untruth, nothing].some((special) => special.test(text))) return text;
  // JSON's escapes are YAML's; what go-yaml does not take raw is escaped, too.
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** As Go's strconv.ParseInt with base 0: a leading 0 alone means octal. */
function readBased(text: string): number | bigint {
  const plain = text.replaceAll('_', '').toLowerCase();
  const digits = plain.replace(/^[-+]/, '');
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return exactInteger(plain.startsWith('-') ? -value : value);
}

/** A number, or a bigint where a number would round. */
function exactInteger(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
