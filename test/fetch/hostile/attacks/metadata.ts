/** Attacks by `data.dvc`: what its reader would run, follow, write beyond the folder or choke on. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDvcFile } from '../../../../src/fetch/dvc-format/dvc-file.ts';
import { failure } from '../../../support/fetch/failure.ts';
import { type Attack, attack } from '../../../support/hostile/attack.ts';
import { type AttackFixture, config, datasetOf, metadata } from '../../../support/hostile/attack-fixture.ts';
import { startTrap } from '../../../support/hostile/canaries.ts';

const oid = `${'0'.repeat(32)}.dir`;

/** The fetch refuses the first of these metadata with this sentence, and their reader the others too. */
async function refuses(fixture: AttackFixture, sentence: RegExp, first: string, ...others: string[]): Promise<void> {
  await ends(fixture, 65, sentence, first);
  for (const text of others) assert.throws(() => readDvcFile(text, 'data.dvc'), failure('dataset', sentence));
}

/** The fetch ends so with this metadata, and nothing is published. */
async function ends(fixture: AttackFixture, exitCode: number, sentence: RegExp, text: string): Promise<void> {
  const files = { 'data.dvc': text, '.dvc/config': config(`url = ${fixture.remote}`) };
  await fixture.refused(await fixture.repository(files), exitCode, sentence);
}

