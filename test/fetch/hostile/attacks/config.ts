/** Attacks by the repository's `.dvc/config`: what DVC itself would run, read, write or call for it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDvcConfig } from '../../../../src/fetch/dvc-format/dvc-config.ts';
import { chooseRemote } from '../../../../src/fetch/remote/choose-remote.ts';
import { failure } from '../../../support/fetch/failure.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { type AttackFixture, config, datasetOf, metadata } from '../../../support/hostile/attack-fixture.ts';

const oid = `${'0'.repeat(32)}.dir`;
const s3 = ['url = s3://bucket/x', 'endpointurl = http://127.0.0.1:1'];
const allowed = { flags: ['--allow-endpoint', 'http://127.0.0.1:1'] };
const noMetadataService = { AWS_EC2_METADATA_DISABLED: 'true' };

function command({ canary }: AttackFixture): string {
  return `credential_process = sh -c "touch ${canary}"\n`;
}

/** A repository with this configuration runs a command when DVC looks for credentials, and none when we do. */
async function runsNothing(fixture: AttackFixture, ...lines: string[]): Promise<void> {
  const repository = await fixture.repository({ 'data.dvc': metadata(oid), '.dvc/config': config(...s3, ...lines) });
  await fixture.worksToday(() => fixture.team.pull(repository, noMetadataService));
  const environment = { HOME: fixture.team.home, ...noMetadataService };
  const outcome = await fixture.refused(repository, 77, /needs credentials and none are given/, {
    ...allowed,
    environment,
  });
  assert.ok(outcome.log.some(({ keys }) => Array.isArray(keys) && keys.includes(lines[0]?.split(' ')[0])));
}

/** Today's DVC writes below `outside` for this configuration; our fetch has no use for its lines. */
async function writesNothing(fixture: AttackFixture, text: (outside: string) => string): Promise<void> {
  const outside = join(fixture.folder, 'outside');
  mkdirSync(outside);
  const repository = await fixture.repository({ ...datasetOf(fixture.remote, 'a'), '.dvc/config': text(outside) });
  await fixture.worksToday(
    () => fixture.team.pull(repository),
    () => readdirSync(outside).length > 0,
  );
  const before = readdirSync(outside, { recursive: true });
  await fixture.fetched(repository);
  assert.deepEqual(readdirSync(outside, { recursive: true }), before);
}

