/** The globs that a split may be: a plain part of what shells know, so bounded that matching a hostile name still ends soon. */
import picomatch from 'picomatch';
import { longestPath } from './relative-path.ts';

/**
 * What a pattern may have. Its expression tries every way to divide a name among its wildcards before it says no, and these
 * bounds are where that still ends soon: measured, at most 0.13 s for the worst name of 4,096 characters.
 */
const most = {
  /** Segments `**`. */
  anyDepth: 2,
  /** Stars of a segment beyond its first, of all segments together; a segment's only star has one way. */
  furtherStars: 1,
  /** Ways to read a name by braces: alternatives that begin with one another, multiplied over all braces. */
  readings: 4,
} as const;

const plain = String.raw`[\p{L}\p{M}\p{N}._+=@~ -]`;
/** Of 16 bits, as picomatch's expressions count: of a character beyond, each half would be a member. */
const member = String.raw`(?![\u{10000}-\u{10FFFF}])(?:${plain}|,)`;
const bracket = String.raw`\[[!^]?(?:${member})+\]`;
const braces = String.raw`\{${plain}+(?:,${plain}+)+\}`;
const segmentForm = new RegExp(String.raw`^(?:\*\*|(?:${plain}|,|\?|\*(?!\*)|${bracket}|${braces})+)$`, 'u');

/**
 * As shells do: a leading dot is no secret, `!` in brackets means all others, and nothing else is special. With `s` a name with
 * a line break is matched like any, so that it is refused with a sentence and not left out without one.
 */
export const globOptions = {
  dot: true,
  nonegate: true,
  noextglob: true,
  literalBrackets: false,
  posix: true,
  regex: false,
  flags: 's',
} as const;

/** True where a split's text is meant as a glob. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** Why `pattern` can't be used as a glob over a dataset's paths, or null if it can. */
export function globProblem(pattern: string): string | null {
  if (pattern.length > longestPath) return `is longer than ${longestPath} characters`;
  if (pattern.startsWith('/')) return 'is absolute';
  const segments = pattern.split('/');
  for (const segment of segments) {
    const problem = segmentProblem(segment);
    if (problem) return problem;
  }
  return boundsProblem(segments);
}

/** Whether a path is meant by a pattern that has no `globProblem`. */
export function globMatcher(pattern: string): (path: string) => boolean {
  return picomatch(pattern, globOptions);
}

function segmentProblem(segment: string): string | null {
  if (segment === '') return 'has an empty segment';
  if (segment === '.' || segment === '..') return 'has a "." or ".." segment';
  if (segment.startsWith('-')) return 'has a segment that begins with "-"';
  if (segment.startsWith(' ') || segment.endsWith(' ')) return 'has a segment that begins or ends with a space';
  if (segment.includes('**') && segment !== '**') return 'has ** beside other text; ** is a segment of its own';
  if (bracesOf(segment).some((inside) => inside.includes('..')))
    return 'has a range in braces; write each alternative, as in {1,2,3}';
  if (!segmentForm.test(segment)) {
    return 'has more than letters, digits, spaces, . _ - + = , @ ~ and *, **, ?, [a-z], [!a-z] and {a,b}, of which the last two hold plain characters only and no slash';
  }
  if (bracketsOf(segment).some(hasDescendingRange)) return 'has a range in brackets that goes down, as [z-a] would';
  return null;
}

function boundsProblem(segments: readonly string[]): string | null {
  const anyDepth = segments.filter((segment) => segment === '**').length;
  if (anyDepth > most.anyDepth) return `has more than ${most.anyDepth} segments **`;
  const stars = segments.filter((segment) => segment !== '**').map((segment) => segment.split('*').length - 1);
  const further = stars.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  if (further > most.furtherStars)
    return 'has two * in more than one segment, or three in one, and at most one may have two';
  const readings = segments.flatMap(bracesOf).reduce((product, inside) => product * readingsOf(inside.split(',')), 1);
  if (readings > most.readings)
    return `has braces with too many alternatives that begin with one another, as {a,ab,abc} do`;
  return null;
}

/** How many of the alternatives fit one text at most: the most that the longest of them begins with, itself among them. */
function readingsOf(alternatives: readonly string[]): number {
  return Math.max(...alternatives.map((each) => alternatives.filter((other) => each.startsWith(other)).length));
}

function bracesOf(segment: string): string[] {
  return [...segment.matchAll(/\{([^{}]*)\}/g)].map(([, inside = '']) => inside);
}

function bracketsOf(segment: string): string[] {
  return [...segment.matchAll(/\[([^\]]*)\]/g)].map(([, inside = '']) => inside);
}

/** As an expression reads them: from the left, each character in one range only. */
function hasDescendingRange(inside: string): boolean {
  return [...inside.replace(/^[!^]/, '').matchAll(/(.)-(.)/gu)].some(([, from = '', to = '']) => from > to);
}
