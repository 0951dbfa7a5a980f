/** The pages of the documentation as tests look at them: their fenced blocks, headings and links. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');

/** Every page that a person reads, by its path in the repository. */
export function pages(): string[] {
  const exclude = ['**/node_modules/**', 'dist/**', '.*/**'];
  return globSync('**/*.md', { cwd: root, exclude }).sort();
}

/** The text of one page. */
export const readPage = (path: string) => readFileSync(join(root, path), 'utf8');

/** The fenced blocks of one language. */
export function blocks(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}

/** What stands below one heading, up to the next of any level but the first. Throws where the page has no such heading. */
export function section(page: string, heading: string): string {
  const text = page.split(new RegExp(`^##+ ${heading}$`, 'm'))[1];
  if (text === undefined) throw new Error(`the page has no section ${heading}`);
  return text.split(/^##+ /m)[0] ?? '';
}

/** The page without its fenced blocks and code, in which nothing is a link or a heading. */
function prose(page: string): string {
  return page.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** Where the page's links lead, as written. */
export function links(page: string): string[] {
  const targets = prose(page)
    .replaceAll(/`[^`\n]*`/g, '')
    .matchAll(/\]\(([^)\s]+)\)/g);
  return [...targets].map(([, target = '']) => target);
}

/** The anchors that GitHub gives to the page's headings. */
export function anchors(page: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}
