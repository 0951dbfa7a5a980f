/** A terminal with log lines that stay and, below them, one live line that is drawn again in place. */

/** What is needed of `process.stdout`. */
export interface TerminalStream {
  /** Follows a resize; 0 or absent where the terminal doesn't know. */
  columns?: number;
  write(text: string): unknown;
}

export interface Terminal {
  /** False where the terminal can't redraw a line: then `show` does nothing, and progress has to be logged. */
  live: boolean;
  /** Writes one line above the live one. */
  print(line: string): void;
  /** Draws the live line; it stays below whatever is printed. The text is asked for with the width that it may have. */
  show(line: (width: number) => string): void;
  /** Leaves nothing of the live line. */
  clear(): void;
}

const usualColumns = 80;
const eraseBelow = '\u001b[J';

/**
 * Nothing is to be restored at the end, whatever ends us: no cursor is hidden, no mode set. The cursor rests at the live
 * line's beginning, because a terminal that becomes narrower may wrap the line: erasing from there takes it all.
 */
export function openTerminal(out: TerminalStream, environment: NodeJS.ProcessEnv): Terminal {
  const live = environment.TERM !== 'dumb';
  let current: ((width: number) => string) | undefined;
  const draw = () => {
    if (!current) return '';
    // The last column stays free: a full line would move the cursor to the next one.
    const width = (out.columns || usualColumns) - 1;
    return `${plain(current(width)).slice(0, Math.max(0, width))}${eraseBelow}\r`;
  };
  return {
    live,
    print(line) {
      out.write(`${current ? `\r${eraseBelow}` : ''}${line}\n${draw()}`);
    },
    show(line) {
      if (!live) return;
      current = line;
      out.write(`\r${draw()}`);
    },
    clear() {
      if (current) out.write(`\r${eraseBelow}`);
      current = undefined;
    },
  };
}

/** Characters of one column each: what a width is counted in. */
function plain(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?');
}
