/** The commit from a real SSH server: keys as people paste them, hosts that are known or not, and what is said of each. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { makePlace, publishedFolder } from '../../support/fetch/fetcher.ts';
import { gitSecret } from '../../support/fetch/secret.ts';
import { makeKey, type SshServer, startSshServer } from '../../support/servers/ssh-server.ts';

const isRoot = process.getuid?.() === 0;
let dataset: Dataset;
let server: SshServer;
let good: Record<string, string>;
let url: string;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a' }, splits: { train: ['a.txt'] } });
  server = await startSshServer();
  good = { 'ssh-privatekey': server.key, known_hosts: server.knownHosts };
  url = `ssh://${server.address}${fileURLToPath(dataset.url)}`;
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
});

/** Fetches with a Secret of these keys. */
async function fetchWith(
  files: Record<string, string>,
  { repository = url, prefix = [] as string[], more = [] as string[] } = {},
) {
  await using place = await makePlace();
  chmodSync(dirname(place.volume), 0o755);
  for (const folder of [place.volume, place.scratch]) chmodSync(folder, 0o777);
  const flags = [...gitSecret(place, files), ...more];
  const outcome = await place.fetch(`${repository}@${dataset.sha}:train`, { flags, prefix });
  assert.ok(!outcome.output.includes('PRIVATE KEY'));
  return { ...outcome, published: existsSync(join(publishedFolder(place.volume) ?? '', 'data', 'a.txt')) };
}

async function refused(files: Record<string, string>, exitCode: number, sentence: RegExp): Promise<void> {
  const outcome = await fetchWith(files);
  assert.equal(outcome.exitCode, exitCode, outcome.output);
  assert.match(outcome.terminationMessage, sentence);
  assert.ok(!outcome.published);
}

describe('a key that opens the server', () => {
  const forms: [title: string, change: (key: string) => string][] = [
    ['as ssh-keygen writes it', (key) => key],
    ['without the newline at its end', (key) => key.trimEnd()],
    ['with the lines of Windows', (key) => key.replaceAll('\n', '\r\n')],
    ['with blank lines around it', (key) => `\n\n${key}\n\n`],
  ];
  for (const [title, change] of forms) {
    test(`is taken ${title}`, async () => {
      const { exitCode, output, published } = await fetchWith({ ...good, 'ssh-privatekey': change(server.key) });
      assert.equal(exitCode, 0, output);
      assert.ok(published);
    });
  }

  test('is taken beside a known_hosts with the lines of Windows and comments', async () => {
    const known_hosts = `# by ssh-keyscan\r\n${server.knownHosts.trim()}\r\n`;
    const { exitCode, output } = await fetchWith({ ...good, known_hosts });
    assert.equal(exitCode, 0, output);
  });

  test('serves a host that ~/.ssh/config of whoever runs it would lead elsewhere', async () => {
    await using place = await makePlace();
    const home = join(place.scratch, '..', 'home', '.ssh');
    mkdirSync(home, { recursive: true });
    const environment = { HOME: dirname(home), SSH_AUTH_SOCK: '/nonexistent', GIT_SSH_COMMAND: 'false' };
    const flags = gitSecret(place, good);
    const { exitCode, output } = await place.fetch(`${url}@${dataset.sha}:train`, { flags, environment });
    assert.equal(exitCode, 0, output);
  });
});

describe('a Secret that does not open the server', () => {
  test('with another key ends with 77 and names the Secret of git', async () => {
    const { key } = await makeKey();
    await refused(
      { ...good, 'ssh-privatekey': key },
      77,
      /git server refused .* dvc\.io\/git-secret .*dvc-git-credentials/,
    );
  });

  test("with another host's key in known_hosts ends with 77 and says where the right one goes", async () => {
    const { line } = await makeKey();
    const known_hosts = `[127.0.0.1]:${server.port} ${line}\n`;
    await refused({ ...good, known_hosts }, 77, /host key .*known_hosts.* dvc\.io\/git-secret/);
    await refused({ ...good, known_hosts: server.knownHosts.replace('127.0.0.1', 'elsewhere') }, 77, /known_hosts/);
  });

  test('without known_hosts ends with 78: no server is trusted unseen', async () => {
    await refused({ 'ssh-privatekey': server.key }, 78, /no known_hosts.*ssh-keyscan/);
  });

  test('without a key, or with an empty one, ends with 77 and says which type of Secret it takes', async () => {
    await refused({}, 77, /kubernetes\.io\/ssh-auth.*dvc\.io\/git-secret/);
    await refused({ ...good, 'ssh-privatekey': '' }, 77, /kubernetes\.io\/ssh-auth/);
  });

  for (const type of ['ed25519', 'rsa']) {
    test(`with an ${type} key that has a passphrase ends with 78 and says that nobody can type it`, async () => {
      const { key } = await makeKey(type, 'a long passphrase');
      await refused({ ...good, 'ssh-privatekey': key }, 78, /has a passphrase.*without one/);
    });
  }

  test('with the public key, or with half of the private one, ends with 78 and says so', async () => {
    const { key, line } = await makeKey();
    await refused({ ...good, 'ssh-privatekey': line }, 78, /is no private key.*without \.pub/);
    await refused({ ...good, 'ssh-privatekey': key.slice(0, 120) }, 78, /is no private key/);
  });
});

