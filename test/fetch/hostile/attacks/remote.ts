/** Attacks by the DVC remote and its server: where requests and credentials go, and what comes back. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseDvcConfig } from '../../../../src/fetch/dvc-format/dvc-config.ts';
import { chooseRemote } from '../../../../src/fetch/remote/choose-remote.ts';
import { pathOfObject, storeObject } from '../../../support/dataset/objects.ts';
import { dvcWithExtra } from '../../../support/fetch/dvc-extra.ts';
import { failure } from '../../../support/fetch/failure.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { type AttackFixture, config, datasetOf, folderOf, metadata } from '../../../support/hostile/attack-fixture.ts';
import { boundedDvc } from '../../../support/hostile/bounded-dvc.ts';
import { redirectTo, startTrap } from '../../../support/hostile/canaries.ts';
import { sentOn } from '../../../support/hostile/redirecting-servers.ts';
import { endless } from '../../../support/hostile/s3-server.ts';
import { startGitServer } from '../../../support/servers/git-server.ts';

const oid = `${'0'.repeat(32)}.dir`;
const keys = {
  AWS_ACCESS_KEY_ID: 'AKIAOFTHEPOD',
  AWS_SECRET_ACCESS_KEY: 'secret-key-of-the-pod',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** A repository whose default remote has these lines. */
function remoteOf(fixture: AttackFixture, ...lines: string[]) {
  return fixture.repository({ 'data.dvc': metadata(oid), '.dvc/config': config(...lines) });
}

/** The fetch refuses the first of these endpoints, and the choice of a remote the others too. */
async function reachesNone(fixture: AttackFixture, [first = '', ...others]: string[]): Promise<void> {
  const lines = (endpoint: string) => ['url = s3://bucket/x', `endpointurl = ${endpoint}`];
  await fixture.refused(await remoteOf(fixture, ...lines(first)), 64, /is not allowed/, { environment: keys });
  for (const endpoint of others) {
    const written = parseDvcConfig(config(...lines(endpoint)));
    const choose = () => chooseRemote(written, null, { localFolders: true, endpoints: ['https://minio.example.com'] });
    assert.throws(choose, failure('usage', /is not allowed/), endpoint);
  }
}

/** The object of `a`, as a file of the remote. */
function objectFile(fixture: AttackFixture): string {
  return join(fixture.remote, pathOfObject(storeObject(fixture.remote, 'harmless\n')));
}

