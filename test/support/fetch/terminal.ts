/** A fetch at a real terminal: a pseudo-terminal of the kernel's, by util-linux' `script`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

export interface TestTerminal {
  /** For `StartOptions`. */
  prefix: readonly string[];
  /** Of the fetch itself, once it runs. */
  pid(): Promise<number>;
  /** As a person does who drags the window's edge: the kernel tells the fetch by SIGWINCH. */
  resize(columns: number): Promise<void>;
}

// Its own shell tells who it is before it becomes the fetch. No echo: `script` types an end of file, as we type nothing.
const inside = 'stty cols "$COLUMNS_AT_FIRST" rows 24 -echo; tty > "$TTY_FILE"; echo $$ > "$PID_FILE"; exec "$@"';

/** `parent` is where it keeps the files by which it is found. */
export function makeTerminal(parent: string, columns: number): TestTerminal {
  const folder = mkdtempSync(join(parent, 'terminal-'));
  const [ttyFile, pidFile] = [join(folder, 'tty'), join(folder, 'pid')];
  const variables = [`COLUMNS_AT_FIRST=${columns}`, `TTY_FILE=${ttyFile}`, `PID_FILE=${pidFile}`, 'TERM=xterm'];
  const quote = 'exec script --quiet --return --command "$(printf "%q " "$@")" /dev/null';
  const read = async (file: string) => {
    await eventually('the fetch has its terminal', async () => existsSync(file) && readFileSync(file, 'utf8') !== '');
    return readFileSync(file, 'utf8').trim();
  };
  return {
    prefix: ['env', ...variables, 'bash', '-c', quote, 'bash', 'sh', '-c', inside, 'sh'],
    pid: async () => Number(await read(pidFile)),
    resize: async (to) => {
      execFileSync('stty', ['-F', await read(ttyFile), 'cols', String(to)]);
    },
  };
}
