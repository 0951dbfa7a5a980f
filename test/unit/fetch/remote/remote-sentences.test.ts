/** Which remote is chosen of all that name one, and the whole sentence that each mistake gets, as people read it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { remoteUrlForm } from '../../../../src/config/values.ts';
import { parseDvcConfig } from '../../../../src/fetch/dvc-format/dvc-config.ts';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { chooseRemote, type FallbackRemote, type RemoteRules } from '../../../../src/fetch/remote/choose-remote.ts';

interface Choices extends Partial<RemoteRules> {
  /** The output's own remote. */
  own?: string;
}

/** `remotes`: name → url; the first of `lines` may be the default. */
function choose(standard: string | null, remotes: Readonly<Record<string, string>>, choices: Choices = {}) {
  const { own = null, ...rules } = choices;
  const lines = Object.entries(remotes).map(([name, url]) => `['remote "${name}"']\nurl = ${url}`);
  const core = standard === null ? [] : ['[core]', `remote = ${standard}`];
  const config = parseDvcConfig([...core, ...lines, ''].join('\n'));
  return chooseRemote(config, own, { localFolders: false, endpoints: [], ...rules });
}

const admins: FallbackRemote = { url: 's3://admins/x', region: null, endpoint: null };
const three = { a: 's3://aaa', b: 's3://bbb', c: 's3://ccc' };

describe('the remote is', () => {
  const urlOf = (...args: Parameters<typeof choose>) => choose(...args).settings.url;

  test("the output's own, else the one that the pod names, else the default, whatever the admin gives", () => {
    assert.equal(urlOf('a', three, { own: 'b', requested: 'c', fallback: admins }), 's3://bbb');
    assert.equal(urlOf('a', three, { requested: 'C', fallback: admins }), 's3://ccc');
    assert.equal(urlOf('A', three, { requested: null, fallback: admins }), 's3://aaa');
    assert.equal(urlOf(null, three, { requested: 'c' }), 's3://ccc');
  });

  test("the admin's where the default is missing, a local folder, or of a type that can't be fetched from", () => {
    for (const [standard, remotes] of [
      [null, {}],
      [null, three],
      ['nas', {}],
      ['nas', { nas: '/mnt/nas' }],
      ['nas', { nas: '../cache' }],
      ['nas', { nas: 'remote://base/x', base: '/mnt/nas' }],
      ['drive', { drive: 'gdrive://root/x' }],
    ] as const) {
      const remote = choose(standard, remotes, { fallback: admins, localFolders: true });
      assert.equal(remote.settings.url, 's3://admins/x');
      assert.equal(remote.name, 'repositories.remotes');
    }
  });

  test("never the admin's in place of a server that is not listed, of a name of the pod's or an output's own", () => {
    for (const choices of [{ requested: 'nas' }, { own: 'nas' }]) {
      assert.throws(() => choose('a', { nas: '/mnt/nas' }, { ...choices, fallback: admins }), /is a local folder/);
    }
    assert.throws(() => choose('a', { a: 'https://host/x' }, { fallback: admins }), /is not allowed/);
  });

  test("the admin's with region and endpoint, whose server counts as listed and no other does", () => {
    const endpoint = 'https://minio.example.com:9000';
    const s3 = choose(
      null,
      {},
      {
        endpoints: ['files.example.com'],
        fallback: { url: 's3://bucket', region: 'eu-west-1', endpoint },
      },
    );
    assert.deepEqual(s3.settings, { url: 's3://bucket', region: 'eu-west-1', endpointurl: endpoint });
    assert.deepEqual(s3.endpoints, ['files.example.com', endpoint]);
    const ssh = choose(null, {}, { fallback: { ...admins, url: 'ssh://robot@files.example.com:2222/dvc' } });
    assert.deepEqual(ssh.endpoints, ['ssh://files.example.com:2222']);
    const hdfs = choose(null, {}, { fallback: { ...admins, url: 'webhdfs://name.example.com/dvc' } });
    assert.deepEqual(hdfs.endpoints, ['http://name.example.com:50070']);
  });

  test('taken from every url that the configuration lets an admin write', () => {
    for (const url of [
      's3://datasets/images/',
      'gs://datasets/x',
      'azure://container/x',
      'ssh://robot@files.example.com:2222/srv/dvc',
      'https://files.example.com/dvc/',
      'http://files.example.com:8080',
      'webdavs://files.example.com/dvc',
      'webdav://files.example.com/dvc',
      'webhdfs://name.example.com:9870/dvc',
      'https://[fd00::1]:8443/x',
    ]) {
      assert.match(url, remoteUrlForm);
      assert.equal(urlOf(null, {}, { fallback: { ...admins, url } }), url);
    }
  });

  test('an ssh server with an empty port, which is the ordinary one unless a key says another', () => {
    const endpoints = ['ssh://files.example.com'];
    for (const url of ['ssh://files.example.com:/srv/dvc', 'ssh://robot@files.example.com:/srv/dvc']) {
      assert.equal(urlOf('a', { a: url }, { endpoints }), url);
      assert.equal(urlOf('a', { a: `${url}\nport = 2222` }, { endpoints: ['ssh://files.example.com:2222'] }), url);
      assert.throws(() => choose('a', { a: `${url}\nport = 2222` }, { endpoints }), /ssh:\/\/files\.example\.com:2222/);
    }
  });

  test("one on another, of which the joined url's server has to be listed", () => {
    const remotes = { base: 'https://files.example.com/dvc', a: 'remote://base/images' };
    assert.equal(
      urlOf('a', remotes, { endpoints: ['https://files.example.com'] }),
      'https://files.example.com/dvc/images',
    );
    assert.throws(() => choose('a', remotes), /https:\/\/files\.example\.com is not allowed.*\(DVC remote "a"\)/);
  });
});