export const metadataAttacks: Attack[] = [
  attack('metadata that is a symlink is not followed to a file of the node', async (fixture) => {
    const elsewhere = join(fixture.folder, 'metadata-of-the-node');
    const { 'data.dvc': text = '', ...files } = datasetOf(fixture.remote, 'a');
    writeFileSync(elsewhere, text);
    const repository = await fixture.repository({ ...files, 'data.dvc': { symlink: elsewhere } });
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => existsSync(join(fixture.team.checkout, 'data', 'a')),
    );
    await fixture.refused(repository, 65, /data\.dvc of the commit is a symlink/);
    const secret = await fixture.repository({ ...files, 'data.dvc': { symlink: fixture.secretFile } });
    await fixture.refused(secret, 65, /data\.dvc of the commit is a symlink/);
  }),
  attack('metadata that is a submodule is refused by its kind, and a folder of that name is none', async (fixture) => {
    fixture.harmlessToday('DVC finds no such file');
    const { 'data.dvc': text = '', ...files } = datasetOf(fixture.remote, 'a');
    const submodule = await fixture.repository({ ...files, 'data.dvc': { submodule: '1'.repeat(40) } });
    await fixture.refused(submodule, 65, /data\.dvc of the commit is a submodule/);
    const folder = await fixture.repository({ ...files, 'data.dvc/data.dvc': text });
    await fixture.refused(folder, 66, /has nothing that DVC tracks at data; it tracks data\.dvc\/data:/);
  }),
  attack('a data folder that git tracks as a symlink leads nothing out of the tree', async (fixture) => {
    const outside = join(fixture.folder, 'outside');
    mkdirSync(outside);
    const files = datasetOf(fixture.remote, 'a');
    const repository = await fixture.repository({ ...files, data: { symlink: outside } });
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => existsSync(join(outside, 'a')),
    );
    const { files: published } = await fixture.fetched(repository);
    assert.equal(published['data/a']?.toString(), 'harmless\n');
    assert.deepEqual(readdirSync(outside), ['a']);
  }),
  attack('a path that leaves the folder, absolute or by wdir, is refused', async (fixture) => {
    fixture.harmlessToday('DVC 3 has no use for outputs beyond the repository');
    const { 'data.dvc': text = '' } = datasetOf(fixture.remote, 'a');
    const path = (to: string) => text.replace('path: data', `path: ${to}`);
    const nothing = /has nothing that DVC tracks at data/;
    for (const to of ['../../etc', fixture.canary, 'data/../../x']) await ends(fixture, 66, nothing, path(to));
    await ends(fixture, 66, nothing, `wdir: ../..\n${text}`);
    await ends(fixture, 66, nothing, `wdir: ${fixture.folder}\n${text}`);
  }),
  attack("an output's own remote leads no request to the node's neighbours", async (fixture) => {
    await using trap = await startTrap();
    const { 'data.dvc': text = '' } = datasetOf(fixture.remote, 'a');
    const evil = (url: string) => `${config(`url = ${fixture.remote}`)}['remote "evil"']\n    ${url}\n`;
    const files = { 'data.dvc': `${text}  remote: evil\n`, '.dvc/config': evil(`url = ${trap.url}/internal`) };
    const repository = await fixture.repository(files);
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => trap.requests.length > 0,
    );
    trap.requests.length = 0;
    assert.ok([64, 65].includes((await fixture.run(repository)).exitCode ?? 0));
    const s3 = evil(`url = s3://bucket/x\n    endpointurl = ${trap.url}`);
    await fixture.refused(await fixture.repository({ ...files, '.dvc/config': s3 }), 64, /is not allowed/);
    assert.deepEqual(trap.requests, []);
  }),
  attack('tags of YAML that name a function of Python call none', async (fixture) => {
    fixture.harmlessToday('DVC reads by the safe loader');
    const call = `!!python/object/apply:os.system ["touch ${fixture.canary}"]`;
    const { 'data.dvc': text = '' } = datasetOf(fixture.remote, 'a');
    await refuses(fixture, /YAML|no DVC metadata/, `outs: ${call}\n`, text.replace('path: data', `path: ${call}`));
    const files = { 'data.dvc': `${text}meta:\n  x: ${call}\n`, '.dvc/config': config(`url = ${fixture.remote}`) };
    const { exitCode } = await fixture.run(await fixture.repository(files));
    assert.ok(exitCode === 0 || exitCode === 65, `exit ${exitCode}`); // data that nobody looks at, or no metadata
  }),
  attack('a bomb of aliases, and nesting a hundred thousand deep, end as no YAML', async (fixture) => {
    fixture.harmlessToday('a clone of the team may well run out of memory, and so would this machine');
    const levels = Array.from({ length: 30 }, (_, i) => `l${i}: &l${i} [${Array(9).fill(i ? `*l${i - 1}` : 'x')}]`);
    const bomb = `${levels.join('\n')}\n${metadata(oid).replace('path: data', 'path: data\n  x: *l29')}`;
    await refuses(fixture, /YAML|no DVC metadata/, bomb);
    await refuses(fixture, /YAML|no DVC metadata/, `outs: ${'['.repeat(100_000)}`, `${'? '.repeat(100_000)}`);
    await refuses(fixture, /YAML|no DVC metadata/, `outs: ${'{a: '.repeat(100_000)}`);
  }),
  attack('metadata of fifty megabytes is not read', async (fixture) => {
    fixture.harmlessToday('DVC parses it for minutes, which proves no more than a busy processor');
    await refuses(fixture, /has 5\d{7} bytes, and at most/, metadata(oid) + '# filling\n'.repeat(5_000_000));
  }),
  attack('imports, several outputs and cloud-versioned files name no other source of data', async (fixture) => {
    await using trap = await startTrap();
    const { 'data.dvc': text = '' } = datasetOf(fixture.remote, 'a');
    const deps = `frozen: true\ndeps:\n- path: x\n  repo:\n    url: ${trap.url}/internal\n    rev_lock: '${'a'.repeat(40)}'\n`;
    const imported = `${deps}outs:\n- path: data\n  md5: ${oid}\n  hash: md5\n`;
    const files = { 'data.dvc': imported, '.dvc/config': config(`url = ${fixture.remote}`) };
    const repository = await fixture.repository(files);
    await fixture.worksToday(
      () => fixture.team.pull(repository),
      () => trap.requests.length > 0,
    );
    trap.requests.length = 0;
    await fixture.refused(repository, 65, /is imported from another repository/);
    await ends(fixture, 65, /cloud-versioned/, `${text}  files:\n  - relpath: ../x\n    version_id: y\n`);
    assert.deepEqual(trap.requests, []);
  }),
];
