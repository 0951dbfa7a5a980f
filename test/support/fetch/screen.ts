/** What a terminal shows after a program has written to it: as much of one as this program may use. */

/** Where the cursor is, and the rows from the top. */
interface Screen {
  rows: string[];
  row: number;
  column: number;
}

/**
 * The rows, without empty ones at the end. Scrolls never.
 * @throws {Error} on any control character or sequence that a program of ours has no reason to use
 */
export function drawn(output: string, columns: number): string[] {
  const screen: Screen = { rows: [''], row: 0, column: 0 };
  for (let at = 0; at < output.length; at++) {
    const character = output[at] as string;
    if (character === '\r') screen.column = 0;
    else if (character === '\n') lineFeed(screen);
    else if (character >= ' ') put(screen, character, columns);
    else if (output.startsWith('\u001b[J', at)) {
      erase(screen);
      at += 2;
    } else throw new Error(`${JSON.stringify(output.slice(at, at + 8))} must not be written to a terminal`);
  }
  while (screen.rows.at(-1) === '') screen.rows.pop();
  return screen.rows;
}

/** As the kernel writes it: a line feed of a program goes to the next row's beginning. */
function lineFeed(screen: Screen): void {
  screen.row += 1;
  screen.column = 0;
  screen.rows[screen.row] ??= '';
}

function put(screen: Screen, character: string, columns: number): void {
  if (screen.column === columns) lineFeed(screen);
  const row = (screen.rows[screen.row] ?? '').padEnd(screen.column);
  screen.rows[screen.row] = row.slice(0, screen.column) + character + row.slice(screen.column + 1);
  screen.column += 1;
}

function erase(screen: Screen): void {
  screen.rows[screen.row] = (screen.rows[screen.row] ?? '').slice(0, screen.column).trimEnd();
  screen.rows.length = screen.row + 1;
}
