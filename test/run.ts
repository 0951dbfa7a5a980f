/** Runs the test suites one after the other and fails when one passed fewer tests than it is known to have. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { provideDvc } from '../provision/dvc.ts';
import { provideHelm } from '../provision/helm.ts';
import { provideKubernetes } from '../provision/kubernetes.ts';
import { provideVersitygw } from '../provision/s3.ts';
import { provideKfp } from './support/pipelines/kfp.ts';

/** A suite, and the least number of tests that must pass: `node --test` itself is content with none. */
interface Suite {
  name: string;
  files: string;
  minimum: number;
  /** How many test files may run at once; suites that share one cluster run their files one by one. */
  concurrency: number | boolean;
  /** Installs what the suite needs, before its files run at once and each would. */
  provide?: () => Promise<unknown>;
}

const provideCluster = () => provideKubernetes(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);

const suites: Suite[] = [
  { name: 'unit', files: 'test/unit/**/*.test.ts', minimum: 1188, concurrency: 2 },
  { name: 'golden', files: 'test/golden/**/*.test.ts', minimum: 429, concurrency: true },
  {
    name: 'fetch',
    files: 'test/fetch/**/*.test.ts',
    minimum: 445,
    concurrency: 2,
    provide: async () => [await provideDvc(), await provideVersitygw()],
  },
  {
    name: 'soak',
    files: 'test/soak/**/*.test.ts',
    minimum: 2,
    concurrency: 1,
    provide: async () => [await provideDvc(), await provideVersitygw()],
  },
  {
    name: 'bench',
    files: 'test/bench/**/*.test.ts',
    minimum: 2,
    concurrency: 1,
    provide: async () => [await provideDvc(), await provideVersitygw()],
  },
  { name: 'apiserver', files: 'test/apiserver/**/*.test.ts', minimum: 96, concurrency: 1, provide: provideCluster },
  {
    name: 'chart',
    files: 'test/chart/**/*.test.ts',
    minimum: 69,
    concurrency: 1,
    provide: async () => [await provideHelm(), await provideCluster()],
  },
  {
    name: 'examples',
    files: 'test/examples/**/*.test.ts',
    minimum: 50,
    concurrency: 1,
    provide: async () => [await provideKfp(), await provideHelm(), await provideDvc(), await provideCluster()],
  },
];

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

async function runSuite(suite: Suite): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0 };
  const files = globSync(suite.files, { cwd: root })
    .sort()
    .map((file) => join(root, file));
  const stream = run({ files, concurrency: suite.concurrency, cwd: root });
  stream.on('test:pass', (event) => {
    if (event.skip || event.todo) outcome.skipped += 1;
    else if (event.details.type !== 'suite') outcome.passed += 1;
  });
  stream.on('test:fail', (event) => {
    if (event.details.type !== 'suite') outcome.failed += 1;
  });
  for await (const text of stream.compose(spec)) process.stdout.write(text);
  return outcome;
}

const root = join(import.meta.dirname, '..');
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no suite is named ${unknown.join(', ')}; there are ${suites.map((suite) => suite.name).join(', ')}`);
  process.exit(64);
}
const total: Outcome = { passed: 0, failed: 0, skipped: 0 };
const complaints: string[] = [];
for (const suite of suites.filter((each) => asked.length === 0 || asked.includes(each.name))) {
  console.log(`\n── ${suite.name}`);
  await suite.provide?.();
  const outcome = await runSuite(suite);
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  total.skipped += outcome.skipped;
  if (outcome.failed > 0) complaints.push(`${suite.name}: ${outcome.failed} failed`);
  if (outcome.skipped > 0) complaints.push(`${suite.name}: ${outcome.skipped} skipped, and no test may be`);
  if (outcome.passed < suite.minimum) {
    complaints.push(`${suite.name}: ${outcome.passed} passed, and at least ${suite.minimum} must`);
  }
}
for (const complaint of complaints) console.log(`✖ ${complaint}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(complaints.length > 0 ? 1 : 0);
