/** Attacks by a git repository and its server: what a clone runs, follows or believes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mountSecret } from '../../../support/fetch/secret.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { datasetOf, folderOf, textOf } from '../../../support/hostile/attack-fixture.ts';
import { redirectTo, startTrap } from '../../../support/hostile/canaries.ts';
import { endlessPack } from '../../../support/hostile/endless-pack.ts';
import { startGitServer } from '../../../support/servers/git-server.ts';
import { makeKey } from '../../../support/servers/ssh-server.ts';

const http = ['--allow-scheme', 'file,http'];

/** A key for any server, as the flag that names its Secret. */
async function sshSecret(folder: string): Promise<string[]> {
  const { key, line } = await makeKey();
  return ['--git-secret-dir', mountSecret(folder, { 'ssh-privatekey': key, known_hosts: `localhost ${line}\n` })];
}

export const gitAttacks: Attack[] = [
  attack('a submodule sends no request to the address it names', async (fixture) => {
    await using trap = await startTrap();
    const repository = await fixture.repository({
      ...datasetOf(fixture.remote, 'a'),
      '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ${trap.url}/internal\n`,
      x: { submodule: '1'.repeat(40) },
    });
    await fixture.worksToday(
      () => fixture.team.clone(repository, '--recurse-submodules'),
      () => trap.requests.length > 0,
    );
    trap.requests.length = 0;
    await fixture.fetched(repository);
    assert.deepEqual(trap.requests, []);
  }),
  attack('a submodule whose url is an option or of the ext transport runs no command', async (fixture) => {
    fixture.harmlessToday('git refuses urls that begin with a dash (CVE-2018-17456), and ext');
    for (const url of [`--upload-pack=touch ${fixture.canary}`, `ext::sh -c touch% ${fixture.canary}`]) {
      const repository = await fixture.repository({
        ...datasetOf(fixture.remote, 'a'),
        '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = "${url}"\n\tupdate = !touch ${fixture.canary}\n`,
        x: { submodule: '1'.repeat(40) },
      });
      await fixture.fetched(repository);
    }
  }),
  attack("a file of .gitattributes starts no filter of the user's configuration", async (fixture) => {
    const lfs = `[filter "lfs"]\n\tsmudge = touch ${fixture.canary}\n\trequired\n[diff "lfs"]\n\ttextconv = touch ${fixture.canary}\n`;
    writeFileSync(join(fixture.team.home, '.gitconfig'), lfs);
    const repository = await fixture.repository({
      ...datasetOf(fixture.remote, 'a'),
      '.gitattributes': '* filter=lfs diff=lfs\n',
      '.lfsconfig': '[lfs]\n\turl = http://169.254.169.254/\n',
    });
    await fixture.worksToday(() => fixture.team.clone(repository));
    await fixture.fetched(repository, { environment: { HOME: fixture.team.home, XDG_CONFIG_HOME: fixture.team.home } });
  }),
  attack("a repository's own configuration, served as file://, runs no command", async (fixture) => {
    fixture.harmlessToday(
      'upload-pack takes commands from protected configuration only, and fetches nothing lazily since 2.39.4 (CVE-2024-32004)',
    );
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const command = `touch ${fixture.canary}`;
    appendFileSync(
      join(folderOf(repository), 'config'),
      `[core]\n\tfsmonitor = "${command}"\n\tsshCommand = "${command}"\n\thooksPath = "${fixture.folder}/hooks"\n\talternateRefsCommand = "${command}"\n` +
        `[uploadpack]\n\tpackObjectsHook = "${command}"\n[remote "origin"]\n\turl = "ext::sh -c ${command.replace(' ', '% ')}"\n\tuploadpack = "${command};"\n\tpromisor = true\n` +
        '[protocol]\n\tallow = always\n[extensions]\n\tpartialClone = origin\n[credential]\n\thelper = "!touch x"\n',
    );
    mkdirSync(join(fixture.folder, 'hooks'));
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-upload', 'post-index-change']) {
      writeFileSync(join(fixture.folder, 'hooks', hook), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
      writeFileSync(join(folderOf(repository), 'hooks', hook), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    }
    await fixture.fetched(repository);
  }),
  attack('replacement refs and grafts of the server do not change what a sha means', async (fixture) => {
    const good = datasetOf(fixture.remote, 'a', 'b');
    const repository = await fixture.repository({ ...good, 'data-split/train': 'a\n' });
    const other = await fixture.repository({ ...good, 'data-split/train': 'b\n' });
    const git = (folder: string, ...args: string[]) => fixture.team.run(folder, 'git', ...args);
    await git(folderOf(repository), 'fetch', '-q', folderOf(other), `+refs/heads/main:refs/heads/other`);
    await git(folderOf(repository), 'replace', repository.sha, other.sha);
    writeFileSync(join(folderOf(repository), 'info', 'grafts'), `${repository.sha} ${other.sha}\n`);
    const mirror = join(fixture.folder, 'mirror');
    let list = '';
    await fixture.worksToday(
      async () => {
        await git(fixture.folder, 'clone', '-q', '--mirror', repository.url, mirror);
        list = await git(mirror, 'show', `${repository.sha}:data-split/train`);
      },
      () => list.startsWith('b\n'),
    );
    const { files } = await fixture.fetched(repository, { split: 'train' });
    assert.equal(files['data-split/train']?.toString(), 'a\n');
    assert.ok(files['data/a'] && !files['data/b']);
  }),
  attack('a branch or tag whose name is the 40 digits of a sha is not taken for the commit', async (fixture) => {
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const name = '0123456789abcdef0123456789abcdef01234567';
    const git = (...args: string[]) => fixture.team.run(folderOf(repository), 'git', ...args);
    await git('update-ref', `refs/heads/${name}`, repository.sha);
    await git('update-ref', `refs/tags/${name}`, repository.sha);
    await fixture.worksToday(
      () => fixture.team.clone(repository, '--depth=1', `--branch=${name}`),
      () => existsSync(join(fixture.team.checkout, 'data.dvc')),
    );
    await fixture.refused(`${repository.url}@${name}:*`, 66, /has no commit 0123/);
    await using old = await startGitServer(dirname(folderOf(repository)), { oldProtocol: true });
    const url = `${old.url}/${basename(folderOf(repository))}`;
    await fixture.refused(`${url}@${name}:*`, 66, /has no commit 0123/, { flags: http });
  }),
  attack(
    'a git server that redirects to a file, to ext or to link-local plain HTTP is not followed',
    async (fixture) => {
      const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
      await using internal = await startTrap();
      await using front = await startTrap(redirectTo(internal.url), true);
      await fixture.worksToday(
        () =>
          fixture.team.run(fixture.folder, 'git', '-c', 'http.sslVerify=false', 'clone', '-q', `${front.url}/r`, 'x'),
        () => internal.requests.length > 0,
      );
      internal.requests.length = 0;
      const bundle = { GIT_SSL_NO_VERIFY: 'true' }; // which is not to reach git either
      await fixture.refused(`${front.url}/r@${repository.sha}:*`, 69, /certificate/, { environment: bundle });
      assert.deepEqual(internal.requests, []);
      for (const target of [repository.url, `ext::sh -c touch% ${fixture.canary}`, 'file:///etc/passwd']) {
        await using plain = await startTrap((_, response) => response.writeHead(302, { location: target }).end());
        await fixture.refused(`${plain.url}/r@${repository.sha}:*`, 69, /git|server/, { flags: http });
      }
    },
  ),
  attack(
    "a git server's name that leads to the pod's own loopback, or a redirect there, is not followed",
    async (fixture) => {
      const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
      await using internal = await startTrap();
      const byName = internal.url.replace('127.0.0.1', 'localhost');
      await using front = await startTrap(redirectTo(byName));
      await fixture.worksToday(
        () => fixture.team.run(fixture.folder, 'git', 'ls-remote', `${front.url}/r`),
        () => internal.requests.length > 0,
      );
      internal.requests.length = 0;
      const refused =
        /^the git server of .* leads to (?:localhost \([0-9a-f.:]+\)|127\.0\.0\.1), a loopback, link-local/;
      for (const url of [byName, internal.url, byName.replace('http', 'https'), byName.replace('http', 'ssh')]) {
        const key = { flags: http, unlisted: true };
        const flags = url.startsWith('ssh') ? { ...key, flags: [...http, ...(await sshSecret(fixture.folder))] } : key;
        await fixture.refused(`${url}/r@${repository.sha}:*`, 64, refused, flags);
      }
      // The front itself is listed, and only it.
      await fixture.refused(`${front.url}/r@${repository.sha}:*`, 64, refused, { flags: http });
      assert.ok(front.requests.length > 0);
      // A proxy that is spared for this host would leave git to go there by itself.
      const spared = { HTTP_PROXY: 'http://proxy.invalid:3128', NO_PROXY: 'localhost' };
      await fixture.refused(`${byName}/r@${repository.sha}:*`, 64, refused, {
        flags: http,
        unlisted: true,
        environment: spared,
      });
      assert.deepEqual(internal.requests, []);
    },
  ),
  attack('a tree of twenty thousand lists is neither checked out nor told whole', async (fixture) => {
    let lists: Record<string, string> = { 'data-split/0': 'a\n' };
    for (let i = 0; i < 20_000; i += 1) lists[`data-split/${i % 100}/${i}`] = 'a\n';
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), ...lists, 'data-split/0': 'a\n' });
    lists = {};
    await fixture.worksToday(
      () => fixture.team.clone(repository),
      () => readdirSync(join(fixture.team.checkout, 'data-split')).length >= 99,
    );
    const outcome = await fixture.refused(repository, 66, /has no list data-split\/absent; it has .*, …$/, {
      split: 'absent',
    });
    assert.ok(outcome.terminationMessage.length < 2000);
  }),
  attack(
    'a git server whose message holds escape sequences and a line of our log has neither printed',
    async (fixture) => {
      const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
      const sentence =
        '\u001b]0;owned\u0007\u001b[2J\u009b2J\u202eTRUST ME\r{"level":"info","msg":"the dataset is published"}';
      const line = `ERR ${sentence}\n`;
      const packet = (text: string) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
      await using trap = await startTrap((_, response) => {
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
        response.end(`${packet('# service=git-upload-pack\n')}0000${packet(line)}`);
      });
      fixture.harmlessToday(
        'git itself writes a question mark for each, though not in what a server says of its progress',
      );
      const outcome = await fixture.refused(`${trap.url}/r@${repository.sha}:*`, 69, /git could not fetch/, {
        flags: http,
      });
      assert.ok(!outcome.log.some(({ msg }) => msg === 'the dataset is published'));
      assert.equal(textOf(fixture.canary), '');
    },
  ),
  attack('a pack that never ends fills the scratch and no more, and that is said', async (fixture) => {
    fixture.harmlessToday('it fills the disk, which this test would rather not');
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    await using server = await startGitServer(dirname(folderOf(repository)));
    await using front = await startTrap(endlessPack(server.url));
    const url = `${front.url}/${basename(folderOf(repository))}`;
    await fixture.refused(`${url}@${repository.sha}:*`, 74, /scratch .*is full/, { flags: http, scratch: 64 });
  }),
  attack('a commit with a file larger than the scratch ends as a full scratch', async (fixture) => {
    const big = randomBytes(20 * 1024 * 1024);
    const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), big });
    await fixture.worksToday(
      () => fixture.team.clone(repository),
      () => statSync(join(fixture.team.checkout, 'big')).size === big.length,
    );
    await fixture.refused(repository, 74, /scratch .*is full/, { scratch: 16 });
  }),
];
