/** Recognises files that people commit as a split's list although they are something else, and says how to make a list of them. */

/** A line that names no file of the dataset. */
interface WrongLine {
  line: number;
  text: string;
}

const forms = [
  { name: 'CSV', delimiter: ',', option: '-d, ' },
  { name: 'TSV', delimiter: '\t', option: '' },
  { name: 'columns divided by semicolons', delimiter: ';', option: "-d';' " },
  { name: 'columns divided by spaces', delimiter: ' ', option: "-d' ' " },
] as const;

/** More columns has no table that someone cuts by hand. */
const mostColumns = 100;

/**
 * What the file is and what to do, as the end of a sentence about it; null where it is a list with wrong lines. `wrong` are
 * the first of these, in order; `names` tells whether a text names a file of the dataset.
 */
export function listFormat(list: Buffer, wrong: readonly WrongLine[], names: (text: string) => boolean): string | null {
  const encoding = wideEncoding(list);
  if (encoding) return `is in ${encoding}; save it in UTF-8`;
  if (list.subarray(0, lfsPointer.length).equals(lfsPointer))
    return 'is a pointer of Git LFS; commit the list itself: take its pattern out of .gitattributes, then git add --renormalize it';
  return jsonFormat(wrong) ?? columnFormat(wrong, names);
}

const lfsPointer = Buffer.from('version https://git-lfs.github.com/spec/');

/** By its mark, or as every second byte of ASCII in UTF-16 is zero. A stray zero alone is no encoding. */
function wideEncoding(list: Buffer): string | null {
  const [first, second] = list;
  if (first === 0xff && second === 0xfe) return 'UTF-16 (little-endian)';
  if (first === 0xfe && second === 0xff) return 'UTF-16 (big-endian)';
  const head = list.subarray(0, 1024);
  const zeros = [...head.keys()].filter((index) => head[index] === 0);
  if (zeros.length * 4 < head.length) return null;
  if (zeros.every((index) => index % 2 === 1)) return 'UTF-16 (little-endian)';
  if (zeros.every((index) => index % 2 === 0)) return 'UTF-16 (big-endian)';
  return null;
}

function jsonFormat(wrong: readonly WrongLine[]): string | null {
  const [first] = wrong;
  if (!first) return null;
  const text = first.text.trim();
  if (text.startsWith('{') && (isJson(text) || text === '{'))
    return 'is JSON, or JSON lines; write the paths alone, one a line, as jq -r .path does where the field is called path';
  if (text.startsWith('[') && (isJson(text) || text === '['))
    return 'is JSON; write one path a line, as jq -r ".[]" does';
  return null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The first column that names files in most of the wrong lines, of which one may be a heading. */
function columnFormat(wrong: readonly WrongLine[], names: (text: string) => boolean): string | null {
  for (const { name, delimiter, option } of forms) {
    const rows = wrong.map(({ text }) => text.split(delimiter, mostColumns));
    const columns = Math.max(0, ...rows.map(({ length }) => length));
    for (let column = 0; column < columns && columns > 1; column += 1) {
      const cells = rows.map((row) => row[column] ?? '');
      const hits = cells.filter((cell) => names(unquoted(cell)));
      if (hits.length === 0 || hits.length * 2 < rows.length - 1) continue;
      const heading = wrong[0]?.line === 1 && !hits.includes(cells[0] ?? '') ? ' and leave out the heading' : '';
      const how = hits.some((cell) => unquoted(cell) !== cell)
        ? "with a program that reads its quotes, such as Python's csv"
        : `as cut ${option}-f${column + 1} does`;
      return `is ${name}: column ${column + 1} names files of the dataset; write that column alone, one path a line, ${how}${heading}`;
    }
  }
  return null;
}

function unquoted(cell: string): string {
  return /^\s*"(.*)"\s*$/.exec(cell)?.[1] ?? cell.trim();
}
