/** GitHub's workflows, of which actionlint knows the grammar: what it doesn't ask of them is asked here. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { releaseNames } from '../../../scripts/release-names.ts';
import { images } from '../../../src/config/images.ts';
import { version } from '../../../src/version.ts';

interface Step {
  uses?: string;
  run?: string;
}
interface Job extends Step {
  'timeout-minutes'?: number;
  steps?: Step[];
}
interface Workflow {
  permissions?: object;
  jobs: Record<string, Job>;
}

const root = join(import.meta.dirname, '../../..');
const files = globSync('.github/workflows/*.yaml', { cwd: root });
assert.ok(files.length >= 2);

for (const file of files) {
  describe(file, () => {
    const text = readFileSync(join(root, file), 'utf8');
    const workflow = parse(text) as Workflow;
    const jobs = Object.values(workflow.jobs);
    const steps = jobs.flatMap((job) => job.steps ?? []);

    test('gives no job more than it says', () => assert.ok(workflow.permissions));

    test('pins every action of others by its commit, and says of which version that is', () => {
      const uses = [...jobs, ...steps].flatMap((each) => each.uses ?? []).filter((each) => !each.startsWith('./'));
      const pinned = [...text.matchAll(/uses: ([\w/-]+@[0-9a-f]{40}) # v\d+\.\d+\.\d+$/gm)].map(([, name]) => name);
      assert.deepEqual(uses, pinned);
    });

    test('puts no expression into a script: values come by the environment', () => {
      for (const { run = '' } of steps) assert.doesNotMatch(run, /\$\{\{/);
    });

    test('ends every job that hangs', () => {
      for (const job of jobs.filter((each) => each.steps)) assert.ok(job['timeout-minutes']);
    });

    test('names no registry itself', () => assert.doesNotMatch(text, /ghcr\.io/));
  });
}

describe('the names of a release', () => {
  const changelog = `# Changelog\n\n## [${version}] - 2027-01-31\n`;

  test('are those of the code, at the version of the tag', () => {
    const { base = '', ...names } = releaseNames(`v${version}`, changelog);
    assert.deepEqual(names, { version, host: 'ghcr.io', ...images, charts: 'ghcr.io/dvc-injector/charts' });
    assert.match(base, /^node:24-/);
  });

  test('are refused for the tag of another version, and where the changelog has no date', () => {
    assert.throws(() => releaseNames('v0.0.0', changelog), /the tag is "v0\.0\.0" and package\.json's version is/);
    assert.throws(() => releaseNames(`v${version}`, changelog.replace('2027-01-31', 'unreleased')), /with a date$/);
  });
});