export const configAttacks: Attack[] = [
  attack('a configpath whose credential_process is a command runs nothing', async (fixture) => {
    const evil = join(fixture.folder, 'aws-config');
    writeFileSync(evil, `[default]\n${command(fixture)}`);
    await runsNothing(fixture, `configpath = ${evil}`);
  }),
  attack('a credentialpath whose credential_process is a command runs nothing', async (fixture) => {
    const evil = join(fixture.folder, 'aws-credentials');
    writeFileSync(evil, `[default]\n${command(fixture)}`);
    await runsNothing(fixture, `credentialpath = ${evil}`);
  }),
  attack("a profile does not choose other rights of the node's owner", async (fixture) => {
    mkdirSync(join(fixture.team.home, '.aws'));
    writeFileSync(join(fixture.team.home, '.aws', 'config'), `[profile admin]\n${command(fixture)}`);
    await runsNothing(fixture, 'profile = admin');
  }),
  attack('a cache.dir elsewhere gets no object', (fixture) =>
    writesNothing(fixture, (outside) => `${config(`url = ${fixture.remote}`)}[cache]\n    dir = ${outside}/cache\n`),
  ),
  attack('a cache of links to elsewhere makes no link in the published tree', async (fixture) => {
    const files = { ...datasetOf(fixture.remote, 'a') };
    files['.dvc/config'] += '[cache]\n    type = symlink\n    shared = group\n';
    const repository = await fixture.repository(files);
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () =>
        readdirSync(join(fixture.team.checkout, 'data'), { withFileTypes: true }).some((each) => each.isSymbolicLink()),
    );
    const { files: published } = await fixture.fetched(repository);
    assert.equal(published['data/a']?.toString(), 'harmless\n');
  }),
  attack('a .dvc/config that is a symlink is not followed to a file of the node', async (fixture) => {
    const elsewhere = join(fixture.folder, 'config-of-the-node');
    const { '.dvc/config': text, ...files } = datasetOf(fixture.remote, 'a');
    writeFileSync(elsewhere, text ?? '');
    const repository = await fixture.repository({ ...files, '.dvc/config': { symlink: elsewhere } });
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => existsSync(join(fixture.team.checkout, 'data', 'a')),
    );
    await fixture.refused(repository, 65, /\.dvc\/config of the commit is a symlink/);
    const passwd = await fixture.repository({ ...files, '.dvc/config': { symlink: '/etc/passwd' } });
    await fixture.refused(passwd, 65, /is a symlink/);
  }),
  attack('a .dvc that is a symlink, a submodule or a file is no project', async (fixture) => {
    const elsewhere = join(fixture.folder, 'project-of-the-node');
    mkdirSync(elsewhere);
    const { '.dvc/config': text = '', ...files } = datasetOf(fixture.remote, 'a');
    writeFileSync(join(elsewhere, 'config'), text);
    fixture.harmlessToday('DVC refuses a project that lies beyond the repository');
    for (const dvc of [{ symlink: elsewhere }, { submodule: '1'.repeat(40) }, text]) {
      await fixture.refused(await fixture.repository({ ...files, '.dvc': dvc }), 65, /names no default DVC remote/);
    }
  }),
  attack(
    'a url that quotes, interpolates or breaks lines adds nothing to the generated configuration',
    async (fixture) => {
      fixture.harmlessToday('the configuration that is generated is ours alone');
      const lines = (url: string) => config(`url = ${url}`, 'endpointurl = http://127.0.0.1:1');
      const broken = `s3://bucket/x\u0085configpath = ${fixture.canary}`; // a line break to Python, and to it alone
      const repository = await fixture.repository({ 'data.dvc': metadata(oid), '.dvc/config': lines(broken) });
      for (const url of [
        's3://bucket/x"',
        "s3://bucket/x' #",
        's3://bucket/%(configpath)s',
        `s3://bucket/$${'{HOME}'}`,
        `"""s3://bucket/x"\n['remote "x"']\n"""`,
        's3://bucket/x\r    configpath = /x',
        's3://bucket/x\u2028configpath = /x',
        's3://-oProxyCommand=x/y',
        's3://bucket@evil.example/x',
      ]) {
        const rules = { localFolders: true, endpoints: ['http://127.0.0.1:1'] };
        assert.throws(
          () => chooseRemote(parseDvcConfig(lines(url)), null, rules),
          failure('dataset', /can not be used|several lines/),
          url,
        );
      }
      await fixture.refused(repository, 65, /can not be used/, allowed);
    },
  ),
  attack('keys of DVC that stage, hook or share are of no effect', async (fixture) => {
    const files = { ...datasetOf(fixture.remote, 'a') };
    const more = `    autostage = true\n    hardlink_lock = true\n    site_cache_dir = ${fixture.canary}\n    hooks = touch ${fixture.canary}\n`;
    files['.dvc/config'] = files['.dvc/config']?.replace('[core]\n', `[core]\n${more}`) ?? '';
    files['.dvc/config'] +=
      `[db]\n    cache = ${fixture.canary}\n[state]\n    dir = ${fixture.canary}\n[hooks]\n    x = y\n`;
    fixture.harmlessToday('DVC refuses unknown sections, and the rest needs a second command');
    await fixture.fetched(await fixture.repository(files));
  }),
  attack('a section line of ten thousand spaces does not hold up the fetch', async (fixture) => {
    fixture.harmlessToday('the reader in question is ours');
    const text = `[${' '.repeat(10_000)}x`;
    const repository = await fixture.repository({ 'data.dvc': metadata(oid), '.dvc/config': text });
    await fixture.refused(repository, 65, /line 1/, { prefix: ['timeout', '--signal=KILL', '60'] });
  }),
  attack('a remote whose name or endpoint is half a megabyte long is told of in few words', async (fixture) => {
    fixture.harmlessToday('DVC prints it, and no collector of logs is asked');
    const long = 'a'.repeat(500_000);
    for (const text of [
      `[core]\nremote = ${long}\n`,
      config('url = s3://bucket/x', `endpointurl = http://${long}/`),
      config(`url = ${long}://bucket/x`),
    ]) {
      const repository = await fixture.repository({ 'data.dvc': metadata(oid), '.dvc/config': text });
      const prefix = ['timeout', '--signal=KILL', '60'];
      const outcome = await fixture.run(repository, { prefix });
      assert.ok(outcome.exitCode === 64 || outcome.exitCode === 65, `exit ${outcome.exitCode}`);
    }
  }),
  attack('a configuration of two megabytes is not read', async (fixture) => {
    fixture.harmlessToday('DVC reads it whole, and has the memory');
    const files = { 'data.dvc': metadata(oid), '.dvc/config': '# \n'.repeat(700_000) };
    await fixture.refused(await fixture.repository(files), 65, /has 2100000 bytes/);
  }),
];
