/** The table of the admin's list: what each form of an entry lets a repository name, and what it does not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isListed, serverOf, serverProblem } from '../../../../src/fetch/remote/allowed-servers.ts';
import type { RemoteTypeName } from '../../../../src/fetch/remote/types.ts';

/** What a remote says, as `type url-or-endpoint key=value…`. */
function problemOf(remote: string, entry: string): string | null {
  const [type, address = '', ...more] = remote.split(' ') as [RemoteTypeName, ...string[]];
  const where = type === 's3' || type === 'gs' ? { url: `${type}://bucket`, endpointurl: address } : { url: address };
  const settings = { ...where, ...Object.fromEntries(more.map((setting) => setting.split('='))) };
  return serverProblem(type, settings, entry === '' ? [] : [entry]);
}

/** For each entry, the remotes that it allows and those that it doesn't. */
const rows: [entry: string, allowed: string[], refused: string[]][] = [
  [
    '',
    ['s3 https://s3.eu-central-1.amazonaws.com', 'azure azure://container/x', 'local /data'],
    [
      's3 http://s3.eu-central-1.amazonaws.com', // in the clear
      's3 https://s3.eu-central-1.amazonaws.com:8443',
      's3 https://files.example.com',
      'gs https://s3.eu-central-1.amazonaws.com', // no host of Google's
      'gs https://storage.googleapis.com',
      'https https://s3.eu-central-1.amazonaws.com/x', // a web server of Amazon's customers', as far as we know
      'ssh ssh://files.example.com/x',
      'https https://files.example.com/x',
      'http http://files.example.com/x',
      'webdavs webdavs://files.example.com/x',
      'webdav webdav://files.example.com/x',
      'webhdfs webhdfs://files.example.com/x',
    ],
  ],
  [
    'files.example.com', // encrypted, on every port
    [
      's3 https://files.example.com',
      's3 https://files.example.com:9000/base/path',
      's3 https://FILES.Example.COM',
      'gs https://files.example.com:4443',
      'https https://files.example.com/x',
      'https https://files.example.com:8443/x',
      'webdavs webdavs://files.example.com/x',
      'webhdfs webhdfs://files.example.com:9871/x use_https=true',
      'ssh ssh://files.example.com/x',
      'ssh ssh://robot@files.example.com:2222/x',
      'ssh ssh://files.example.com/x port=2222',
    ],
    [
      's3 http://files.example.com',
      's3 http://files.example.com:9000',
      's3 http://files.example.com:443',
      'gs http://files.example.com',
      'http http://files.example.com/x',
      'http http://files.example.com:443/x',
      'webdav webdav://files.example.com/x',
      'webhdfs webhdfs://files.example.com/x',
      'webhdfs webhdfs://files.example.com/x use_https=false',
      's3 https://files.example.com.evil.example',
      's3 https://bucket.files.example.com', // and no host below it
      's3 https://example.com',
      's3 https://files.example.com.', // the same to DNS, and another to a certificate
      'https https://evil-files.example.com/x',
    ],
  ],
  [
    'Files.Example.com:9000', // encrypted, on this port
    [
      's3 https://files.example.com:9000',
      'gs https://files.example.com:9000',
      'https https://files.example.com:9000/x',
      'webdavs webdavs://files.example.com:9000/x',
      'webhdfs webhdfs://files.example.com:9000/x use_https=true',
      'ssh ssh://files.example.com:9000/x',
      'ssh ssh://files.example.com/x port=9000',
    ],
    [
      's3 http://files.example.com:9000',
      'gs http://files.example.com:9000',
      'http http://files.example.com:9000/x',
      'webdav webdav://files.example.com:9000/x',
      'webhdfs webhdfs://files.example.com:9000/x',
      's3 https://files.example.com',
      's3 https://files.example.com:9001',
      'https https://files.example.com/x',
      'ssh ssh://files.example.com/x',
      'ssh ssh://files.example.com:9000/x port=22',
    ],
  ],
  [
    'files.example.com:443',
    ['s3 https://files.example.com', 's3 https://files.example.com:443', 'https https://files.example.com/x'],
    ['s3 http://files.example.com:443', 's3 https://files.example.com:8443', 'ssh ssh://files.example.com/x'],
  ],
  [
    'files.example.com:80', // a port makes nothing unencrypted
    ['s3 https://files.example.com:80'],
    ['s3 http://files.example.com', 'http http://files.example.com/x', 'webdav webdav://files.example.com:80/x'],
  ],
  [
    'files.example.com:22',
    ['ssh ssh://files.example.com/x', 'ssh ssh://files.example.com:22/x'],
    ['ssh ssh://files.example.com:2222/x', 'https https://files.example.com/x'],
  ],
  [
    'https://files.example.com',
    [
      's3 https://files.example.com/',
      's3 https://files.example.com:443',
      'gs https://files.example.com',
      'https https://files.example.com/x',
      'https https://FILES.example.com:443/x',
      'webdavs webdavs://files.example.com/x', // the same on the wire
      'webhdfs webhdfs://files.example.com:443/x use_https=true',
    ],
    [
      's3 http://files.example.com',
      's3 http://files.example.com:443',
      's3 https://files.example.com:8443',
      'http http://files.example.com/x',
      'webdav webdav://files.example.com/x',
      'webhdfs webhdfs://files.example.com/x use_https=true', // whose usual port is another
      'ssh ssh://files.example.com/x',
    ],
  ],
  [
    'HTTPS://Files.Example.com:8443/',
    ['s3 https://files.example.com:8443', 'https https://files.example.com:8443/x'],
    ['s3 https://files.example.com', 's3 http://files.example.com:8443', 'http http://files.example.com:8443/x'],
  ],
  [
    'http://files.example.com', // what is to go in the clear is listed as that
    [
      's3 http://files.example.com',
      's3 http://files.example.com:80/base',
      'gs http://files.example.com',
      'http http://files.example.com/x',
      'webdav webdav://files.example.com/x',
      'webhdfs webhdfs://files.example.com:80/x',
    ],
    [
      's3 https://files.example.com',
      's3 https://files.example.com:80',
      's3 http://files.example.com:9000',
      'https https://files.example.com/x',
      'webdavs webdavs://files.example.com/x',
      'webhdfs webhdfs://files.example.com/x',
      'ssh ssh://files.example.com/x',
    ],
  ],
  [
    'http://minio_1:9000',
    ['s3 http://minio_1:9000', 's3 http://MINIO_1:9000/base', 'http http://minio_1:9000/x'],
    ['s3 http://minio_1', 's3 https://minio_1:9000', 's3 http://minio:9000'],
  ],
  [
    'http://files.example.com:50070',
    ['webhdfs webhdfs://files.example.com/x', 'webhdfs webhdfs://robot@files.example.com:50070/x'],
    ['webhdfs webhdfs://files.example.com/x use_https=true', 'webhdfs webhdfs://files.example.com:9870/x'],
  ],
  [
    'ssh://files.example.com',
    ['ssh ssh://files.example.com/x', 'ssh ssh://robot@FILES.example.com:22/x'],
    [
      'ssh ssh://files.example.com/x port=6443',
      'ssh ssh://files.example.com:2222/x',
      's3 https://files.example.com',
      'https https://files.example.com:22/x',
    ],
  ],
  [
    'webdavs://files.example.com',
    ['webdavs webdavs://files.example.com/x', 'https https://files.example.com/x', 's3 https://files.example.com'],
    ['webdav webdav://files.example.com/x', 's3 http://files.example.com', 'webdavs webdavs://files.example.com:81/x'],
  ],
  [
    'webdav://files.example.com:8080',
    ['webdav webdav://files.example.com:8080/x', 'http http://files.example.com:8080/x'],
    ['webdavs webdavs://files.example.com:8080/x', 's3 https://files.example.com:8080'],
  ],
  [
    '[fd00:0:0::1]', // in any spelling
    [
      's3 https://[fd00::1]',
      's3 https://[FD00::0001]:9000',
      'https https://[fd00:0:0:0:0:0:0:1]/x',
      'ssh ssh://[fd00::1]/x',
    ],
    ['s3 http://[fd00::1]', 'http http://[fd00::1]/x', 's3 https://[fd00::2]', 'https https://[fd00::11]/x'],
  ],
  [
    '[fd00::1]:9000',
    ['s3 https://[fd00::1]:9000', 'https https://[fd00::1]:9000/x', 'ssh ssh://[fd00::1]/x port=9000'],
    ['s3 http://[fd00::1]:9000', 's3 https://[fd00::1]', 'webdav webdav://[fd00::1]:9000/x'],
  ],
  [
    'http://[fd00::1]:9000',
    ['s3 http://[fd00::1]:9000', 's3 http://[fd00:0::1]:9000', 'http http://[FD00::1]:9000/x'],
    ['s3 https://[fd00::1]:9000', 's3 http://[fd00::1]'],
  ],
  [
    '10.1.2.3',
    ['s3 https://10.1.2.3:9000', 'ssh ssh://10.1.2.3/x'],
    ['s3 http://10.1.2.3:9000', 's3 https://10.1.2.30', 's3 https://[::ffff:10.1.2.3]'],
  ],
];

