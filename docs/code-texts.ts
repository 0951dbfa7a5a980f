/** Extracts from the sources the sentences that the program shows to people, so that tests can compare the pages with them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Every source that speaks to people, as one text in which sentences that are put together from pieces are whole. */
export function speakingSources(): { file: string; text: string }[] {
  return globSync(['src/**/*.ts', 'deploy/chart/templates/**/*.yaml'], { cwd: root }).map((file) => {
    const text = readFileSync(join(root, file), 'utf8')
      // 'one ' + 'two' on two lines is one sentence, and so is what CEL puts together.
      .replaceAll(/['"`]\s*\+\s*['"`]/g, '')
      .replaceAll("\\'", "'");
    return { file, text };
  });
}

/**
 * The warnings that the webhook and `inject` can give, with `…` for what differs: the sentences in functions that are
 * called for warnings, and those that are given as a `warning`.
 */
export function warningTexts(): string[] {
  return speakingSources().flatMap(({ text: source }) => {
    const functions = [...source.matchAll(/^(?:export )?function (\w+)\([\s\S]*?^\}/gm)]
      .filter(([, name = '']) => /warnings?$/i.test(name))
      .map(([text]) => text);
    const fields = [...source.matchAll(/\bwarnings?(?:: |\.push\()(?=`)[^\n]*/g)].map(([text]) => text);
    return [...functions, ...fields].flatMap(templateTexts).filter((text) => text.length >= shortestSentence);
  });
}

/** Shorter templates are parts of a sentence. */
const shortestSentence = 40;

/** The template literals of a source; `${…}` becomes `…`, and literals within it are left out. */
function templateTexts(source: string): string[] {
  const texts: string[] = [];
  for (let at = source.indexOf('`'); at >= 0; at = source.indexOf('`', at)) {
    const { text, end } = templateAt(source, at);
    texts.push(text);
    at = end;
  }
  return texts;
}

/** `at` is the opening backtick; `end` is behind the closing one. */
function templateAt(source: string, at: number): { text: string; end: number } {
  let text = '';
  let index = at + 1;
  while (index < source.length && source[index] !== '`') {
    if (source.startsWith('${', index)) {
      text += '…';
      index = expressionEnd(source, index + 2);
    } else {
      text += source[index];
      index += 1;
    }
  }
  return { text, end: index + 1 };
}

/** Behind the brace that closes an expression that begins at `index`. */
function expressionEnd(source: string, index: number): number {
  let at = index;
  for (let depth = 1; at < source.length; at += 1) {
    if (source[at] === '`') at = templateAt(source, at).end - 1;
    else if (source[at] === '{') depth += 1;
    else if (source[at] === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return at;
}
