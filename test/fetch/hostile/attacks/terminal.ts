/** Attacks on whoever reads: names that a terminal obeys, that forge a line of the log, or that say another thing than they are. */
import assert from 'node:assert/strict';
import { storeObject } from '../../../support/dataset/objects.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { config, datasetOf, datasetOfEntries, metadata } from '../../../support/hostile/ground.ts';

const evil = '\u001b]0;owned\u0007\u001b[2J\u009b2J\u202e\u2066';
const forged = '\n{"level":"info","msg":"the dataset is published"}\n';

export const terminalAttacks: Attack[] = [
  attack('a list of escape sequences is told without one', async (ground) => {
    const list = `${evil}\n${evil}/../x\n/${evil}\n`;
    const repository = await ground.repository({ ...datasetOf(ground.remote, 'a'), 'data-split/train': list });
    let shown = '';
    await ground.worksToday(
      async () => {
        shown = await ground.team.run(await ground.team.clone(repository), 'cat', 'data-split/train');
      },
      () => shown.includes('\u001b[2J'),
    );
    await ground.refused(repository, 65, /line 1: .*line 2: .*line 3: /, { split: 'train' });
    await ground.endsOnTerminal(repository, 65, { split: 'train' });
  }),
  attack('names of lists that break lines or hide are told on one line, and cut', async (ground) => {
    const names = Array.from(
      { length: 30 },
      (_, i) => `data-split/${evil}${forged.replaceAll('/', '')}${i}${'x'.repeat(150)}`,
    );
    const lists = Object.fromEntries(names.map((name) => [name, 'a\n']));
    const repository = await ground.repository({ ...datasetOf(ground.remote, 'a'), ...lists });
    let shown = '';
    await ground.worksToday(
      async () => {
        shown = await ground.team.run(await ground.team.clone(repository), 'ls', '--show-control-chars', 'data-split');
      },
      () => shown.includes(forged),
    );
    const { log } = await ground.refused(repository, 66, /has no list data-split\/train; it has /, { split: 'train' });
    assert.ok(!log.some(({ msg }) => msg === 'the dataset is published'));
  }),
  attack('paths of a .dir object forge no line of the log', async (ground) => {
    ground.harmlessToday('DVC prints no path that it can not make');
    const md5 = storeObject(ground.remote, 'harmless\n');
    for (const relpath of [`${forged}/../x`, `${evil}/..`]) {
      const repository = await ground.repository(datasetOfEntries(ground.remote, [{ md5, relpath }]));
      const { log } = await ground.refused(repository, 65, /segment/);
      assert.ok(!log.some(({ msg }) => msg === 'the dataset is published'));
    }
    const absent = datasetOfEntries(ground.remote, [{ md5: '1'.repeat(32), relpath: `${forged}${evil}` }]);
    const { log } = await ground.refused(await ground.repository(absent), 66, /lacks the object 1{32}/);
    assert.ok(!log.some(({ msg }) => msg === 'the dataset is published'));
  }),
  attack("a remote's name and keys of escape sequences reach neither the log nor a terminal", async (ground) => {
    ground.harmlessToday('DVC tells of no key, and of no remote that works');
    const { 'data.dvc': text = '' } = datasetOf(ground.remote, 'a');
    const name = evil.toLowerCase();
    const lines = [`    url = ${ground.remote}`, `    ${evil} = x`, '    \u009b2J = x', ''];
    const named = ['[core]', `    remote = ${name}`, `['remote "${name}"']`, ...lines].join('\n');
    const repository = await ground.repository({ 'data.dvc': text, '.dvc/config': named });
    const { exitCode } = await ground.run(repository);
    assert.ok(exitCode === 0 || exitCode === 65, `exit ${exitCode}`);
    await ground.endsOnTerminal(repository, exitCode ?? 70);
  }),
  attack('a url of escape sequences, or metadata that tracks them, is told without one', async (ground) => {
    ground.harmlessToday('DVC prints what it is given, to whoever runs it');
    const oid = `${'0'.repeat(32)}.dir`;
    const url = await ground.repository({ 'data.dvc': metadata(oid), '.dvc/config': config(`url = ${evil}://x`) });
    await ground.refused(url, 65, /./);
    const path = metadata(oid).replace('path: data', `path: ${JSON.stringify(evil + forged)}`);
    const tracked = await ground.repository({ 'data.dvc': path, '.dvc/config': config(`url = ${ground.remote}`) });
    await ground.refused(tracked, 65, /tracks /);
  }),
];
