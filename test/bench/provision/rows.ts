/** Runs the rows that were asked for, quick ones first, and keeps going when one fails. */
import { rmSync } from 'node:fs';
import type { Bench } from './bench.ts';
import { floor } from './floor.ts';
import { changedCommit, cold, secondSplit, together, warm } from './ours.ts';
import { type Figures, type Letter, type Row, titles } from './row.ts';
import { cloneAndPull, pullPaths, type Today, warmUp } from './today.ts';

/** Runs them; what fails is a row too. Throws only when it is interrupted. */
export async function runRows(bench: Bench): Promise<Row[]> {
  const { only, repeat } = bench.options;
  const rows: Row[] = [];
  let backing: string | undefined;
  const add = async (letter: Letter, run: () => Promise<Today & { runs: readonly number[] }>) => {
    if (!only.includes(letter) && !(letter === 'c' && only.some((each) => 'def'.includes(each)))) return;
    process.stderr.write(`${letter}  ${titles[letter]} …\n`);
    const row = await rowOf(letter, run, bench.signal);
    process.stderr.write(`   ${row.ok ? `${row.seconds.toFixed(1)} s` : row.message}\n`);
    rows.push(row);
  };
  /** Rows d, e and f look at the volume that row c has filled. */
  const onFilled = (run: (bench: Bench, backing: string) => Promise<Figures>) => async () => {
    if (backing === undefined) throw new Error('row c has filled no volume for it');
    return run(bench, backing);
  };
  if (only.some((letter) => letter !== 'h')) await warmUp(bench);
  await add('h', () => repeated(repeat, () => floor(bench)));
  await add('c', () =>
    repeated(repeat, async () => {
      if (backing) rmSync(backing, { recursive: true });
      backing = undefined;
      const filled = await cold(bench);
      backing = filled.backing;
      return filled.figures;
    }),
  );
  await add('f', () => repeated(repeat, onFilled(warm)));
  await add('d', () => repeated(1, onFilled(secondSplit)));
  await add('e', () => repeated(1, onFilled(changedCommit)));
  await add('g', () => repeated(1, () => together(bench)));
  await add('b', () => once(pullPaths(bench)));
  await add('a', () => once(cloneAndPull(bench)));
  return rows.sort((one, other) => (one.letter < other.letter ? -1 : 1));
}

async function rowOf(
  letter: Letter,
  run: () => Promise<Today & { runs: readonly number[] }>,
  signal: AbortSignal,
): Promise<Row> {
  try {
    const { figures, extrapolatedFrom, runs } = await run();
    return { letter, ok: true, ...figures, extrapolatedFrom, runs };
  } catch (error) {
    signal.throwIfAborted();
    return { letter, ok: false, message: (error as Error).message };
  }
}

/** The run with the median time. */
async function repeated(times: number, run: () => Promise<Figures>): Promise<Today & { runs: readonly number[] }> {
  const all: Figures[] = [];
  for (let time = 0; time < times; time += 1) all.push(await run());
  const runs = all.map(({ seconds }) => seconds);
  const figures = all.sort((one, other) => one.seconds - other.seconds)[Math.floor((times - 1) / 2)] as Figures;
  return { figures, extrapolatedFrom: null, runs };
}

async function once(today: Promise<Today>): Promise<Today & { runs: readonly number[] }> {
  const { figures, extrapolatedFrom } = await today;
  return { figures, extrapolatedFrom, runs: [figures.seconds] };
}
