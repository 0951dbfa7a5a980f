/** The commit from git servers of several kinds: with a password, of an older protocol, with nothing but files. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { makePlace, type Place, publishedFolder } from '../support/fetch/fetcher.ts';
import { startGitServer } from '../support/servers/git-server.ts';
import { listenOnLoopback } from '../support/servers/loopback.ts';

let dataset: Dataset;
let first: string;
let repository: string;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a', 'b.txt': 'b' }, splits: { train: ['a.txt'] } });
  first = dataset.sha;
  await dataset.commit({ splits: { train: ['b.txt'] } });
  repository = fileURLToPath(dataset.url);
});
after(() => dataset?.[Symbol.asyncDispose]());

const http = ['--allow-scheme', 'file,http'];

function secretFolder(place: Place, files: Record<string, string>): string {
  const folder = join(place.scratch, '..', 'git-secret');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('an older commit than the tip of the branch is fetched by its sha', async () => {
  await using place = await makePlace();
  const { exitCode, output } = await place.fetch(`${dataset.url}@${first}:train`);
  assert.equal(exitCode, 0, output);
  assert.ok(existsSync(join(publishedFolder(place.volume) ?? '', 'data', 'a.txt')));
});

test('a server with a password takes the one of the mounted Secret', async () => {
  await using server = await startGitServer(dirname(repository), { login: 'robot@ci:p@ss word/%41' });
  await using place = await makePlace();
  const secret = secretFolder(place, { username: 'robot@ci', password: 'p@ss word/%41\n' });
  const flags = [...http, '--git-secret-dir', secret];
  const { exitCode, output } = await place.fetch(`${server.url}/${basename(repository)}@${dataset.sha}:train`, {
    flags,
  });
  assert.equal(exitCode, 0, output);
  assert.ok(!output.includes('p@ss'));
  const provenance = readFileSync(join(publishedFolder(place.volume) ?? '', 'dataset.json'), 'utf8');
  assert.ok(!provenance.includes('p@ss'));
});

test('a password is given to the server of the repository only, not to where it redirects to', async () => {
  const seen: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  const otherPort = await listenOnLoopback(other);
  const elsewhere = `http://localhost:${otherPort}`;
  const front = createServer((request, response) =>
    response.writeHead(302, { location: elsewhere + request.url }).end(),
  );
  const port = await listenOnLoopback(front);
  try {
    await using place = await makePlace();
    const secret = secretFolder(place, { username: 'robot', password: 'for the front only' });
    const url = `http://127.0.0.1:${port}/r`;
    const { exitCode, output } = await place.fetch(`${url}@${first}:train`, {
      flags: [...http, '--git-secret-dir', secret, '--allow-endpoint', elsewhere],
    });
    assert.equal(exitCode, 77, output);
    assert.ok(seen.length > 0);
    assert.ok(seen.every((header) => header === undefined));
  } finally {
    front.close();
    other.close();
  }
});

test('an old server that serves only the tips of branches gives an older commit with its whole history', async () => {
  const tips = join(dataset.folder, 'tips', 'repository.git');
  await dataset.tools.git(dataset.folder, 'clone', '--quiet', '--bare', repository, tips);
  await using server = await startGitServer(dirname(tips), { oldProtocol: true });
  await using place = await makePlace();
  const { exitCode, output } = await place.fetch(`${server.url}/repository.git@${first}:train`, { flags: http });
  assert.equal(exitCode, 0, output);
  assert.ok(existsSync(join(publishedFolder(place.volume) ?? '', 'data', 'a.txt')));
  await using nowhere = await makePlace();
  const absent = await nowhere.fetch(`${server.url}/repository.git@${'1'.repeat(40)}:train`, { flags: http });
  assert.equal(absent.exitCode, 66, absent.output);
});

test('a plain file server gives the commit too', async () => {
  const plain = join(dataset.folder, 'plain', 'repository.git');
  await dataset.tools.git(dataset.folder, 'clone', '--quiet', '--bare', repository, plain);
  await dataset.tools.git(plain, 'update-server-info');
  const server = createServer((request, response) => {
    const file = join(dirname(plain), new URL(request.url ?? '/', 'http://x').pathname);
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  const port = await listenOnLoopback(server);
  try {
    await using place = await makePlace();
    const url = `http://127.0.0.1:${port}/repository.git`;
    const { exitCode, output } = await place.fetch(`${url}@${first}:train`, { flags: http });
    assert.equal(exitCode, 0, output);
    await using nowhere = await makePlace();
    const absent = await nowhere.fetch(`${url.replace('repository', 'absent')}@${first}:train`, { flags: http });
    assert.equal(absent.exitCode, 66, absent.output);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a private CA is trusted where its bundle is given, and only there', async () => {
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const server = createSecureServer({ key: certificate.private, cert: certificate.cert }, (_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  const port = await listenOnLoopback(server);
  try {
    await using place = await makePlace();
    const reference = `https://localhost:${port}/r@${first}:train`;
    const untrusted = await place.fetch(reference);
    assert.equal(untrusted.exitCode, 69, untrusted.output);
    assert.match(untrusted.terminationMessage, /certificate .*--ca-bundle/);
    const bundle = join(place.scratch, '..', 'ca.crt');
    writeFileSync(bundle, certificate.cert);
    const trusted = await place.fetch(reference, { flags: ['--ca-bundle', bundle] });
    assert.equal(trusted.exitCode, 77, trusted.output);
    const none = await place.fetch(reference, { flags: ['--ca-bundle', join(place.scratch, 'absent')] });
    assert.equal(none.exitCode, 78, none.output);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
