/** A git server that is down, refuses, hangs, moves or breaks off: what to do is said, and nothing is published. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { makePlace, type Place, type StartOptions } from '../../support/fetch/fetcher.ts';
import { fails, succeeds } from '../../support/fetch/outcome.ts';
import type { Fault } from '../../support/s3/fault.ts';
import { type RecordingProxy, startRecordingProxy } from '../../support/s3/recording-proxy.ts';
import { type GitServer, startGitServer } from '../../support/servers/git-server.ts';

const login = 'robot:the right one';
const flags = ['--allow-scheme', 'file,http'];
let dataset: Dataset;
let folder: string;
let name: string;
/** The sha of a commit that the server has and no branch leads to. */
let hidden: string;
let server: GitServer;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a' }, splits: { train: ['a.txt'] } });
  const repository = fileURLToPath(dataset.url);
  [folder, name] = [dirname(repository), basename(repository)];
  const { git } = dataset.tools;
  hidden = await git(repository, 'commit-tree', '-m', 'Lost by a forced push', `${dataset.sha}^{tree}`);
  server = await startGitServer(folder, { login });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
});

/** A place whose fetches have this password, behind a proxy of its own to the git server. */
async function withServer(use: (each: Case) => Promise<void>, target: GitServer = server): Promise<void> {
  await using proxy = await startRecordingProxy(target.url);
  await using place = await makePlace();
  const withPassword = (password: string): StartOptions => {
    const secret = join(place.scratch, '..', 'secret');
    mkdirSync(secret, { recursive: true });
    writeFileSync(join(secret, 'username'), 'robot');
    writeFileSync(join(secret, 'password'), password);
    return { flags: [...flags, '--git-secret-dir', secret] };
  };
  const repository = `${proxy.endpoint}/${name}`;
  await use({ proxy, place, repository, withPassword, reference: `${repository}@${dataset.sha}:train` });
}

interface Case {
  proxy: RecordingProxy;
  place: Place;
  repository: string;
  reference: string;
  withPassword(password: string): StartOptions;
}

const isPack: Fault['when'] = ({ method, path }) => method === 'POST' && path.endsWith('/git-upload-pack');
const unreachable = /git server of .* can't be reached: check its address/;

const lasting: { title: string; fault: Fault }[] = [
  { title: '500 on everything', fault: { when: () => true, reply: 500 } },
  { title: '503 on everything', fault: { when: () => true, reply: 503 } },
  { title: 'an answer that is reset', fault: { when: () => true, resetAfter: 0 } },
  { title: 'half a pack and then a reset', fault: { when: isPack, resetAfter: 300 } },
  { title: 'half a pack and then the end', fault: { when: isPack, cutAfter: 300 } },
];

// At once, as one of them waits for minutes.
describe('a git server', { concurrency: true }, () => {
  for (const { title, fault } of lasting) {
    test(`with ${title}: 69, and once it is right the next run succeeds`, () =>
      withServer(async ({ proxy, place, reference, withPassword }) => {
        const undo = proxy.inject(fault);
        await fails(place, reference, 69, unreachable, withPassword('the right one'));
        undo();
        await succeeds(place, reference, withPassword('the right one'));
      }));
  }

  test('that is down: 69, and once it is up the next run succeeds', () =>
    withServer(async ({ proxy, place, reference, withPassword }) => {
      await proxy.stop();
      await fails(place, reference, 69, unreachable, withPassword('the right one'));
      await using _again = await startRecordingProxy(server.url, Number(new URL(proxy.endpoint).port));
      await succeeds(place, reference, withPassword('the right one'));
    }));

  test('that accepts and never answers: 69 after its time, and once it answers the next run succeeds', () =>
    withServer(async ({ proxy, place, reference, withPassword }) => {
      const undo = proxy.inject({ when: () => true, wait: () => new Promise(() => {}) });
      await fails(place, reference, 69, unreachable, withPassword('the right one'));
      undo();
      await succeeds(place, reference, withPassword('the right one'));
    }));

  test('that refuses the password: 77 that names the Secret, and with the right one the next run succeeds', () =>
    withServer(async ({ place, reference, withPassword }) => {
      const sentence = /refused the credentials.*dvc\.io\/git-secret/;
      const { output } = await fails(place, reference, 77, sentence, withPassword('hunter2-hunter2'));
      assert.ok(!output.includes('hunter2'));
      await succeeds(place, reference, withPassword('the right one'));
    }));

  test('that asks for a password where none is given: 77 that names the Secret', () =>
    withServer(async ({ place, reference, withPassword }) => {
      await fails(place, reference, 77, /none are given.*dvc\.io\/git-secret/, { flags });
      await succeeds(place, reference, withPassword('the right one'));
    }));

  test('that lacks the commit: 66 that says to push', () =>
    withServer(async ({ place, reference, repository, withPassword }) => {
      const unknown = `${repository}@${'1'.repeat(40)}:train`;
      await fails(place, unknown, 66, /has no commit 1{40}: push it/, withPassword('the right one'));
      await succeeds(place, reference, withPassword('the right one'));
    }));

  test('that lacks the repository: 66 that says what to check', () =>
    withServer(async ({ place, reference, withPassword }) => {
      const elsewhere = reference.replace(name, 'absent.git');
      await fails(place, elsewhere, 66, /there is no repository .*check the URL/, withPassword('the right one'));
      await succeeds(place, reference, withPassword('the right one'));
    }));

  test('that has the commit on no branch gives it by its sha', () =>
    withServer(async ({ place, repository, withPassword }) => {
      await succeeds(place, `${repository}@${hidden}:train`, withPassword('the right one'));
    }));

  test('of the old protocol that has the commit on no branch: 66 that says to push', async () => {
    await using old = await startGitServer(await closedCopy(), { oldProtocol: true });
    await withServer(async ({ place, reference, repository }) => {
      await fails(place, `${repository}@${hidden}:train`, 66, new RegExp(`has no commit ${hidden}: push it`), {
        flags,
      });
      await succeeds(place, reference, { flags });
    }, old);
  });

  test('that moved the repository to another path of its own is followed, with the password', () =>
    withServer(async ({ proxy, place, reference, withPassword }) => {
      const location = `${proxy.endpoint}/${name}/info/refs?service=git-upload-pack`;
      proxy.inject({ when: ({ path }) => path.startsWith('/moved.git/'), reply: 301, headers: { location } });
      await succeeds(place, reference.replace(name, 'moved.git'), withPassword('the right one'));
      assert.equal(proxy.count('GET', /^\/moved\.git/), 1);
    }));
});

/** A folder with a copy that gives commits of its branches only, and the hidden one beside them. */
async function closedCopy(): Promise<string> {
  const copy = join(dataset.folder, 'closed', name);
  await dataset.tools.git(dataset.folder, 'clone', '--quiet', '--mirror', join(folder, name), copy);
  await dataset.tools.git(copy, 'config', 'uploadpack.allowAnySHA1InWant', 'false');
  return dirname(copy);
}
