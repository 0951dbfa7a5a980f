/** YAML that asks for more work than it looks: each shape in the length that is asked for. */

const repeated = (text: string) => (bytes: number) => text.repeat(Math.ceil(bytes / text.length));

function numbered(make: (index: number) => string): (bytes: number) => string {
  return (bytes) => {
    let text = '';
    for (let index = 0; text.length < bytes; index += 1) text += make(index);
    return text;
  };
}

const between =
  (head: string, body: (bytes: number) => string, tail = '') =>
  (bytes: number) =>
    `${head}${body(bytes)}${tail}`;

/** By what each has much of. */
export const yamlShapes: Readonly<Record<string, (bytes: number) => string>> = {
  keys: numbered((i) => `k${i}: 1\n`),
  'keys of one flow map': between(
    '{',
    numbered((i) => `k${i}: 1,`),
    '}',
  ),
  'the same key': repeated('a: 1\n'),
  'explicit keys': numbered((i) => `? k${i}\n: 1\n`),
  'keys in keys': repeated('? '),
  'flow sequence': between('[', repeated('1,'), ']'),
  'empty sequences': between('[', repeated('[],'), ']'),
  'items of a list': repeated('- 1\n'),
  brackets: repeated('['),
  'brackets that close': (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2),
  'maps in maps': repeated('{a: '),
  'maps in sequences': repeated('a: ['),
  'lists in lists': repeated('- '),
  'deeper lines': numbered((i) => `${' '.repeat(i)}a:\n`),
  anchors: numbered((i) => `- &a${i} x\n`),
  aliases: between('- &a []\n', repeated('- *a\n')),
  'one long text': between('a: ', repeated('x')),
  'one quoted text': between('a: "', repeated('x'), '"'),
  escapes: between('a: "', repeated('\\"'), '"'),
  'an unclosed quote': between('a: "', repeated('x\n ')),
  'lines of one text': between('a: ', repeated('x\n ')),
  'lines of a block': between('a: |\n', repeated(' x\n')),
  'empty lines of a block': between('a: >\n', repeated(' \n'), ' x\n'),
  comments: repeated('# x\n'),
  'comments before a key': between('a:\n', repeated(' # x\n'), ' b: 1\n'),
  documents: repeated('---\n'),
  tabs: repeated('a:\t\t\n'),
  spaces: between('a: x', repeated(' '), 'y\n'),
  'spaces between words': between('a: ', repeated('x      '), '\n b\n'),
  'empty lines': between('', repeated('\n'), 'a: 1\n'),
  directives: between(
    '',
    numbered((i) => `%TAG !a${i}! x\n`),
    '--- a\n',
  ),
  tags: repeated('- !!omap x\n'),
  'an ordered map': between(
    '!!omap\n',
    numbered((i) => `- k${i}: 1\n`),
  ),
  'a set': between(
    '!!set\n',
    numbered((i) => `? k${i}\n`),
  ),
  'a set of YAML 1.1': between(
    '%YAML 1.1\n--- !!set\n',
    numbered((i) => `? k${i}\n`),
  ),
  'merge keys of YAML 1.1': between(
    '%YAML 1.1\n---\n',
    numbered((i) => `<<: {k${i}: 1}\n`),
  ),
  colons: repeated(': '),
  'colons on lines': repeated(':\n'),
  commas: between('[', repeated(',')),
  braces: repeated('}'),
  ampersands: repeated('& '),
};
