/** Attacks by the list of a split, a file that programs of all kinds read line by line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listLimit } from '../../../../src/fetch/dvc-format/subset.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { type AttackFixture, datasetOf } from '../../../support/hostile/attack-fixture.ts';
import { peakMemory } from '../../../support/process/peak-memory.ts';

/** The usual way of sharing a split's files: a tar of what the list names, made in the data folder. */
async function tar({ team }: AttackFixture): Promise<string> {
  const list = ['--arg-file=../data-split/train', '--delimiter=\\n'];
  return team.run(join(team.checkout, 'data'), 'xargs', ...list, 'tar', '-cPf', '../../shared.tar');
}

export const listAttacks: Attack[] = [
  attack('a list that is a symlink is not followed to a file of the node', async (fixture) => {
    const files = datasetOf(fixture.remote, 'a');
    const repository = await fixture.repository({ ...files, 'data-split/train': { symlink: fixture.secretFile } });
    let read = '';
    await fixture.worksToday(
      async () => {
        read = readFileSync(join(await fixture.team.clone(repository), 'data-split', 'train'), 'utf8');
      },
      () => read.includes(fixture.secret),
    );
    await fixture.refused(repository, 65, /data-split\/train of the commit is a symlink/, { split: 'train' });
    const folder = await fixture.repository({ ...files, 'data-split': { symlink: fixture.folder } });
    await fixture.refused(folder, 66, /has no list/, { split: 'secret.txt' });
  }),
  attack('a line that is an option of the program that reads the list runs no command', async (fixture) => {
    const lines = ['a', '--checkpoint=1', `--checkpoint-action=exec=touch ${fixture.canary}`, 'a'];
    const list = `${lines.join('\n')}\n`;
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), 'data-split/train': list });
    await fixture.worksToday(async () => {
      await fixture.team.pull(repository);
      return tar(fixture);
    });
    await fixture.refused(repository, 65, /has 2 lines that can not be honoured/, { split: 'train' });
  }),
  attack('a line that climbs or is absolute shares no file of the node', async (fixture) => {
    const list = `a\n../../../../secret.txt\n${fixture.secretFile}\ndata/../../secret.txt\n./../secret.txt\n`;
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), 'data-split/train': list });
    await fixture.worksToday(
      async () => {
        await fixture.team.pull(repository);
        return tar(fixture);
      },
      () => readFileSync(join(fixture.team.home, 'clones', 'shared.tar')).includes(fixture.secret),
    );
    const { log } = await fixture.refused(repository, 65, /has 4 lines that can not be honoured/, { split: 'train' });
    const details = log.flatMap(({ detail }) => (typeof detail === 'string' ? [detail] : []));
    assert.deepEqual(
      details.map((detail) => /^line (\d)/.exec(detail)?.[1]),
      ['2', '3', '4', '5'],
    );
  }),
  attack('a million lines of one file are one file, and a million wrong ones are told in twenty', async (fixture) => {
    fixture.harmlessToday('to a script that reads lists, a matter of patience');
    const files = datasetOf(fixture.remote, 'a', 'b');
    const many = (line: (i: number) => string) => Array.from({ length: 1_000_000 }, (_, i) => line(i)).join('\n');
    const lists = { 'data-split/same': many(() => 'a'), 'data-split/wrong': many((i) => `\u001b[31mno-${i}`) };
    const repository = await fixture.repository({ ...files, ...lists });
    const same = await fixture.fetched(repository, { split: 'same' });
    assert.deepEqual(
      Object.keys(same.files).filter((path) => path.startsWith('data/')),
      ['data/a'],
    );
    const wrong = await fixture.refused(repository, 65, /has 1000000 lines that can not be honoured/, {
      split: 'wrong',
    });
    assert.ok(wrong.output.length < 32 * 1024, `${wrong.output.length} characters`);
  }),
  attack('a list of a quarter of a gigabyte and a byte is not read', async (fixture) => {
    fixture.harmlessToday('git writes it out as it writes any file');
    const list = Buffer.alloc(listLimit + 1, 'a\n');
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), 'data-split/train': list });
    await fixture.refused(repository, 65, /data-split\/train of the commit has 268435457 bytes/, { split: 'train' });
  }),
  attack(
    'a list of a hundred and fifty million empty lines costs no gigabytes and ends with a sentence',
    async (fixture) => {
      fixture.harmlessToday('git writes it out as it writes any file');
      const list = Buffer.alloc(150_000_000, '\n');
      const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), 'data-split/train': list });
      const memory = peakMemory();
      await fixture.refused(repository, 65, /data-split\/train/, { split: 'train', during: memory.look });
      assert.ok(memory.megabytes() < 1024, `${memory.megabytes()} MB`);
    },
  ),
  attack('a list that is a folder or a submodule is refused by its kind', async (fixture) => {
    fixture.harmlessToday('a script that reads lists finds no file');
    const files = datasetOf(fixture.remote, 'a');
    const folder = await fixture.repository({ ...files, 'data-split/train/a': 'a\n' });
    await fixture.refused(folder, 65, /data-split\/train of the commit is a folder/, { split: 'train' });
    const submodule = await fixture.repository({ ...files, 'data-split/train': { submodule: '1'.repeat(40) } });
    await fixture.refused(submodule, 65, /is a submodule/, { split: 'train' });
    const executable = await fixture.repository({ ...files, 'data-split/train': { executable: 'a\n' } });
    await fixture.fetched(executable, { split: 'train' }); // only its bytes are read
  }),
];
