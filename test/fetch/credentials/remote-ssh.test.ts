/** Objects from a real SSH server by real DVC: its key is checked, which DVC itself never does. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { withRemote } from '../../support/dataset/remote-config.ts';
import { makePlace, publishedFolder } from '../../support/fetch/fetcher.ts';
import { remoteSecret } from '../../support/fetch/secret.ts';
import { makeKey, type SshServer, startSshServer } from '../../support/servers/ssh-server.ts';

let dataset: Dataset;
let server: SshServer;
let reference: string;
let good: Record<string, string>;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a', 'b c/ü.txt': 'b' }, splits: { train: ['a.txt', 'b c/ü.txt'] } });
  server = await startSshServer();
  reference = await withRemote(dataset, { url: `ssh://${server.address}${dataset.remoteDirectory}` });
  good = { 'ssh-privatekey': server.key, known_hosts: server.knownHosts };
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
});

/** Fetches with a remote Secret of these keys. */
async function fetchWith(
  keys: Record<string, string>,
  { dataset: wanted = reference, allowed = `ssh://127.0.0.1:${server.port}` } = {},
) {
  await using place = await makePlace();
  const outcome = await place.fetch(wanted, { flags: ['--allow-endpoint', allowed, ...remoteSecret(place, keys)] });
  assert.ok(!outcome.output.includes('PRIVATE KEY'));
  assert.deepEqual(readdirSync(place.scratch), []);
  return { ...outcome, published: existsSync(join(publishedFolder(place.volume) ?? '', 'data', 'b c', 'ü.txt')) };
}

async function refused(keys: Record<string, string>, exitCode: number, sentence: RegExp): Promise<void> {
  const outcome = await fetchWith(keys);
  assert.equal(outcome.exitCode, exitCode, outcome.output);
  assert.match(outcome.terminationMessage, sentence);
  assert.ok(!outcome.published);
}

test('the key and the known_hosts of the Secret bring the objects', async () => {
  const { exitCode, output, published } = await fetchWith(good);
  assert.equal(exitCode, 0, output);
  assert.ok(published);
});

test("the port and the user may stand in keys of their own, the url's port may be empty, and a key with Windows' lines is taken", async () => {
  const url = `ssh://127.0.0.1:${dataset.remoteDirectory}`;
  const apart = await withRemote(dataset, { url, port: String(server.port), user: server.user });
  const keys = { ...good, 'ssh-privatekey': server.key.trimEnd().replaceAll('\n', '\r\n') };
  const { exitCode, output } = await fetchWith(keys, { dataset: apart });
  assert.equal(exitCode, 0, output);
});

test('a password of the Secret brings them too, whatever quotes are in it', async () => {
  const password = `it's "the" %(pass)s, #word`;
  await using open = await startSshServer({ password });
  const url = `ssh://127.0.0.1:${open.port}${dataset.remoteDirectory}`;
  const options = { dataset: await withRemote(dataset, { url }), allowed: '127.0.0.1' };
  const keys = { username: 'robot', password: `${password}\n`, known_hosts: open.knownHosts };
  const right = await fetchWith(keys, options);
  assert.equal(right.exitCode, 0, right.output);
  assert.ok(!right.output.includes(password));
  const wrong = await fetchWith({ ...keys, password: 'yesterday' }, options);
  assert.equal(wrong.exitCode, 77, wrong.output);
  assert.match(wrong.terminationMessage, /DVC remote .* refused the credentials.*dvc\.io\/remote-secret/);
});

test('a server whose key is another than in known_hosts gets no login and ends with 77', async () => {
  const { line } = await makeKey();
  const known_hosts = `[127.0.0.1]:${server.port} ${line}\n`;
  await refused({ ...good, known_hosts }, 77, /DVC remote .* host key .*known_hosts.* dvc\.io\/remote-secret/);
});

test('a key that the server does not take ends with 77 and names the Secret of the remote', async () => {
  const { key } = await makeKey();
  await refused(
    { ...good, 'ssh-privatekey': key },
    77,
    /DVC remote .* refused the credentials.*dvc\.io\/remote-secret.*dvc-remote-credentials/,
  );
});

test('no credentials end with 77, no known_hosts with 78, a key with a passphrase with 78', async () => {
  await refused({}, 77, /DVC remote .* needs a key.*dvc\.io\/remote-secret/);
  await refused({ 'ssh-privatekey': server.key }, 78, /no known_hosts.*ssh-keyscan/);
  const { key } = await makeKey('ed25519', 'a long passphrase');
  await refused({ ...good, 'ssh-privatekey': key }, 78, /dvc\.io\/remote-secret.* has a passphrase/);
});

test('a server that the admin did not list ends with 64, and so does another port of a listed one', async () => {
  for (const allowed of ['', 'ssh://elsewhere.example.com', 'ssh://127.0.0.1', `https://127.0.0.1:${server.port}`]) {
    const { exitCode, output, terminationMessage } = await fetchWith(good, { allowed });
    assert.equal(exitCode, 64, output);
    assert.match(
      terminationMessage,
      /server ssh:\/\/127\.0\.0\.1:[0-9]+ is not allowed: ask an admin.*--allow-endpoint/,
    );
  }
});

test('an object that the server lacks ends with 66 and is named', async () => {
  const restore = dataset.removeObject('a.txt');
  try {
    const { exitCode, output, terminationMessage } = await fetchWith(good);
    assert.equal(exitCode, 66, output);
    assert.match(terminationMessage, /lacks the object .*a\.txt/);
  } finally {
    restore();
  }
});
