/** Attacks by the dataset's name itself: what a hostile manifest would have git or a path made of. */
import assert from 'node:assert/strict';
import { parseDirectories } from '../../../../src/dataset/directories.ts';
import { InvalidReference } from '../../../../src/dataset/invalid-reference.ts';
import { parseReference } from '../../../../src/dataset/reference.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { datasetOf, folderOf } from '../../../support/hostile/attack-fixture.ts';

const rules = { schemes: ['https', 'ssh', 'file'], aliases: {} } as const;

export const referenceAttacks: Attack[] = [
  attack('a revision that is an option of git fetch runs no command', async (fixture) => {
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const option = `--upload-pack=touch ${fixture.canary};git-upload-pack`;
    await fixture.worksToday(async () => {
      await fixture.team.clone(repository);
      return fixture.team.run(fixture.team.checkout, 'git', 'fetch', repository.url, option);
    });
    await fixture.refused(`${repository.url}@${option}:*`, 64, /@<sha>:/);
    await fixture.refused(`${repository.url}@${repository.sha} ${option}:*`, 64, /@<sha>:/);
  }),
  attack('a repository that is an option of git clone runs no command', async (fixture) => {
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const option = `--upload-pack=touch ${fixture.canary};git-upload-pack`;
    await fixture.worksToday(() =>
      fixture.team.run(fixture.folder, 'git', 'clone', '--no-local', option, folderOf(repository)),
    );
    await fixture.refused(`${option}@${repository.sha}:*`, 64, /repository|address/);
  }),
  attack('a repository of the ext transport runs no command', async (fixture) => {
    fixture.harmlessToday('git allows ext only where protocol.ext.allow says so, since 2.12');
    const sha = '0'.repeat(40);
    await fixture.refused(`ext::sh -c touch% ${fixture.canary}@${sha}:*`, 64, /scheme ext:\/\/ is not allowed/);
    await fixture.refused(`ext::sh -c touch% ${fixture.canary}@${sha}:*`, 64, /scheme ext:\/\/ is not allowed/, {
      flags: ['--allow-scheme', 'file,http'],
    });
  }),
  attack('a host that is an option of ssh runs no command', async (fixture) => {
    fixture.harmlessToday('git refuses such hosts since CVE-2017-1000117');
    const sha = '0'.repeat(40);
    await fixture.refused(`ssh://-oProxyCommand=touch$IFS${fixture.canary}/x@${sha}:*`, 64, /address/);
    await fixture.refused(`-oProxyCommand=touch$IFS${fixture.canary}:x@${sha}:*`, 64, /address/);
  }),
  attack('a split that climbs out of the split directory reads no file of the node', async (fixture) => {
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), 'data-split/train': 'a\n' });
    const split = '../../../../secret.txt';
    let read = '';
    await fixture.worksToday(
      async () => {
        read = await fixture.team.run(await fixture.team.clone(repository), 'cat', `data-split/${split}`);
      },
      () => read.includes(fixture.secret),
    );
    await fixture.refused(repository, 64, /the split has a "\." or "\.\." segment/, { split });
    for (const other of [fixture.secretFile, 'x/../../secret', '-x', ':(top)x', 'x\0y']) {
      assert.throws(() => parseReference(`${repository.url}@${repository.sha}:${other}`, rules), InvalidReference);
    }
  }),
  attack("a directory that climbs, is absolute, is git's own or a pathspec is refused", async (fixture) => {
    fixture.harmlessToday('the directories are names of our own annotations');
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    await fixture.refused(repository, 64, /data directory/, { flags: ['--data-dir=../data'] });
    await fixture.refused(repository, 64, /split directory/, { flags: ['--split-dir=.git'], split: 'HEAD' });
    for (const path of [fixture.folder, 'a/../../b', ':(top)data', '-x', '.dvc', '.GIT/hooks', 'a\nb']) {
      assert.throws(() => parseDirectories({ dataDir: path, splitDir: 'data-split' }), InvalidReference, path);
      assert.throws(() => parseDirectories({ dataDir: 'data', splitDir: path }), InvalidReference, path);
    }
  }),
  attack('the sha of a tag, a tree or a blob is not taken for a commit', async (fixture) => {
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const git = (...args: string[]) => fixture.team.run(folderOf(repository), 'git', ...args);
    const shaOf = async (name: string) => /^[0-9a-f]{40}/.exec(await git('rev-parse', name))?.[0] ?? assert.fail(name);
    await git('-c', 'user.name=x', '-c', 'user.email=x@x', 'tag', '-a', '-m', 'x', 'v1', repository.sha);
    fixture.harmlessToday('git checks out none of them as a commit of another content');
    for (const [name, type] of [
      ['v1', 'tag'],
      ['HEAD^{tree}', 'tree'],
      ['HEAD:data.dvc', 'blob'],
    ] as const) {
      await fixture.refused(
        `${repository.url}@${await shaOf(name)}:*`,
        66,
        new RegExp(`is a ${type} and no commit|no commit`),
      );
    }
  }),
];
