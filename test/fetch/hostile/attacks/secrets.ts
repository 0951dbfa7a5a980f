/** Attacks on what the pod holds besides the dataset: its environment, git's password, the scratch it shares. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findExecutable } from '../../../../provision/binaries.ts';
import { provideDvc } from '../../../../provision/dvc.ts';
import type { StartOptions } from '../../../support/fetch/fetcher.ts';
import { mountSecret } from '../../../support/fetch/secret.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { type AttackFixture, config, datasetOf, metadata } from '../../../support/hostile/attack-fixture.ts';
import { startTrap } from '../../../support/hostile/canaries.ts';
import { makeKey } from '../../../support/servers/ssh-server.ts';

const ofThePod = {
  KUBERNETES_SERVICE_HOST: '10.96.0.1',
  DATABASE_URL: 'postgres://app:hush@db/app',
  DVC_INJECTOR_GIT_SECRET_DIR: '/nowhere',
  PYTHONSTARTUP: '/tmp/evil.py',
  PYTHONPATH: '/tmp/evil',
  DVC_INJECTOR_FORKS: '/tmp/evil',
  LD_PRELOAD: '',
  GIT_DIR: '/tmp/evil',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'core.sshCommand',
  GIT_CONFIG_VALUE_0: 'touch /tmp/evil',
  GIT_EXTERNAL_DIFF: '/tmp/evil',
  DVC_GLOBAL_CONFIG_DIR: '/tmp/evil',
  NODE_OPTIONS: '',
};

/** Real git and DVC, which first write down the environment they were given; returns the PATH that has them. */
async function witnesses(fixture: AttackFixture): Promise<string> {
  const bin = join(fixture.folder, 'bin');
  mkdirSync(bin);
  const programs = { git: findExecutable('git') ?? assert.fail('git'), dvc: join((await provideDvc()).bin, 'dvc') };
  for (const [name, program] of Object.entries(programs)) {
    const script = `#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/environ >> '${fixture.folder}/${name}.env'\nexec '${program}' "$@"\n`;
    writeFileSync(join(bin, name), script, { mode: 0o755 });
  }
  return [bin, process.env.PATH].join(delimiter);
}

function namesIn(fixture: AttackFixture, program: string): string[] {
  const lines = readFileSync(join(fixture.folder, `${program}.env`), 'utf8').split('\n');
  return [...new Set(lines.map((line) => line.split('=')[0] ?? ''))].filter((name) => name !== '');
}

/** A Secret of these keys, as it is mounted now, and as the environment that a manifest has which was injected before. */
function bothWays(fixture: AttackFixture, keys: Record<string, string>): StartOptions[] {
  return [{ flags: ['--remote-secret-dir', mountSecret(fixture.folder, keys)] }, { environment: keys }];
}

const noMetadataService = { AWS_EC2_METADATA_DISABLED: 'true' };
const listed = ['--allow-endpoint', 'http://127.0.0.1:1'];

