/** Objects from a real web server by real DVC: with a password, a token, a header of the server's own, a private authority. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { provideDvc } from '../../../provision/dvc.ts';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { withRemote } from '../../support/dataset/remote-config.ts';
import { filesBelow, makePlace, publishedFolder } from '../../support/fetch/fetcher.ts';
import { remoteSecret } from '../../support/fetch/secret.ts';
import { type Certificate, makeCertificate } from '../../support/servers/certificate.ts';
import { type FileServer, startFileServer } from '../../support/servers/file-server.ts';

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

interface FetchChoices {
  settings?: Record<string, string>;
  allowed?: string;
  environment?: Record<string, string>;
}

/** Fetches from the server with a remote Secret of these keys. */
async function fetchFrom(
  server: FileServer,
  keys: Record<string, string>,
  { settings = {}, allowed = server.url, environment = {} }: FetchChoices = {},
) {
  const reference = await withRemote(dataset, { url: server.url, ...settings });
  await using place = await makePlace();
  const flags = [...certificate.flags, '--allow-endpoint', allowed, ...remoteSecret(place, keys)];
  const outcome = await place.fetch(reference, { environment, flags });
  for (const secret of [keys.password, keys.token, environment.password].flatMap((value) => value || [])) {
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

test('the keys are found in the environment too, where a manifest that was injected before has them', async () => {
  await using server = await startFileServer(dataset.remoteDirectory, { pass: basic });
  const { exitCode, output } = await fetchFrom(server, {}, { environment: { username: 'robot', password } });
  assert.equal(exitCode, 0, output);
});

test('keys that are of no use are named in one warning, without what they hold', async () => {
  await using server = await startFileServer(dataset.remoteDirectory);
  const more = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`key-${index + 10}`, 'a-value']));
  const { exitCode, output, log } = await fetchFrom(server, { passwort: 'hunter2', ...more });
  assert.equal(exitCode, 0, output);
  const warnings = log.filter(({ level }) => level === 'warn');
  assert.equal(warnings.length, 1, output);
  assert.match(warnings[0]?.msg ?? '', /^the remote's Secret's keys key-10, .*, and 11 more are not used/);
  assert.ok(!output.includes('hunter2') && !output.includes('a-value'));
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
  for (const keys of [{ username: 'robot', password: 'yesterday-s' }, {}]) {
    const { exitCode, output, terminationMessage, published } = await fetchFrom(server, keys);
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

test('a redirect within the server is followed, with the login', async () => {
  await using server = await startFileServer(dataset.remoteDirectory, {
    pass: ['X-Api-Key', 'a-long-token'],
    moved: (path) => (path.startsWith('/old/') ? path.slice('/old'.length) : null),
  });
  const settings = { url: `${server.url}/old`, custom_auth_header: 'X-Api-Key' };
  const { exitCode, output, published } = await fetchFrom(server, { token: 'a-long-token' }, { settings });
  assert.equal(exitCode, 0, output);
  assert.ok(published);
});

test('a redirect to a server that the admin listed is followed, without any login', async () => {
  await using mirror = await startFileServer(dataset.remoteDirectory, { watch: 'X-Api-Key' });
  await using server = await startFileServer(dataset.remoteDirectory, {
    pass: ['X-Api-Key', 'a-long-token'],
    moved: (path) => mirror.url + path,
  });
  const settings = { custom_auth_header: 'X-Api-Key' };
  const options = { settings, allowed: `${server.url},${mirror.url}` };
  const { exitCode, output, published } = await fetchFrom(server, { token: 'a-long-token' }, options);
  assert.equal(exitCode, 0, output);
  assert.ok(published);
  assert.ok(mirror.seen.length > 0);
  assert.ok(mirror.seen.every((header) => header === undefined));
  const restore = dataset.removeObject('b.txt');
  const lacking = await fetchFrom(server, { token: 'a-long-token' }, options);
  restore();
  assert.equal(lacking.exitCode, 66, lacking.output);
});

test('a redirect to a server that is not listed ends with 64 and names both', async () => {
  await using other = await startFileServer(dataset.remoteDirectory, { watch: 'X-Api-Key' });
  await using server = await startFileServer(dataset.remoteDirectory, { moved: (path) => other.url + path });
  for (const token of ['a-long-token', '']) {
    const settings = { custom_auth_header: 'X-Api-Key' };
    const { exitCode, output, terminationMessage } = await fetchFrom(server, { token }, { settings });
    assert.equal(exitCode, 64, output);
    const sentence = `the DVC remote "origin" (${server.url}) sends its clients on to ${other.url}, which is not allowed: ask an admin to add it to remotes.endpoints (--allow-endpoint)`;
    assert.equal(terminationMessage, sentence);
  }
  assert.deepEqual(other.seen, []);
});

test('a DVC whose libraries take no check runs no request: 78', async () => {
  await using server = await startFileServer(dataset.remoteDirectory);
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-other-'));
  // As a later aiohttp might be, without the method that the check takes the place of.
  mkdirSync(join(folder, 'aiohttp'));
  writeFileSync(join(folder, 'aiohttp', '__init__.py'), 'class BaseConnector:\n    pass\n');
  const { bin } = await provideDvc();
  const script = `#!/bin/sh\nPYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}${folder}" exec '${join(bin, 'dvc')}' "$@"\n`;
  writeFileSync(join(folder, 'dvc'), script, { mode: 0o755 });
  const environment = { PATH: [folder, bin, process.env.PATH].join(delimiter) };
  const { exitCode, output, terminationMessage } = await fetchFrom(server, {}, { environment });
  rmSync(folder, { recursive: true });
  assert.equal(exitCode, 78, output);
  assert.match(terminationMessage, /^the installed DVC has libraries whose requests this fetcher can't check/);
  assert.deepEqual(server.seen, []);
});
