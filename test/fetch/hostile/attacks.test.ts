/**
 * Repositories and servers whose owner means harm. Each attack is first made on what teams run today, plain git and
 * plain DVC, where it works or is said not to; then on our fetch, which refuses it or is not moved by it.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Attack } from '../../support/hostile/attack.ts';
import { makeAttackFixture } from '../../support/hostile/attack-fixture.ts';
import { plantOutside, stateOf } from '../../support/hostile/outside.ts';
import { configAttacks } from './attacks/config.ts';
import { dirObjectAttacks } from './attacks/dir-object.ts';
import { gitAttacks } from './attacks/git.ts';
import { listAttacks } from './attacks/list.ts';
import { metadataAttacks } from './attacks/metadata.ts';
import { referenceAttacks } from './attacks/reference.ts';
import { remoteAttacks } from './attacks/remote.ts';
import { secretAttacks } from './attacks/secrets.ts';
import { sizeAttacks } from './attacks/sizes.ts';
import { terminalAttacks } from './attacks/terminal.ts';

const themes: Record<string, readonly Attack[]> = {
  remote: remoteAttacks, // the longest first, as three themes run at a time
  sizes: sizeAttacks,
  git: gitAttacks,
  config: configAttacks,
  metadata: metadataAttacks,
  'dir object': dirObjectAttacks,
  list: listAttacks,
  terminal: terminalAttacks,
  secrets: secretAttacks,
  reference: referenceAttacks,
};

const root = mkdtempSync(join(tmpdir(), 'dvc-injector-hostile-'));
const temporary = join(root, 'tmp');
const fixtures = join(root, 'fixtures');
const compiled = join(root, 'compiled');
for (const folder of [temporary, fixtures, compiled]) mkdirSync(folder);
const outside = plantOutside(root);
const before = stateOf(outside);
process.env.TMPDIR = temporary; // of every place and repository here, so that whatever escapes lands in our view
after(() => rmSync(root, { recursive: true, force: true }));

const made: string[] = [];

describe('attacks', { concurrency: 3 }, () => {
  for (const [theme, attacks] of Object.entries(themes)) {
    describe(theme, () => {
      for (const { title, run } of attacks) {
        test(title, async () => {
          made.push(title);
          const { fixture, account } = await makeAttackFixture(fixtures, compiled);
          await using _ = fixture;
          await run(fixture);
          assert.equal(account.today, 1, 'each attack says once how it fares today');
          assert.ok(account.ours > 0, 'each attack is made on our fetch');
        });
      }
    });
  }
});

test('at least 28 attacks were made, each under a name of its own, and none left a trace outside', () => {
  const titles = Object.values(themes).flatMap((attacks) => attacks.map(({ title }) => title));
  assert.deepEqual([...made].sort(), titles.sort());
  assert.equal(new Set(titles).size, titles.length);
  assert.ok(titles.length >= 28, `${titles.length}`);
  assert.deepEqual(stateOf(outside), before);
  assert.deepEqual(readdirSync(root).sort(), ['compiled', 'fixtures', 'outside', 'tmp']);
  assert.deepEqual(readdirSync(fixtures), []);
  assert.deepEqual(readdirSync(temporary), []);
});
