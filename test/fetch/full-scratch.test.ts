/** A scratch that is full, at each step that writes there: 74 that says so, nothing left behind, and more scratch helps. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { findExecutable } from '../../provision/binaries.ts';
import { provideDvc } from '../../provision/dvc.ts';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { withRemote } from '../support/dataset/remote-config.ts';
import { makePlace, type Place, publishedFolder } from '../support/fetch/fetcher.ts';
import { mountLimited } from '../support/fetch/limited-volume.ts';
import { makeMounts } from '../support/fetch/mounts.ts';
import { gitSecret } from '../support/fetch/secret.ts';

const names = ['small.bin', 'large.bin'] as const;
let dataset: Dataset;
let sha: string;
before(async () => {
  // A list with a comment's worth of noise would be refused, so its size is in blank lines that don't compress.
  const long = `${names[0]}\n${randomLines(6 * 1024 * 1024)}`;
  dataset = await makeDataset({
    files: { [names[0]]: randomBytes(1024), [names[1]]: randomBytes(12 * 1024 * 1024) },
    splits: { long, short: [names[0]] },
  });
  sha = dataset.sha; // further commits name other remotes
});
after(() => dataset?.[Symbol.asyncDispose]());

/** Blank lines of random lengths: nothing to a reader of lists, and much to git. */
function randomLines(bytes: number): string {
  return [...randomBytes(bytes)].map((byte) => [' ', '\t', '\n', '\r\n'][byte % 4]).join('');
}

const isFull = /^the scratch (?:at \S+ )?is full: give the fetch more scratch \(annotation dvc\.io\/scratch\)/;

interface Fixture {
  /** Unless said, the test's own. */
  reference?: string;
  flags?: (place: Place) => string[];
  environment?: Record<string, string>;
  message?: RegExp;
  /** Not a byte is left when the fetch begins. */
  filled?: boolean;
  /** How the fetch ends with a large scratch. */
  withRoom?: number;
}

/** Fetches with a scratch of this size and expects 74 about it; with a large one the same fetch succeeds. */
async function assertFull(split: string, options: string, makeFixture: Fixture = {}): Promise<void> {
  const { flags = () => [], environment = {}, message = isFull, filled = false, withRoom = 0 } = makeFixture;
  const reference = makeFixture.reference ?? `${dataset.url}@${sha}:${split}`;
  await using place = await makePlace();
  await using mounts = await makeMounts();
  await mounts.mountMemory(place.scratch, options);
  const before = filled ? ['of-somebody-else'] : [];
  for (const name of before) await mounts.run('cp', '/dev/zero', join(place.scratch, name)).catch(() => {}); // as it must fill up
  const fetch = () => place.fetch(reference, { prefix: mounts.prefix, flags: flags(place), environment });
  const full = await fetch();
  assert.equal(full.exitCode, 74, full.output);
  assert.match(full.terminationMessage, message);
  assert.equal(publishedFolder(place.volume), undefined);
  assert.deepEqual(readdirSync(join(place.volume, 'staging')), []);
  assert.deepEqual(readdirSync(mounts.inside(place.scratch)), before, 'the scratch is as empty again');
  await mounts.resize(place.scratch, 'size=256m,nr_inodes=10000');
  const { exitCode, output } = await fetch();
  assert.equal(exitCode, withRoom, output);
  assert.deepEqual(readdirSync(mounts.inside(place.scratch)), before);
}

test("a scratch without inodes for the fetch's own folders: 74", () => assertFull('short', 'size=64m,nr_inodes=4'));

test('a scratch that has no room for the CA bundle: 74', () =>
  assertFull('short', 'size=64k', {
    flags(place) {
      const bundle = join(dirname(place.scratch), 'ca.pem');
      writeFileSync(bundle, rootCertificates.join('\n'));
      return ['--ca-bundle', bundle];
    },
  }));

test("a scratch that has no room for git's empty repository: 74", () => assertFull('short', 'size=12k'));

test("a scratch that has no inodes for git's empty repository: 74", () => assertFull('short', 'size=64m,nr_inodes=14'));

test('a scratch that has no room for the commit: 74', () => assertFull('long', 'size=1m'));

const key = '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n';

