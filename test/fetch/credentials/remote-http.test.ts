/** Objects from a real web server by real DVC: with a password, a token, a header of the server's own, a private authority. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { filesBelow, makePlace, publishedFolder } from '../support/fetcher.ts';
import { type Certificate, makeCertificate } from './support/certificate.ts';
import { type FileServer, startFileServer } from './support/file-server.ts';
import { withRemote } from './support/remote-config.ts';

const password = `it's "secret", #1 = 50%`;
const basic: [string, string] = ['Authorization', `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`];
let dataset: Dataset;
let certificate: Certificate;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a', 'b.txt': 'b' }, splits: { train: ['a.txt', 'b.txt'] } });
  certificate = await makeCertificate('localhost');
});
after(async () => {
  certificate?.[Symbol.dispose]();
  await dataset?.[Symbol.asyncDispose]();
});

/** Fetches from the server with a remote Secret of these keys, as `envFrom` gives them. */
async function fetchFrom(
  server: FileServer,
  environment: Record<string, string>,
  { settings = {}, allowed = server.url }: { settings?: Record<string, string>; allowed?: string } = {},
) {
  const reference = await withRemote(dataset, { url: server.url, ...settings });
  await using place = await makePlace();
  const flags = [...certificate.flags, '--allow-endpoint', allowed];
  const outcome = await place.fetch(reference, { environment, flags });
  for (const secret of [environment.password, environment.token].filter((value) => value !== undefined)) {
    assert.ok(!(outcome.output + outcome.terminationMessage).includes(secret.trim()));
    for (const [path, bytes] of Object.entries(filesBelow(place.volume)))
      assert.ok(!bytes.includes(secret.trim()), path);
  }
  return { ...outcome, published: existsSync(join(publishedFolder(place.volume) ?? '', 'data', 'a.txt')) };
}

test('a user name and a password of the Secret bring the objects over TLS of a private authority', async () => {
  await using server = await startFileServer(dataset.remoteDirectory, { pass: basic, tls: certificate.tls });
  const { exitCode, output, published } = await fetchFrom(server, { username: 'robot', password: `${password}\n` });
  assert.equal(exitCode, 0, output);
  assert.ok(published);
});

test('a token of the Secret is sent as a bearer’s, or in the header that the repository names', async () => {
  await using bearer = await startFileServer(dataset.remoteDirectory, {
    pass: ['Authorization', 'Bearer a-long-token'],
  });
  const sent = await fetchFrom(bearer, { token: 'a-long-token\n' });
  assert.equal(sent.exitCode, 0, sent.output);
  await using own = await startFileServer(dataset.remoteDirectory, { pass: ['X-Api-Key', 'a-long-token'] });
  const named = await fetchFrom(own, { token: 'a-long-token' }, { settings: { custom_auth_header: 'X-Api-Key' } });
  assert.equal(named.exitCode, 0, named.output);
});

test('a server that asks for nothing gets nothing and gives the objects', async () => {
  await using server = await startFileServer(dataset.remoteDirectory);
  const { exitCode, output } = await fetchFrom(
    server,
    {},
    { settings: { auth: 'basic', user: 'somebody', ask_password: 'true' } },
  );
  assert.equal(exitCode, 0, output);
  assert.ok(server.seen.length > 0);
  assert.ok(server.seen.every((header) => header === undefined));
});

test('a wrong password, or none, ends with 77 and names the Secret of the remote', async () => {
  await using server = await startFileServer(dataset.remoteDirectory, { pass: basic });
  for (const environment of [{ username: 'robot', password: 'yesterday-s' }, {}]) {
    const { exitCode, output, terminationMessage, published } = await fetchFrom(server, environment);
    assert.equal(exitCode, 77, output);
    assert.match(terminationMessage, /DVC remote .*dvc\.io\/remote-secret.*dvc-remote-credentials/);
    assert.ok(!published);
  }
});

test('a server without the private authority among the trusted ones ends with 69 and says how to add it', async () => {
  await using server = await startFileServer(dataset.remoteDirectory, { tls: certificate.tls });
  await using place = await makePlace();
  const reference = await withRemote(dataset, { url: server.url, ssl_verify: 'false' });
  const { exitCode, output, terminationMessage } = await place.fetch(reference, {
    flags: ['--allow-endpoint', server.url],
  });
  assert.equal(exitCode, 69, output);
  assert.match(terminationMessage, /TLS certificate of the DVC remote .*--ca-bundle/);
});

test('a server that the admin did not list ends with 64, and a bare host stands for TLS only', async () => {
  await using server = await startFileServer(dataset.remoteDirectory);
  for (const allowed of ['', 'https://127.0.0.1', `127.0.0.1:${server.port}`, `https://127.0.0.1:${server.port}`]) {
    const { exitCode, output, terminationMessage } = await fetchFrom(server, {}, { allowed });
    assert.equal(exitCode, 64, output);
    assert.match(terminationMessage, /server http:\/\/127\.0\.0\.1:[0-9]+ is not allowed/);
  }
  assert.equal(server.seen.length, 0);
});

test('an object that the server lacks ends with 66, and a server that is gone with 69', async () => {
  await using server = await startFileServer(dataset.remoteDirectory);
  const restore = dataset.removeObject('b.txt');
  const lacking = await fetchFrom(server, {});
  restore();
  assert.equal(lacking.exitCode, 66, lacking.output);
  await server[Symbol.asyncDispose]();
  const gone = await fetchFrom(server, {});
  assert.equal(gone.exitCode, 69, gone.output);
  assert.match(gone.terminationMessage, /DVC remote .* can't be reached/);
});
