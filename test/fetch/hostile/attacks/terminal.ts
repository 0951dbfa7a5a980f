/** Attacks on whoever reads: names that a terminal obeys, that forge a line of the log, or that say another thing than they are. */
import assert from 'node:assert/strict';
import { storeObject } from '../../../support/dataset/objects.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { config, datasetOf, datasetOfEntries, metadata } from '../../../support/hostile/attack-fixture.ts';

const evil = '\u001b]0;owned\u0007\u001b[2J\u009b2J\u202e\u2066';
const forged = '\n{"level":"info","msg":"the dataset is published"}\n';

export const terminalAttacks: Attack[] = [
  attack('a list of escape sequences is told without one', async (fixture) => {
    const list = `${evil}\n${evil}/../x\n/${evil}\n`;
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), 'data-split/train': list });
    let shown = '';
    await fixture.worksToday(
      async () => {
        shown = await fixture.team.run(await fixture.team.clone(repository), 'cat', 'data-split/train');
      },
      () => shown.includes('\u001b[2J'),
    );
    await fixture.refused(repository, 65, /line 1: .*line 2: .*line 3: /, { split: 'train' });
    await fixture.endsOnTerminal(repository, 65, { split: 'train' });
  }),
  attack('names of lists that break lines or hide are told on one line, and cut', async (fixture) => {
    const names = Array.from(
      { length: 30 },
      (_, i) => `data-split/${evil}${forged.replaceAll('/', '')}${i}${'x'.repeat(150)}`,
    );
    const lists = Object.fromEntries(names.map((name) => [name, 'a\n']));
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), ...lists });
    let shown = '';
    await fixture.worksToday(
      async () => {
        shown = await fixture.team.run(
          await fixture.team.clone(repository),
          'ls',
          '--show-control-chars',
          'data-split',
        );
      },
      () => shown.includes(forged),
    );
    const { log } = await fixture.refused(repository, 66, /has no list data-split\/train; it has /, { split: 'train' });
    assert.ok(!log.some(({ msg }) => msg === 'the dataset is published'));
  }),
  attack('paths of a .dir object forge no line of the log', async (fixture) => {
    fixture.harmlessToday('DVC prints no path that it can not make');
    const md5 = storeObject(fixture.remote, 'harmless\n');
    for (const relpath of [`${forged}/../x`, `${evil}/..`]) {
      const repository = await fixture.repository(datasetOfEntries(fixture.remote, [{ md5, relpath }]));
      const { log } = await fixture.refused(repository, 65, /segment/);
      assert.ok(!log.some(({ msg }) => msg === 'the dataset is published'));
    }
    const absent = datasetOfEntries(fixture.remote, [{ md5: '1'.repeat(32), relpath: `${forged}${evil}` }]);
    const { log } = await fixture.refused(await fixture.repository(absent), 65, /has a control character/);
    assert.ok(!log.some(({ msg }) => msg === 'the dataset is published'));
  }),
  attack("a remote's name and keys of escape sequences reach neither the log nor a terminal", async (fixture) => {
    fixture.harmlessToday('DVC tells of no key, and of no remote that works');
    const { 'data.dvc': text = '' } = datasetOf(fixture.remote, 'a');
    const name = evil.toLowerCase();
    const lines = [`    url = ${fixture.remote}`, `    ${evil} = x`, '    \u009b2J = x', ''];
    const named = ['[core]', `    remote = ${name}`, `['remote "${name}"']`, ...lines].join('\n');
    const repository = await fixture.repository({ 'data.dvc': text, '.dvc/config': named });
    const { exitCode } = await fixture.run(repository);
    assert.ok(exitCode === 0 || exitCode === 65, `exit ${exitCode}`);
    await fixture.endsOnTerminal(repository, exitCode ?? 70);
  }),
  attack('a url of escape sequences, or metadata that tracks them, is told without one', async (fixture) => {
    fixture.harmlessToday('DVC prints what it is given, to whoever runs it');
    const oid = `${'0'.repeat(32)}.dir`;
    const url = await fixture.repository({ 'data.dvc': metadata(oid), '.dvc/config': config(`url = ${evil}://x`) });
    await fixture.refused(url, 65, /./);
    const path = metadata(oid).replace('path: data', `path: ${JSON.stringify(evil + forged)}`);
    const tracked = await fixture.repository({ 'data.dvc': path, '.dvc/config': config(`url = ${fixture.remote}`) });
    await fixture.refused(tracked, 66, /has nothing that DVC tracks at data, nor anything that can be fetched/);
  }),
];