export const remoteAttacks: Attack[] = [
  attack("an endpoint on loopback gets no request, and no key of the pod's", async (fixture) => {
    await using trap = await startTrap();
    const repository = await remoteOf(fixture, 'url = s3://bucket/x', `endpointurl = ${trap.url}`);
    await fixture.worksToday(
      () => fixture.team.pull(repository, keys),
      () => trap.requests.some(({ headers }) => headers.authorization?.includes('AKIAOFTHEPOD')),
    );
    trap.requests.length = 0;
    await fixture.refused(repository, 64, /is not allowed: ask an admin/, { environment: keys });
    assert.deepEqual(trap.requests, []);
  }),
  attack("the node's metadata service is no endpoint, however its address is written", async (fixture) => {
    fixture.harmlessToday('there is no such service here to be asked');
    await reachesNone(fixture, [
      'http://169.254.169.254',
      'http://2852039166',
      'http://0xa9fea9fe/',
      'http://0251.0376.0251.0376',
      'http://[::ffff:169.254.169.254]',
      'http://[fd00:ec2::254]',
      'http://169.254.170.2',
      'http://0',
      'http://localhost:8080',
      'http://metadata.google.internal',
      'https://kubernetes.default.svc',
    ]);
  }),
  attack("a host of the cloud's own domain that is not its object store is no endpoint", async (fixture) => {
    fixture.harmlessToday('it takes a machine at Amazon to show it');
    await reachesNone(fixture, [
      'https://ec2-203-0-113-7.compute-1.amazonaws.com',
      'https://attacker.execute-api.us-east-1.amazonaws.com',
      'https://attacker-123.us-east-1.elb.amazonaws.com',
      'https://s3.amazonaws.com.attacker.example',
      'https://s3-attacker.us-east-1.elb.amazonaws.com',
      'https://sts.amazonaws.com',
      'https://amazonaws.com',
    ]);
  }),
  attack('ssl_verify = false does not make an endpoint with a forged certificate trusted', async (fixture) => {
    await using trap = await startTrap(undefined, true);
    const lines = ['url = s3://bucket/x', `endpointurl = ${trap.url}`, 'ssl_verify = false'];
    const repository = await remoteOf(fixture, ...lines);
    await fixture.worksToday(
      () => fixture.team.pull(repository, keys),
      () => trap.requests.length > 0,
    );
    trap.requests.length = 0;
    const flags = ['--allow-endpoint', trap.url];
    await fixture.refused(repository, 69, /certificate .* can't be verified/, { environment: keys, flags });
    assert.deepEqual(trap.requests, []);
  }),
  attack('a remote of another type, or by the name of another, reaches no neighbour of the pod', async (fixture) => {
    await using trap = await startTrap();
    const text = `${config('url = remote://evil/x')}['remote "evil"']\n    url = ${trap.url}/internal\n`;
    const repository = await fixture.repository({ 'data.dvc': metadata(oid), '.dvc/config': text });
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => trap.requests.length > 0,
    );
    trap.requests.length = 0;
    await fixture.refused(repository, 64, /server http:\/\/127\.0\.0\.1:[0-9]+ is not allowed/);
    for (const url of [`${trap.url}/x`, `webdav${trap.url.slice(4)}/x`, `ssh${trap.url.slice(4)}/x`]) {
      const { exitCode } = await fixture.run(await remoteOf(fixture, `url = ${url}`));
      assert.ok(exitCode === 64 || exitCode === 65, `${url}: exit ${exitCode}`);
    }
    assert.deepEqual(trap.requests, []);
  }),
  attack('a remote in a folder of the node is not read where the admin did not allow it', async (fixture) => {
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => existsSync(join(fixture.team.checkout, 'data', 'a')),
    );
    await using server = await startGitServer(dirname(folderOf(repository)));
    const reference = `${server.url}/${basename(folderOf(repository))}@${repository.sha}:*`;
    await fixture.refused(reference, 64, /only --allow-scheme file/, { flags: ['--allow-scheme', 'http'] });
  }),
  attack("an object whose bytes are another file's is not published", async (fixture) => {
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const object = objectFile(fixture);
    rmSync(object);
    symlinkSync(fixture.secretFile, object);
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => readFileSync(join(fixture.team.checkout, 'data', 'a'), 'utf8').includes(fixture.secret),
    );
    const judge = async () => {
      const { exitCode, terminationMessage } = await fixture.run(repository);
      // DVC removes a damaged object of a local remote, so that a second look may find none.
      assert.ok(exitCode === 65 || exitCode === 66, `exit ${exitCode}`);
      assert.match(terminationMessage, /is damaged|lacks the object/);
    };
    await judge();
    for (const bytes of ['poisoned!', 'harm']) {
      rmSync(object, { force: true });
      writeFileSync(object, bytes);
      await judge();
    }
  }),
  attack('a .dir object that never ends is not downloaded beyond its limit', async (fixture) => {
    fixture.harmlessToday('it fills the disk, which this test would rather not');
    const environment = { ...keys, PATH: await boundedDvc(fixture.folder) };
    const take = async (declared: boolean, lines: (url: string) => string[], exit: number, sentence: RegExp) => {
      const sent = { bytes: 0 };
      await using trap = await startTrap(endless(sent, declared));
      const flags = ['--allow-endpoint', trap.url];
      const options = { environment, flags, scratch: 1500 };
      await fixture.refused(await remoteOf(fixture, ...lines(trap.url)), exit, sentence, options);
      return sent.bytes;
    };
    const s3 = (url: string) => ['url = s3://bucket/x', `endpointurl = ${url}`];
    const mebibyte = 2 ** 20;
    assert.ok((await take(true, s3, 65, /has more than 1073741824 bytes/)) < 64 * mebibyte);
    assert.ok((await take(false, s3, 69, /gave no object/)) < 64 * mebibyte); // S3 tells lengths, and DVC relies on it
    assert.ok((await take(true, (url) => [`url = ${url}/x`], 65, /has more than 1073741824 bytes/)) < 1400 * mebibyte);
  }),
  attack('an object that never ends takes no more than the scratch, and that is said', async (fixture) => {
    fixture.harmlessToday('it fills the disk, which this test would rather not');
    const environment = { ...keys, PATH: await boundedDvc(fixture.folder) };
    const list = Buffer.from(JSON.stringify([{ md5: '1'.repeat(32), relpath: 'a' }]));
    const dir = storeObject(fixture.remote, list, '.dir');
    await using trap = await startTrap(endless({ bytes: 0 }, true, { [dir.slice(2)]: list }));
    const text = config('url = s3://bucket/x', `endpointurl = ${trap.url}`);
    const repository = await fixture.repository({ 'data.dvc': metadata(dir), '.dvc/config': text });
    const flags = ['--allow-endpoint', trap.url];
    await fixture.refused(repository, 74, /scratch/, { environment, flags, scratch: 32 });
  }),
  attack('an allowed endpoint that redirects sends no request on to the next', async (fixture) => {
    await using internal = await startTrap();
    await using moved = await startTrap(redirectTo(internal.url, 307));
    const plain = await remoteOf(fixture, 'url = s3://bucket/x', `endpointurl = ${moved.url}`);
    await fixture.worksToday(
      () => fixture.team.pull(plain, keys),
      () => internal.requests.length > 0,
    );
    internal.requests.length = 0;
    for (const status of [301, 307]) {
      await using trap = await startTrap(redirectTo(internal.url, status));
      const repository = await remoteOf(fixture, 'url = s3://bucket/x', `endpointurl = ${trap.url}`);
      const outcome = await fixture.run(repository, { environment: keys, flags: ['--allow-endpoint', trap.url] });
      assert.ok([65, 66, 69, 77].includes(outcome.exitCode ?? 0), outcome.output);
    }
    assert.deepEqual(internal.requests, []);
  }),
  attack('a web server that sends its clients elsewhere gets no request made there, and no token', async (fixture) => {
    await using internal = await startTrap();
    await using moved = await startTrap(redirectTo(internal.url));
    const header = 'custom_auth_header = PRIVATE-TOKEN';
    const login = ['auth = custom', `password = ${fixture.secret}`];
    const plain = await remoteOf(fixture, `url = ${moved.url}/x`, header, ...login);
    await fixture.worksToday(
      () => fixture.team.pull(plain),
      () => internal.requests.some(({ headers }) => headers['private-token'] === fixture.secret),
    );
    internal.requests.length = 0;
    const places = [internal.url, internal.url.replace('127.0.0.1', 'localhost'), 'http://169.254.169.254'];
    for (const [index, place] of places.entries()) {
      await using trap = await startTrap(redirectTo(place, [301, 302, 308][index]));
      const repository = await remoteOf(fixture, `url = ${trap.url}/x`, header);
      const sentence = new RegExp(
        `\\(${trap.url}/x\\) sends its clients on to ${place}, which is not allowed: ask an admin`,
      );
      const flags = ['--allow-endpoint', trap.url];
      await fixture.refused(repository, 64, sentence, { environment: { token: fixture.secret }, flags });
      assert.ok(trap.requests.some(({ headers }) => headers['private-token'] === fixture.secret));
    }
    assert.deepEqual(internal.requests, []);
  }),
  attack(
    'a web server that sends its clients elsewhere for some objects only gets none of them there',
    async (fixture) => {
      await using internal = await startTrap();
      const list = Buffer.from(JSON.stringify([{ md5: '1'.repeat(32), relpath: 'a' }]));
      const dir = storeObject(fixture.remote, list, '.dir');
      await using server = await startTrap((request, response) => {
        if (!request.url?.endsWith(dir.slice(2))) return redirectTo(internal.url)(request, response);
        response.writeHead(200, { 'content-length': list.length });
        response.end(request.method === 'HEAD' ? undefined : list);
      });
      const text = config(`url = ${server.url}/x`);
      const repository = await fixture.repository({ 'data.dvc': metadata(dir), '.dvc/config': text });
      await fixture.worksToday(
        () => fixture.team.pull(repository),
        () => internal.requests.length > 0,
      );
      internal.requests.length = 0;
      const flags = ['--allow-endpoint', server.url];
      await fixture.refused(repository, 64, /sends its clients on to http:\/\/127\.0\.0\.1:[0-9]+, which/, { flags });
      assert.deepEqual(internal.requests, []);
    },
  ),
  ...(['webdav', 'webhdfs'] as const).map((type) =>
    attack(
      `a ${type} server that sends its readers elsewhere gets no request made there, and no password`,
      async (fixture) => {
        using dvc = await dvcWithExtra(type);
        await using internal = await startTrap();
        await using server = await startTrap(sentOn[type](internal.url));
        const url = `url = ${server.url.replace('http', type)}/x`;
        const plain = await remoteOf(fixture, url, 'user = robot', `password = ${fixture.secret}`);
        await fixture.worksToday(
          () => fixture.team.pull(plain, { PATH: dvc.PATH }),
          () => internal.requests.length > 0,
        );
        internal.requests.length = 0;
        const environment = { username: 'robot', password: fixture.secret, PATH: dvc.PATH };
        const flags = ['--allow-endpoint', server.url];
        await fixture.refused(await remoteOf(fixture, url), 64, /sends its clients on to/, { environment, flags });
        const login = `Basic ${Buffer.from(`robot:${fixture.secret}`).toString('base64')}`;
        assert.ok(server.requests.some(({ headers }) => headers.authorization === login));
        assert.deepEqual(internal.requests, []);
      },
    ),
  ),
  attack("an allowed endpoint that asks for a login is not given git's, nor that of a .netrc", async (fixture) => {
    const ask = (_: unknown, response: import('node:http').ServerResponse) =>
      void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    await using trap = await startTrap(ask);
    const netrc = `machine 127.0.0.1\nlogin robot\npassword ${fixture.secret}\n`;
    writeFileSync(join(fixture.team.home, '.netrc'), netrc, { mode: 0o600 });
    const basic = () => trap.requests.some(({ headers }) => headers.authorization?.startsWith('Basic '));
    const plain = await remoteOf(
      fixture,
      `url = ${trap.url}/x`,
      'user = robot',
      `password = ${fixture.secret}`,
      'auth = basic',
    );
    await fixture.worksToday(() => fixture.team.pull(plain), basic);
    trap.requests.length = 0;
    const git = join(fixture.folder, 'git-secret');
    mkdirSync(git);
    writeFileSync(join(git, 'username'), 'robot');
    writeFileSync(join(git, 'password'), fixture.secret);
    const repository = await remoteOf(fixture, 'url = s3://bucket/x', `endpointurl = ${trap.url}`);
    const flags = ['--allow-endpoint', trap.url, '--git-secret-dir', git];
    const environment = { ...keys, HOME: fixture.team.home, NETRC: join(fixture.team.home, '.netrc') };
    await fixture.refused(repository, 77, /refused the credentials/, { environment, flags });
    assert.ok(trap.requests.length > 0);
    assert.ok(!basic());
  }),
];
