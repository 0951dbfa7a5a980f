/** Valid and nearly valid datasets for property tests. */
import fc from 'fast-check';

export const sha = '0123456789abcdef0123456789abcdef01234567';
export const sha256 = `${sha}0123456789abcdef01234567`;

const characters = (text: string) => fc.constantFrom(...text);
const word = fc.string({ unit: characters('abcXYZ019'), minLength: 1, maxLength: 8 });
const segment = fc
  .tuple(word, fc.string({ unit: characters('abcXYZ019._~+@,=-'), maxLength: 6 }))
  .map(([first, rest]) => first + rest);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const host = fc
  .tuple(word, fc.constantFrom('', '.example.com', '-x.example', '.EXAMPLE.org'))
  .map((parts) => parts.join(''))
  .filter((name) => !/(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/i.test(name));
const port = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 65535 }).map((number) => `:${number}`),
);
const user = fc.constantFrom('', 'git@', 'deploy.bot@', '_svc@');

/** Repository addresses of every form that a user may write by default. */
export const repositories = fc.oneof(
  fc.tuple(host, port, path).map(([h, p, rest]) => `https://${h}${p}/${rest}`),
  fc.tuple(user, host, port, path).map(([u, h, p, rest]) => `ssh://${u}${h}${p}/${rest}`),
  // Without a user an "@" behind the colon could be the end of a password.
  fc.tuple(fc.constantFrom('git@', '_svc@'), host, path).map(([u, h, rest]) => `${u}${h}:${rest}`),
);

const hex = characters('0123456789abcdefABCDEF');
export const revisions = fc.oneof(
  fc.string({ unit: hex, minLength: 40, maxLength: 40 }),
  fc.string({ unit: hex, minLength: 64, maxLength: 64 }),
);

const splitSegment = fc
  .tuple(
    characters('abzAZ09_.é日'),
    fc.string({ unit: characters('abz09._+=,@~-é日 '), maxLength: 8 }),
    characters('abz09_é日'),
  )
  .map((parts) => parts.join(''))
  .filter((text) => text !== '.' && text !== '..');
const globPart = fc.constantFrom('?', '[a-z]', '[!.x]', '[^0]', '{a,b}', '{jpg,png,tiff}', ',');
const globSegment = fc.oneof(
  splitSegment,
  fc
    .tuple(splitSegment, globPart, fc.constantFrom('', '*'), splitSegment)
    .map(([before, part, star, after]) => before + part + star + after),
);

/** Globs that are allowed as splits. */
export const globs = fc
  .tuple(fc.array(globSegment, { maxLength: 3 }), fc.constantFrom('**', '*', '*.x', '?', 'a*b*', '**/*.{jpg,png}'))
  .map(([segments, last]) => [...segments, last].join('/'))
  .filter((glob) => glob !== '*');

export const splits = fc.oneof(
  fc.constant('*'),
  globs,
  fc.array(splitSegment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/')),
);

/** References that must parse. */
export const references = fc
  .tuple(repositories, revisions, splits)
  .map(([repository, revision, split]) => `${repository}@${revision}:${split}`);

/** Text of all kinds: ASCII, any Unicode, lone surrogates, control characters. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: characters('@:/?#%.-\\ \n\r\t\0*[]{}$`;&|<>"\'!~'), maxLength: 40 }),
);

/** Valid references with one to three pieces cut out, doubled or replaced by anything. */
export const mutatedReferences = fc
  .tuple(references, fc.array(fc.tuple(fc.nat(), fc.nat(12), anyText), { minLength: 1, maxLength: 3 }))
  .map(([valid, edits]) =>
    edits.reduce((text, [where, length, put]) => {
      const at = where % (text.length + 1);
      return text.slice(0, at) + put + text.slice(at + length);
    }, valid),
  );