for (const [entry, allowed, refused] of rows) {
  describe(entry === '' ? 'where nothing is listed' : `where ${entry} is listed`, () => {
    for (const remote of allowed) {
      test(`${remote} is allowed`, () => assert.equal(problemOf(remote, entry), null));
    }
    for (const remote of refused) {
      test(`${remote} is refused`, () =>
        assert.match(
          problemOf(remote, entry) ?? '',
          /^the (?:server|endpoint) \S+ is not allowed: ask an admin to add \S+ to remotes\.endpoints \(--allow-endpoint\)$/,
        ));
    }
  });
}

test('an endpoint that leads into the clear is refused with the origin to be listed', () => {
  assert.equal(
    problemOf('s3 http://minio.example.com:9000/base', 'minio.example.com:9000'),
    'the endpoint http://minio.example.com:9000/base is not allowed: ask an admin to add http://minio.example.com:9000 to remotes.endpoints (--allow-endpoint)',
  );
});

test('of several entries one is enough', () => {
  const listed = ['other.example.com', 'http://minio:9000', 'ssh://files.example.com'];
  assert.equal(serverProblem('s3', { url: 's3://bucket', endpointurl: 'http://minio:9000' }, listed), null);
  assert.equal(serverProblem('ssh', { url: 'ssh://files.example.com/x' }, listed), null);
});

test('what is no address of a server is none of the list, whatever that says', () => {
  for (const endpoint of ['minio:9000', 'ftp://minio', 'ssh://minio', 'webdavs://minio', '', 'https://a:99999']) {
    for (const type of ['s3', 'gs'])
      assert.match(problemOf(`${type} ${endpoint}`, 'minio') ?? '', /is no URL|is neither https nor http/, endpoint);
  }
});

test('an address that a server redirects to is compared by the same rule', () => {
  const listed = (address: string, entry: string) => {
    const server = serverOf(new URL(address));
    return server !== null && isListed(server, [entry]);
  };
  assert.ok(listed('https://mirror.example.com/x', 'mirror.example.com'));
  assert.ok(listed('https://[fd00:0::1]/x', '[fd00::1]'));
  assert.ok(!listed('http://mirror.example.com/x', 'mirror.example.com'));
  assert.ok(!listed('ftp://mirror.example.com/x', 'mirror.example.com'));
});
