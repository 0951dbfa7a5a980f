/** Runs one suite and says what is wrong with it: failures, and all that looks like success without proving anything. */
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** The test files that belong together. */
export interface Suite {
  name: string;
  /** A glob relative to the root of the repository. */
  files: string;
  /** How many test files may run at once; `true` is one less than the machine has cores. */
  concurrency: number | boolean;
  /** Installs what the suite needs, before its files run at once and each would. */
  provide?: () => Promise<unknown>;
}

/** How long a test took. */
export interface Timed {
  suite: string;
  /** The file that the test stands in, relative to the root. */
  file: string;
  name: string;
  milliseconds: number;
}

/** What came of a suite. */
export interface Outcome {
  passed: number;
  failed: number;
  /** Those marked skip or todo, whatever came of them. */
  skipped: number;
  /** Sentences that begin with the suite's name; none where all is well. */
  complaints: string[];
  tests: Timed[];
  /** As `tests`, of whole files: with their imports, and with what they start before their first test and stop after the last. */
  files: Timed[];
}

/** How node:test says that a test is marked `only`, which without its flag changes nothing and is said for each. */
const saysOnly = "'only' and 'runOnly' require";

/**
 * Runs the suite's files below `root`; what the reporter says of them goes to `write`. Besides failed tests these are
 * complaints: a file that runs no test, a test that is skipped, todo or marked `only`, and no test at all. A bare
 * `node --test` is content with each of them.
 */
export async function runSuite(suite: Suite, root: string, write: (text: string) => void): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, complaints: [], tests: [], files: [] };
  const complain = (what: string) => outcome.complaints.push(`${suite.name}: ${what}`);
  const files = globSync(suite.files, { cwd: root })
    .sort()
    .map((file) => join(root, file));
  const proving = new Set<string>(); // files of which at least one test ran
  const nameOf = (file: string | undefined) => (file === undefined ? '' : relative(root, file));
  const timed = (event: { name: string; file?: string; details: { duration_ms: number } }): Timed => {
    const [file, milliseconds] = [nameOf(event.file), event.details.duration_ms];
    return { suite: suite.name, file, name: event.name, milliseconds };
  };

  const stream = run({ files, concurrency: suite.concurrency, cwd: root });
  const ended = (event: TestEnd, failed: boolean) => {
    if (event.skip || event.todo) {
      outcome.skipped += 1;
      complain(`"${event.name}" in ${nameOf(event.file)} is ${event.skip ? 'skipped' : 'todo'}, and no test may be`);
    } else if (event.details.type === 'suite') return;
    else if (failed) outcome.failed += 1;
    // A file without tests is reported as if it were one test of the file's own name.
    else if (event.name !== event.file) outcome.passed += 1;
    if (event.name !== event.file) outcome.tests.push(timed(event));
  };
  stream.on('test:pass', (event) => ended(event, false));
  stream.on('test:fail', (event) => ended(event, true));
  stream.on('test:complete', (event) => {
    if (event.name === event.file) outcome.files.push(timed(event));
  });
  stream.on('test:summary', ({ file, counts }) => {
    if (file !== undefined && counts.tests > 0) proving.add(file);
  });
  stream.on('test:diagnostic', ({ message, file }) => {
    if (message.startsWith(saysOnly)) complain(`${nameOf(file)} has a test marked only`);
  });
  for await (const text of stream.compose(spec)) write(String(text));

  if (outcome.failed > 0) complain(`${outcome.failed} failed`);
  for (const file of files.filter((each) => !proving.has(each))) complain(`${nameOf(file)} runs no test`);
  if (outcome.passed + outcome.failed === 0) complain('no test ran');
  return outcome;
}

/** What node:test says of a test that has ended. */
interface TestEnd {
  name: string;
  file?: string;
  skip?: string | boolean;
  todo?: string | boolean;
  details: { duration_ms: number; type?: string };
}
