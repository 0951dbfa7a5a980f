/** The commit from a real git server over https with a password: it opens the server, and is found nowhere else. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { filesBelow, makePlace, type Place, publishedFolder } from '../../support/fetch/fetcher.ts';
import { gitSecret } from '../../support/fetch/secret.ts';
import { type Certificate, makeCertificate } from '../../support/servers/certificate.ts';
import { type GitServer, startGitServer } from '../../support/servers/git-server.ts';

const password = 'p@ss word/%41 of the robot';
const secret = { username: 'robot@ci', password: `${password}\n` };
const login = `robot@ci:${password}`;
let dataset: Dataset;
let folder: string;
let certificate: Certificate;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a' }, splits: { train: ['a.txt'] } });
  folder = dirname(fileURLToPath(dataset.url));
  certificate = await makeCertificate('localhost');
});
after(async () => {
  certificate?.[Symbol.dispose]();
  await dataset?.[Symbol.asyncDispose]();
});

const referenceAt = (server: GitServer) => `${server.url}/${basename(dataset.url)}@${dataset.sha}:train`;

/** Text in every form in which a tool could have passed the password on. */
function forms(): string[] {
  return [password, encodeURIComponent(password), Buffer.from(login).toString('base64')];
}

function assertWithout(text: string, where: string): void {
  for (const form of forms()) assert.ok(!text.includes(form), `the password stands in ${where}`);
}

test('a user name and a password of the mounted Secret open the server, whose authority is private', async () => {
  await using server = await startGitServer(folder, { login, tls: certificate.tls });
  await using place = await makePlace();
  const flags = [...certificate.flags, ...gitSecret(place, secret)];
  const { exitCode, output } = await place.fetch(referenceAt(server), { flags });
  assert.equal(exitCode, 0, output);
  assertWithout(output, 'the log');
  for (const [path, bytes] of Object.entries(filesBelow(place.volume))) assertWithout(bytes.toString(), path);
});

test('a token alone is given beside a user name that every hosting service takes', async () => {
  await using server = await startGitServer(folder, { login: 'git:a-token-of-the-robot', tls: certificate.tls });
  await using place = await makePlace();
  const flags = [...certificate.flags, ...gitSecret(place, { password: 'a-token-of-the-robot\r\n' })];
  const { exitCode, output } = await place.fetch(referenceAt(server), { flags });
  assert.equal(exitCode, 0, output);
});

test('a wrong password ends with 77, names the Secret of git, and is not tried for ever by a server that asks again', async () => {
  await using server = await startGitServer(folder, { login, tls: certificate.tls });
  await using place = await makePlace();
  const flags = [...certificate.flags, ...gitSecret(place, { ...secret, password: 'yesterday-s password' })];
  const { exitCode, output, terminationMessage } = await place.fetch(referenceAt(server), { flags });
  assert.equal(exitCode, 77, output);
  assert.match(terminationMessage, /git server refused the credentials.*dvc\.io\/git-secret.*dvc-git-credentials/);
  assert.ok(!output.includes('yesterday-s password'));
  const tries = server.logins.filter((header) => header !== undefined).length;
  assert.ok(tries >= 1 && tries <= 3, `${tries} tries`);
});

test('no Secret, or an empty one, ends with 77 and says that the git server wants one', async () => {
  await using server = await startGitServer(folder, { login, tls: certificate.tls });
  await using place = await makePlace();
  for (const more of [[], gitSecret(place, {}), ['--git-secret-dir', join(place.scratch, 'absent')]]) {
    const { exitCode, output, terminationMessage } = await place.fetch(referenceAt(server), {
      flags: [...certificate.flags, ...more],
    });
    assert.equal(exitCode, 77, output);
    assert.match(terminationMessage, /git server asks for credentials.*dvc\.io\/git-secret/);
  }
});

test('a Secret whose files are closed to the user ends with 78 and names the user and the way out', async () => {
  await using server = await startGitServer(folder, { login, tls: certificate.tls });
  await using place = await makePlace();
  const flags = [...certificate.flags, ...gitSecret(place, secret)];
  chmodSync(join(flags.at(-1) ?? '', 'password'), 0);
  // Root reads what is closed, but not without the two capabilities that let it.
  const prefix = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
  const { exitCode, output, terminationMessage } = await place.fetch(referenceAt(server), { flags, prefix });
  assert.equal(exitCode, 78, output);
  assert.match(
    terminationMessage,
    /password of the git Secret .* can't be read .*UID [0-9]+ \(defaultMode or fsGroup\)/,
  );
});

test('while git runs, the password stands in no command line and in no file on scratch', async () => {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const gate = async () => {
    reached.resolve();
    await opened.promise;
  };
  await using server = await startGitServer(folder, { login, tls: certificate.tls, gate });
  await using place = await makePlace();
  const flags = [...certificate.flags, ...gitSecret(place, secret)];
  const running = place.start(referenceAt(server), { flags });
  await reached.promise; // git has sent the password and waits for its answer
  const lines = commandLinesBelow(running.process.pid ?? 0);
  assert.ok(
    lines.some((line) => line.includes('fetch') && line.includes(server.url)),
    lines.join('\n'),
  );
  for (const line of lines) assertWithout(line, line);
  for (const [path, bytes] of Object.entries(filesBelow(place.scratch))) assertWithout(bytes.toString(), path);
  opened.resolve();
  const { exitCode, output, terminationMessage } = await running.ended;
  assert.equal(exitCode, 0, output);
  assertWithout(output + terminationMessage, 'what it said');
  assert.ok(isPublished(place));
});

/** The command lines of a process and of all that it started, groups and sessions of their own included. */
function commandLinesBelow(root: number): string[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^[0-9]+$/.test(name))
      .flatMap((name): [number, number][] => {
        const status = readProcess(name, 'status');
        const parent = /^PPid:\t([0-9]+)$/m.exec(status)?.[1];
        return parent === undefined ? [] : [[Number(name), Number(parent)]];
      }),
  );
  const below = (pid: number): boolean => pid === root || (parents.has(pid) && below(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(below).map((pid) => readProcess(String(pid), 'cmdline').replaceAll('\0', ' '));
}

/** Empty where the process has ended since. */
function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(join('/proc', pid, file), 'utf8');
  } catch {
    return '';
  }
}

function isPublished({ volume }: Place): boolean {
  return existsSync(join(publishedFolder(volume) ?? '', 'data', 'a.txt'));
}
