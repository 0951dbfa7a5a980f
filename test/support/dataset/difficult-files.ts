/**
 * Files with the names and contents that break naive fetchers, all of which DVC 3.67 adds, pushes and pulls faithfully.
 *
 * What it doesn't, found by trying: `*.dvc`, `dvc.yaml` and `.dvcignore` anywhere in the data, and names that aren't
 * UTF-8, make `dvc add` fail; anything named `.git` is left out, and a folder `.dvc` directly in the data directory
 * makes `dvc add` record an empty dataset, both with exit code 0.
 */

const copies = 200;

/** By path in the data directory. The last 200, in `same/`, are one object. */
export const difficultFiles: Readonly<Record<string, string | Uint8Array>> = {
  'plain.txt': 'plain\n',
  'with space.txt': 'space',
  ' leading and trailing ': 'spaces',
  "it's": 'apostrophe',
  'say "hi"': 'quotes',
  'caf\u00e9.txt': 'composed (NFC)',
  'cafe\u0301.txt': 'decomposed (NFD)',
  '\u{1f600}/\u202e.txt': 'emoji and right-to-left',
  '-dash': 'dash',
  '--help': 'option',
  'case.txt': 'lower',
  'Case.txt': 'upper',
  'CASE/x': 'a folder in capitals',
  'Case/x': 'a folder with one',
  'back\\slash': 'backslash',
  '%41': 'percent',
  'a+b&c=d?e#f': 'URL characters',
  '*.txt': 'star',
  '[x]': 'brackets',
  '#comment': 'hash',
  '!bang': 'bang',
  '~': 'tilde',
  $HOME: 'variable',
  'a:b': 'colon',
  '.hidden': 'hidden',
  '.dvc-like': 'like .dvc',
  '.dvc-folder/file': 'like .dvc',
  '.gitignore': '*\n',
  'dvc.lock': 'not a lock',
  '{"relpath": "x"}': 'JSON',
  __proto_: 'almost',
  constructor: 'a property of every object',
  ['n'.repeat(255)]: 'as long as a name can be',
  'deep/er/and/deep/er/file': 'nested',
  empty: '',
  'empty too': '',
  'crlf.txt': 'one\r\ntwo\r\n',
  'binary.bin': Uint8Array.from({ length: 256 }, (_, byte) => byte),
  ...Object.fromEntries(Array.from({ length: copies }, (_, index) => [`same/${index}.txt`, 'the same bytes\n'])),
};