describe('a repository on the server', () => {
  test('that is not there ends with 66', async () => {
    const outcome = await fetchWith(good, { repository: `${url.replace(/repository\.git$/, 'absent.git')}` });
    assert.equal(outcome.exitCode, 66, outcome.output);
    assert.match(outcome.terminationMessage, /there is no repository .*dvc\.io\/git-secret/);
  });

  test('on a port where nobody listens ends with 69', async () => {
    const outcome = await fetchWith(good, { repository: url.replace(`:${server.port}`, ':1') });
    assert.equal(outcome.exitCode, 69, outcome.output);
    assert.match(outcome.terminationMessage, /git server .* can't be reached/);
  });

  test('that is known by its name is asked at the address that was looked at, and its key checked under the name', async () => {
    const repository = url.replace('127.0.0.1', 'localhost');
    const known_hosts = server.knownHosts.replace('127.0.0.1', 'localhost');
    const { exitCode, output } = await fetchWith({ ...good, known_hosts }, { repository });
    assert.equal(exitCode, 0, output);
    const byAddress = await fetchWith(good, { repository });
    assert.equal(byAddress.exitCode, 77, byAddress.output);
    assert.match(byAddress.terminationMessage, /host key that is not in known_hosts/);
  });

  test('in the form user@host:path is asked for at port 22 with the same Secret', async () => {
    const host = '127.77.0.22'; // the whole of 127/8 is this machine, and here nobody else's server listens
    await using front = await frontAtPort22(host, server.port);
    const repository = `${server.user}@${host}:${fileURLToPath(dataset.url)}`;
    const known_hosts = server.knownHosts.replace(/^\S+/, host);
    const more = ['--allow-endpoint', `ssh://${host}`];
    const outcome = await fetchWith({ ...good, known_hosts }, { repository, more });
    if (front.listens) assert.equal(outcome.exitCode, 0, outcome.output);
    else {
      // Only root may listen there as a rule: then the address that was asked must be the right one at least.
      assert.equal(outcome.exitCode, 69, outcome.output);
      assert.match(outcome.terminationMessage, /^the git server of ssh:\/\/[^:]*127\.77\.0\.22\//);
    }
  });
});

// Only root may become a user that has no entry in /etc/passwd; as somebody else the test makes the user's own name.
test('a user without an entry in /etc/passwd is told which one to run as', async () => {
  const strange = isRoot
    ? [
        'setpriv',
        '--reuid=54321',
        '--regid=54321',
        '--clear-groups',
        '--inh-caps=+dac_read_search',
        '--ambient-caps=+dac_read_search',
      ]
    : ['unshare', '--user', '--map-user=54321'];
  const { exitCode, output, terminationMessage } = await fetchWith(good, { prefix: strange });
  assert.equal(exitCode, 78, output);
  assert.match(terminationMessage, /passwd entry.*65532.*https/);
});

/** Leads the host's port 22 to another port, where this user may listen there. */
async function frontAtPort22(host: string, port: number): Promise<{ listens: boolean } & AsyncDisposable> {
  const front = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream).pipe(client);
  });
  const listens = await new Promise<boolean>((resolve) => {
    front.once('error', () => resolve(false)).listen(22, host, () => resolve(true));
  });
  return {
    listens,
    async [Symbol.asyncDispose]() {
      if (listens) front.close();
    },
  };
}