for (const [what, url, files] of [
  ['the helper that gives git its password', 'https://127.0.0.1:1/r', { username: 'robot', password: 'a password' }],
  ["git's ssh key", 'ssh://git@127.0.0.1:1/r', { 'ssh-privatekey': key, known_hosts: '127.0.0.1 ssh-rsa AAAA' }],
] as const) {
  test(`a scratch that has no room for ${what}: 74, and with room the fetch gets to the server`, () =>
    assertFull('', 'size=64k', {
      reference: `${url}@${'0'.repeat(40)}:*`,
      flags: (place) => gitSecret(place, files),
      message: /^the scratch at \S+ is full: .* \(ENOSPC in write of \S+(?:askpass|identity)\)$/,
      filled: true,
      withRoom: 69,
    }));
}

/** git that leaves no room behind once it has the commit: in the fetch's own folder, so that it goes with it. */
async function greedyGit(folder: string): Promise<string> {
  const git = findExecutable('git') ?? assert.fail('there is no git');
  const script = `case " $* " in *' fetch '*) dd if=/dev/zero of="$TMPDIR/fill" bs=4k 2>&1 | cat >&2; esac`;
  writeFileSync(join(folder, 'git'), `#!/bin/sh\n'${git}' "$@"; code=$?\n${script}\nexit $code\n`, { mode: 0o755 });
  return [folder, (await provideDvc()).bin, process.env.PATH].join(delimiter);
}

for (const [what, settings, environment] of [
  [
    "what S3's client is guarded by",
    { url: 's3://bucket/x', endpointurl: 'http://127.0.0.1:1' },
    { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
  ],
  [
    "an ssh remote's key",
    { url: 'ssh://127.0.0.1:1/x' },
    { 'ssh-privatekey': key, known_hosts: '127.0.0.1 ssh-rsa AAAA' },
  ],
  [
    "an ssh remote's password",
    { url: 'ssh://127.0.0.1:1/x' },
    { password: 'a password', known_hosts: '127.0.0.1 ssh-rsa AAAA' },
  ],
  ["a web server's login", { url: 'http://127.0.0.1:1/x' }, { username: 'robot', password: 'a password' }],
  [
    "Google's key",
    { url: 'gs://bucket/x' },
    { GOOGLE_APPLICATION_CREDENTIALS_DATA: '{"type":"service_account","private_key":"the private part"}' },
  ],
] as const) {
  test(`a scratch that has no room for ${what}: 74`, async (t) => {
    const bin = mkdtempSync(join(tmpdir(), 'dvc-injector-greedy-'));
    t.after(() => rmSync(bin, { recursive: true }));
    const reference = (await withRemote(dataset, settings)).replace(/train$/, 'short');
    await using place = await makePlace();
    await using mounts = await makeMounts();
    await mounts.mountMemory(place.scratch, 'size=4m');
    const { exitCode, output, terminationMessage } = await place.fetch(reference, {
      prefix: mounts.prefix,
      flags: ['--allow-endpoint', 'http://127.0.0.1:1,127.0.0.1:1'],
      environment: { ...environment, PATH: await greedyGit(bin) },
    });
    assert.equal(exitCode, 74, output);
    assert.match(terminationMessage, isFull);
    assert.match(terminationMessage, /ENOSPC in write of /, 'and it was not git or DVC that found out');
    assert.deepEqual(readdirSync(mounts.inside(place.scratch)), [], 'the scratch is empty again');
  });
}

// Who is first: the fetch, which sees that the object alone is too much, or the disk.
const isFullOfOne = new RegExp(`${isFull.source}|^"large\\.bin" alone needs more scratch than the \\d+ bytes`);

test('a scratch that has no room for one object: 74', () => assertFull('*', 'size=8m', { message: isFullOfOne }));

test('a scratch over its quota, of which its free space says nothing, when git makes its repository: 74', async () => {
  await using volume = await mountLimited('-quota=200'); // enough for what we write, and not for git
  await using place = await makePlace();
  const flags = ['--scratch', volume.point];
  const { exitCode, output, terminationMessage } = await place.fetch(`${dataset.url}@${sha}:short`, { flags });
  assert.equal(exitCode, 74, output);
  assert.match(
    terminationMessage,
    /^the scratch at \S+ is over its quota: raise the quota or make room \(EDQUOT in write of /,
  );
  assert.deepEqual(readdirSync(volume.backing), []);
});