export const secretAttacks: Attack[] = [
  attack('a Secret that names a configuration of AWS with a command in it has it run by nobody', async (fixture) => {
    const evil = join(fixture.folder, 'aws-config');
    writeFileSync(evil, `[default]\ncredential_process = sh -c "touch ${fixture.canary}"\n`);
    const lines = ['url = s3://bucket/x', 'endpointurl = http://127.0.0.1:1'];
    const files = { 'data.dvc': metadata(`${'0'.repeat(32)}.dir`), '.dvc/config': config(...lines) };
    const repository = await fixture.repository(files);
    const keys = { AWS_CONFIG_FILE: evil, AWS_SHARED_CREDENTIALS_FILE: evil, AWS_PROFILE: 'default' };
    await fixture.worksToday(() => fixture.team.pull(repository, { ...keys, ...noMetadataService }));
    for (const { flags = [], environment } of bothWays(fixture, keys)) {
      await fixture.refused(repository, 77, /needs credentials and none are given/, {
        flags: [...listed, ...flags],
        environment: { ...environment, ...noMetadataService },
      });
    }
  }),
  attack('keys of a Secret that are code to Node, to the loader, to Python and to git are data', async (fixture) => {
    const script = join(fixture.folder, 'evil.cjs');
    const python = join(fixture.folder, 'python');
    mkdirSync(python);
    writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(fixture.canary)}, '')\n`);
    writeFileSync(join(python, 'sitecustomize.py'), `open(${JSON.stringify(fixture.canary)}, 'w')\n`);
    const touch = `touch '${fixture.canary}';`;
    const keys = {
      NODE_OPTIONS: `--require=${script}`,
      LD_PRELOAD: join(fixture.folder, 'evil.so'), // which isn't there: the loader says so of each program
      PYTHONPATH: python,
      GIT_SSH_COMMAND: touch,
      GIT_ASKPASS: touch,
      BASH_ENV: script,
      DVC_INJECTOR_ALLOW_ENDPOINT: '127.0.0.1',
    };
    // Each by itself does what it says, to a program that has it as environment.
    for (const [name, program, ...args] of [
      ['NODE_OPTIONS', process.execPath, '-e', '0'],
      ['PYTHONPATH', 'python3', '-c', '0'],
      ['GIT_SSH_COMMAND', 'git', 'ls-remote', 'ssh://127.0.0.1:1/x'],
    ] as const) {
      spawnSync(program, args, { env: { PATH: process.env.PATH, [name]: keys[name] } });
      assert.ok(existsSync(fixture.canary), `${name} is harmless, and so proves nothing`);
      rmSync(fixture.canary);
    }
    const { stderr } = spawnSync('true', { env: { PATH: process.env.PATH, LD_PRELOAD: keys.LD_PRELOAD } });
    assert.match(String(stderr), /evil\.so/);
    fixture.harmlessToday('the lines above show what a Secret does that becomes environment');
    const { key, line } = await makeKey();
    const git = mountSecret(fixture.folder, { ...keys, 'ssh-privatekey': key, known_hosts: `127.0.0.1 ${line}\n` });
    const flags = ['--remote-secret-dir', mountSecret(fixture.folder, keys)];
    const { log, output } = await fixture.fetched(await fixture.repository(datasetOf(fixture.remote, 'a')), { flags });
    const warned = log.filter(({ level }) => level === 'warn').map(({ keys: named }) => named);
    assert.deepEqual(warned, [Object.keys(keys).sort()]);
    const aboutTheKeys = output.split('\n').filter((text) => text.includes('evil'));
    assert.deepEqual(aboutTheKeys, []);
    const ssh = `ssh://127.0.0.1:1/x@${'0'.repeat(40)}:*`;
    const told = await fixture.refused(ssh, 69, /can't be reached/, { flags: [...flags, '--git-secret-dir', git] });
    assert.ok(!told.output.includes('evil'), told.output);
  }),
  attack('a Secret that names another endpoint has nobody asked there', async (fixture) => {
    await using trap = await startTrap();
    const files = { 'data.dvc': metadata(`${'0'.repeat(32)}.dir`), '.dvc/config': config('url = s3://bucket/x') };
    const repository = await fixture.repository(files);
    const login = { AWS_ACCESS_KEY_ID: 'AKIAOFTHEPOD', AWS_SECRET_ACCESS_KEY: 'hush-hush' };
    for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']) {
      const keys = { ...login, [name]: trap.url };
      if (name === 'AWS_ENDPOINT_URL_S3') {
        await fixture.worksToday(
          () => fixture.team.pull(repository, { ...keys, ...noMetadataService }),
          () => trap.requests.length > 0,
        );
        trap.requests.length = 0;
      }
      const sentence = new RegExp(`^the address in ${name} is not allowed: ask an admin to add ${trap.url}`);
      for (const options of bothWays(fixture, keys)) await fixture.refused(repository, 64, sentence, options);
    }
    assert.deepEqual(trap.requests, []);
  }),
  attack("a git Secret that is bound to a server opens no other one's repository", async (fixture) => {
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    await using trap = await startTrap((request, response) => {
      const code = request.headers.authorization ? 403 : 401;
      response.writeHead(code, { 'www-authenticate': 'Basic realm="git"' }).end();
    });
    const url = `${trap.url}/r`;
    const given = () => trap.requests.some(({ headers }) => headers.authorization !== undefined);
    await fixture.worksToday(
      () =>
        fixture.team.run(
          fixture.folder,
          'git',
          '-c',
          `credential.helper=!echo password=${fixture.secret}; echo username=x; #`,
          'ls-remote',
          url,
        ),
      given,
    );
    trap.requests.length = 0;
    const keys = { username: 'robot', password: fixture.secret, host: 'git.example.com\n' };
    const flags = ['--allow-scheme', 'file,http', '--git-secret-dir', mountSecret(fixture.folder, keys)];
    await fixture.refused(`${url}@${repository.sha}:*`, 78, /^the git Secret is for git\.example\.com alone/, {
      flags,
    });
    assert.deepEqual(trap.requests, []);
  }),
  attack(
    "a program that DVC is made to run finds nothing of the pod's, as git and DVC have none of it",
    async (fixture) => {
      const stolen = join(fixture.folder, 'stolen');
      const evil = join(fixture.folder, 'aws-config');
      writeFileSync(evil, `[default]\ncredential_process = sh -c "env > ${stolen}"\n`);
      const lines = ['url = s3://bucket/x', 'endpointurl = http://127.0.0.1:1', `configpath = ${evil}`];
      const files = { 'data.dvc': metadata(`${'0'.repeat(32)}.dir`), '.dvc/config': config(...lines) };
      const repository = await fixture.repository(files);
      const environment = { DATABASE_URL: ofThePod.DATABASE_URL, AWS_EC2_METADATA_DISABLED: 'true' };
      await fixture.worksToday(
        () => fixture.team.pull(repository, environment),
        () => existsSync(stolen) && readFileSync(stolen, 'utf8').includes('postgres://app:hush'),
      );
      const PATH = await witnesses(fixture);
      await fixture.fetched(await fixture.repository(datasetOf(fixture.remote, 'a')), {
        environment: { ...ofThePod, PATH },
      });
      // DVC gets two of these from the fetcher itself, with other values than the pod's.
      for (const [program, own] of Object.entries({ git: [], dvc: ['PYTHONPATH', 'DVC_INJECTOR_FORKS'] })) {
        const names = namesIn(fixture, program);
        assert.ok(names.includes('HOME'));
        const passed = names.filter((name) =>
          /^(DVC_INJECTOR|KUBERNETES|DATABASE|NODE|LD|PYTHONSTARTUP|PYTHONPATH)/.test(name),
        );
        assert.deepEqual(passed, own);
        const text = readFileSync(join(fixture.folder, `${program}.env`), 'utf8');
        assert.ok(!text.includes('/tmp/evil'), text);
      }
    },
  ),
  attack("a git server gets no cloud credentials, and DVC gets no git's", async (fixture) => {
    fixture.harmlessToday('a shell gives every program its whole environment, and needs no attack for that');
    const PATH = await witnesses(fixture);
    const secretDir = join(fixture.folder, 'git-secret');
    mkdirSync(secretDir);
    writeFileSync(join(secretDir, 'password'), fixture.secret);
    const AWS = {
      AWS_ACCESS_KEY_ID: 'AKIAOFTHEPOD',
      AWS_SECRET_ACCESS_KEY: 'hush-hush',
      AWS_SESSION_TOKEN: 'hush-token',
    };
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const flags = ['--git-secret-dir', secretDir];
    await fixture.fetched(repository, { environment: { ...AWS, PATH }, flags });
    assert.deepEqual(
      namesIn(fixture, 'git').filter((name) => name.startsWith('AWS_')),
      [],
    );
    const ofDvc = readFileSync(join(fixture.folder, 'dvc.env'), 'utf8');
    assert.ok(!/askpass/i.test(ofDvc) && !ofDvc.includes(secretDir));
  }),
  attack('a git server that repeats the password in its message has it printed nowhere', async (fixture) => {
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const packet = (text: string) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
    await using trap = await startTrap((request, response) => {
      const login = request.headers.authorization?.replace('Basic ', '');
      if (!login) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      const told = Buffer.from(login, 'base64').toString();
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      response.end(`${packet('# service=git-upload-pack\n')}0000${packet(`ERR your login is ${told}\n`)}`);
    });
    const git = join(fixture.folder, 'git-secret');
    mkdirSync(git);
    writeFileSync(join(git, 'password'), fixture.secret);
    let said = '';
    const url = `${trap.url.replace('//', `//robot:${fixture.secret}@`)}/r`;
    await fixture.worksToday(
      async () => {
        said = await fixture.team.run(fixture.folder, 'git', 'clone', url, 'x');
      },
      () => said.includes(fixture.secret),
    );
    const flags = ['--allow-scheme', 'file,http', '--git-secret-dir', git];
    await fixture.refused(`${trap.url}/r@${repository.sha}:*`, 69, /\[redacted\]/, { flags });
  }),
  attack('links that another left on the shared scratch lead the tidying out of it nowhere', async (fixture) => {
    fixture.harmlessToday('today nothing tidies up');
    const precious = join(fixture.folder, 'precious');
    mkdirSync(join(precious, 'git'), { recursive: true });
    for (const name of ['lock', 'file', 'git/file']) writeFileSync(join(precious, name), 'precious\n');
    const repository = await fixture.repository(datasetOf(fixture.remote, 'a'));
    const plant = [
      'sh',
      '-c',
      [
        `scratch=$(echo "$*" | sed 's/.*--scratch \\([^ ]*\\).*/\\1/')`,
        'link=$scratch/.dvc-injector-fetch-link00 folder=$scratch/.dvc-injector-fetch-folder',
        `ln -s '${precious}' "$link"; mkdir "$folder"; : > "$folder/lock"; ln -s '${precious}' "$folder/dvc"`,
        '"$@"; code=$?',
        'rm "$link" || exit 99', // which no fetch has made, and so none has removed
        'exit $code',
      ].join('\n'),
      'sh',
    ];
    await fixture.fetched(repository, { prefix: plant });
    for (const name of ['lock', 'file', 'git/file']) {
      assert.equal(readFileSync(join(precious, name), 'utf8'), 'precious\n');
    }
  }),
];
