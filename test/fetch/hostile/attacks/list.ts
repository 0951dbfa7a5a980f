/** Attacks by the list of a split, a file that programs of all kinds read line by line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listLimit } from '../../../../src/fetch/dvc-format/subset.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { datasetOf, type Ground } from '../../../support/hostile/ground.ts';
import { peakMemory } from '../../../support/process/peak-memory.ts';

/** The usual way of sharing a split's files: a tar of what the list names, made in the data folder. */
async function tar({ team }: Ground): Promise<string> {
  const list = ['--arg-file=../data-split/train', '--delimiter=\\n'];
  return team.run(join(team.checkout, 'data'), 'xargs', ...list, 'tar', '-cPf', '../../shared.tar');
}

export const listAttacks: Attack[] = [
  attack('a list that is a symlink is not followed to a file of the node', async (ground) => {
    const files = datasetOf(ground.remote, 'a');
    const repository = await ground.repository({ ...files, 'data-split/train': { symlink: ground.secretFile } });
    let read = '';
    await ground.worksToday(
      async () => {
        read = readFileSync(join(await ground.team.clone(repository), 'data-split', 'train'), 'utf8');
      },
      () => read.includes(ground.secret),
    );
    await ground.refused(repository, 65, /data-split\/train of the commit is a symlink/, { split: 'train' });
    const folder = await ground.repository({ ...files, 'data-split': { symlink: ground.folder } });
    await ground.refused(folder, 66, /has no list/, { split: 'secret.txt' });
  }),
  attack('a line that is an option of the program that reads the list runs no command', async (ground) => {
    const lines = ['a', '--checkpoint=1', `--checkpoint-action=exec=touch ${ground.canary}`, 'a'];
    const list = `${lines.join('\n')}\n`;
    const repository = await ground.repository({ ...datasetOf(ground.remote, 'a'), 'data-split/train': list });
    await ground.worksToday(async () => {
      await ground.team.pull(repository);
      return tar(ground);
    });
    await ground.refused(repository, 65, /has 2 lines that can not be honoured/, { split: 'train' });
  }),
  attack('a line that climbs or is absolute shares no file of the node', async (ground) => {
    const list = `a\n../../../../secret.txt\n${ground.secretFile}\ndata/../../secret.txt\n./../secret.txt\n`;
    const repository = await ground.repository({ ...datasetOf(ground.remote, 'a'), 'data-split/train': list });
    await ground.worksToday(
      async () => {
        await ground.team.pull(repository);
        return tar(ground);
      },
      () => readFileSync(join(ground.team.home, 'clones', 'shared.tar')).includes(ground.secret),
    );
    const { log } = await ground.refused(repository, 65, /has 4 lines that can not be honoured/, { split: 'train' });
    const details = log.flatMap(({ detail }) => (typeof detail === 'string' ? [detail] : []));
    assert.deepEqual(
      details.map((detail) => /^line (\d)/.exec(detail)?.[1]),
      ['2', '3', '4', '5'],
    );
  }),
  attack('a million lines of one file are one file, and a million wrong ones are told in twenty', async (ground) => {
    ground.harmlessToday('to a script that reads lists, a matter of patience');
    const files = datasetOf(ground.remote, 'a', 'b');
    const many = (line: (i: number) => string) => Array.from({ length: 1_000_000 }, (_, i) => line(i)).join('\n');
    const lists = { 'data-split/same': many(() => 'a'), 'data-split/wrong': many((i) => `\u001b[31mno-${i}`) };
    const repository = await ground.repository({ ...files, ...lists });
    const same = await ground.fetched(repository, { split: 'same' });
    assert.deepEqual(
      Object.keys(same.files).filter((path) => path.startsWith('data/')),
      ['data/a'],
    );
    const wrong = await ground.refused(repository, 65, /has 1000000 lines that can not be honoured/, {
      split: 'wrong',
    });
    assert.ok(wrong.output.length < 32 * 1024, `${wrong.output.length} characters`);
  }),
  attack('a list of a quarter of a gigabyte and a byte is not read', async (ground) => {
    ground.harmlessToday('git writes it out as it writes any file');
    const list = Buffer.alloc(listLimit + 1, 'a\n');
    const repository = await ground.repository({ ...datasetOf(ground.remote, 'a'), 'data-split/train': list });
    await ground.refused(repository, 65, /data-split\/train of the commit has 268435457 bytes/, { split: 'train' });
  }),
  attack(
    'a list of a hundred and fifty million empty lines costs no gigabytes and ends with a sentence',
    async (ground) => {
      ground.harmlessToday('git writes it out as it writes any file');
      const list = Buffer.alloc(150_000_000, '\n');
      const repository = await ground.repository({ ...datasetOf(ground.remote, 'a'), 'data-split/train': list });
      const memory = peakMemory();
      await ground.refused(repository, 65, /data-split\/train/, { split: 'train', during: memory.look });
      assert.ok(memory.megabytes() < 1024, `${memory.megabytes()} MB`);
    },
  ),
  attack('a list that is a folder or a submodule is refused by its kind', async (ground) => {
    ground.harmlessToday('a script that reads lists finds no file');
    const files = datasetOf(ground.remote, 'a');
    const folder = await ground.repository({ ...files, 'data-split/train/a': 'a\n' });
    await ground.refused(folder, 65, /data-split\/train of the commit is a folder/, { split: 'train' });
    const submodule = await ground.repository({ ...files, 'data-split/train': { submodule: '1'.repeat(40) } });
    await ground.refused(submodule, 65, /is a submodule/, { split: 'train' });
    const executable = await ground.repository({ ...files, 'data-split/train': { executable: 'a\n' } });
    await ground.fetched(executable, { split: 'train' }); // only its bytes are read
  }),
];