const commit = 'commit .dvc/config, and use that commit';
const push = 'run dvc remote add <name> s3://<bucket>/<path> and dvc push -r <name>';
const supported = 's3, ssh, https, http, gs, azure, webdavs, webdav, webhdfs are supported';
const bad = 'url of the DVC remote "a" has a value that can not be used';
const secret = 'the Secret that dvc.io/remote-secret names';
const token =
  'as its key token, which is sent as a header; a SAS token of Azure needs the url azure://<container> with account_name, and the key AZURE_STORAGE_SAS_TOKEN';

const sentences: Record<string, [choose: Parameters<typeof choose>, exit: string, sentence: string]> = {
  'no remote at all': [
    [null, {}],
    'dataset',
    `the commit names no default DVC remote: run dvc remote default <name>, ${commit}, or ask an admin for one by repositories.remotes`,
  ],
  'remotes, but no default': [
    [null, three],
    'dataset',
    `the commit names no default DVC remote, but has a, b, c: choose one by the annotation dvc.io/remote: a (--remote), or run dvc remote default <name>, ${commit}`,
  ],
  'a default that is not there': [
    ['x', three],
    'dataset',
    `the commit's .dvc/config has no remote "x" with a url: it may be in the untracked .dvc/config.local; add it and commit, or ask an admin for a remote by repositories.remotes; it has a, b, c, of which one is chosen by the annotation dvc.io/remote: a (--remote)`,
  ],
  'a name of the pod that is not there': [
    ['a', three, { requested: 'x' }],
    'dataset',
    `the commit's .dvc/config has no remote "x" with a url, which dvc.io/remote names: it may be in the untracked .dvc/config.local; add it and commit; it has a, b, c, of which one is chosen by the annotation dvc.io/remote: a (--remote)`,
  ],
  "an output's own that is not there": [
    ['a', three, { own: 'x', requested: 'b' }],
    'dataset',
    `the commit's .dvc/config has no remote "x" with a url, which the output names as its own: it may be in the untracked .dvc/config.local; add it and commit; it has a, b, c`,
  ],
  'a local folder': [
    ['nas', { nas: '/mnt/nas' }],
    'usage',
    `the DVC remote "nas" is a local folder, and only --allow-scheme file allows those: ${push}, ${commit} with the annotation dvc.io/remote: <name>, or ask an admin for a remote by repositories.remotes`,
  ],
  'a local folder beside other remotes': [
    ['nas', { nas: '/mnt/nas', b: 's3://bbb' }],
    'usage',
    `the DVC remote "nas" is a local folder, and only --allow-scheme file allows those: choose another of its remotes by the annotation dvc.io/remote: b (--remote) (it has b), or ${push}, ${commit} with dvc.io/remote: <name>, or ask an admin for a remote by repositories.remotes`,
  ],
  'Google Drive': [
    ['drive', { drive: 'gdrive://root/x' }],
    'dataset',
    `the DVC remote "drive" is of the type gdrive, which can not be fetched from, as Google Drive needs the login of a person: ${push}, ${commit} with the annotation dvc.io/remote: <name>, or ask an admin for a remote by repositories.remotes; ${supported}`,
  ],
  'another type, of the output itself': [
    ['a', { ...three, o: 'oss://bucket/x' }, { own: 'o' }],
    'dataset',
    `the DVC remote "o" is of the type oss, which can not be fetched from: ${push}, make it the output's remote, commit, and use that commit; ${supported}`,
  ],
  'another type, named by the pod': [
    ['a', { a: 's3://aaa', h: 'hdfs://name/x' }, { requested: 'h' }],
    'dataset',
    `the DVC remote "h" is of the type hdfs, which can not be fetched from: choose another of its remotes by the annotation dvc.io/remote: a (--remote) (it has a), or ${push}, ${commit} with dvc.io/remote: <name>; ${supported}`,
  ],
  'a SAS token in an https url': [
    ['a', { a: 'https://acc.blob.core.windows.net/c?sv=1&sig=hunter2' }],
    'dataset',
    `${bad}: no query does; a token belongs into ${secret}, ${token}`,
  ],
  'a SAS token in an azure url': [
    ['a', { a: 'azure://container/x?sig=hunter2' }],
    'dataset',
    `${bad}: no query does; a token belongs into ${secret}, as its key AZURE_STORAGE_SAS_TOKEN`,
  ],
  'a token in a WebDAV url': [
    ['a', { a: 'webdavs://host/x?token=hunter2' }],
    'dataset',
    `${bad}: no query does; a token belongs into ${secret}, as its key token`,
  ],
  'a password in an https url': [
    ['a', { a: 'https://robot:hunter2@host/x' }],
    'dataset',
    `${bad}: a user or password does not belong there, but into ${secret}, as its keys username and password, or token`,
  ],
  'a password with a slash in an ssh url': [
    ['a', { a: 'ssh://robot:hunter2/x@host/x' }],
    'dataset',
    `${bad}: a user or password does not belong there, but into ${secret}, as its key ssh-privatekey, or username and password, with known_hosts`,
  ],
  'an ssh url that has no password': [['a', { a: 'ssh://robot@ho st:22/a@b' }], 'dataset', bad],
  'a fragment': [
    ['a', { a: '"https://host/x#y"' }],
    'dataset',
    `${bad}: no fragment does, leave out all from the # on`,
  ],
  'a base that ends with a slash': [
    ['a', { base: 's3://bucket/', a: 'remote://base/x' }],
    'dataset',
    `${bad}: its path has an empty segment (//), as a remote:// makes of a base whose url ends with a slash; write one slash`,
  ],
  'a folder that is not absolute': [
    ['a', { a: '../nas' }, { localFolders: true }],
    'dataset',
    `${bad}: a folder must be written with its absolute path`,
  ],
  'an endpoint with a login': [
    ['a', { a: 's3://bucket\nendpointurl = https://robot:hunter2@minio' }],
    'usage',
    'the endpoint in endpointurl has a login or a query in it (DVC remote "a")',
  ],
};

describe('the sentence for', () => {
  for (const [what, [args, exit, sentence]] of Object.entries(sentences)) {
    test(what, () => {
      assert.throws(
        () => choose(...args),
        (error) => {
          assert.ok(error instanceof FetchFailure);
          assert.deepEqual([error.exit, error.message], [exit, sentence]);
          assert.ok(!error.message.includes('hunter2'));
          return true;
        },
      );
    });
  }
});
