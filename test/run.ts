/** `npm test [suite …]`: runs the test suites one after the other, and fails unless each proves what it looks like. */
import { join } from 'node:path';
import { shareCompiledModules } from './support/suites/compile-cache.ts';
import { stories, suites } from './support/suites/list.ts';
import { orphans } from './support/suites/orphans.ts';
import { runSuite, type Timed } from './support/suites/run-suite.ts';
import { slowest } from './support/suites/slowest.ts';

const root = join(import.meta.dirname, '..');
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no suite is named ${unknown.join(', ')}; there are ${suites.map((suite) => suite.name).join(', ')}`);
  process.exit(64);
}
shareCompiledModules();
const total = { passed: 0, failed: 0, skipped: 0 };
const tests: Timed[] = [];
const files: Timed[] = [];
const complaints = orphans([...suites.map((suite) => suite.files), stories], root);
for (const suite of suites.filter((each) => asked.length === 0 || asked.includes(each.name))) {
  console.log(`\n── ${suite.name}`);
  await suite.provide?.();
  const outcome = await runSuite(suite, root, (text) => process.stdout.write(text));
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  total.skipped += outcome.skipped;
  complaints.push(...outcome.complaints);
  tests.push(...outcome.tests);
  files.push(...outcome.files);
}
console.log(['', 'The slowest tests:', ...slowest(tests, 10)].join('\n'));
console.log(['', 'The slowest files, with what they start and stop:', ...slowest(files, 10), ''].join('\n'));
for (const complaint of complaints) console.log(`✖ ${complaint}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(complaints.length > 0 ? 1 : 0);
