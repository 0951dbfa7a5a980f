/** Which addresses of a server may be connected to, and that Node's own clients ask. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { request } from 'undici';
import { addressRules } from '../../../../src/fetch/dvc/guard-addresses.ts';
import { allowedAddresses, mayConnect, RefusedAddress } from '../../../../src/fetch/remote/addresses.ts';
import { endpointOf } from '../../../../src/fetch/s3/regional-endpoint.ts';
import { serveOnLoopback } from '../../../support/servers/loopback.ts';

const guarded = [
  '127.0.0.1',
  '127.8.9.1',
  '0.0.0.0',
  '169.254.1.2',
  '169.254.169.254',
  '::1',
  '::',
  'fe80::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '2002:7f00:1::',
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
  'fd00:42::42',
  '::ffff:100.100.100.200',
  '64:ff9b::6464:64c8',
  '64:ff9b:1::a9fe:a9fe',
  '64:ff9b:1:fffe::a9fe:a9fe',
  '64:ff9b:1:a9fe:a9:fe00::',
  '64:ff9b:1:a9:fe:a9fe::',
  '64:ff9b:1:0:a9:fea9:fe00:0',
  '64:ff9b:1::7f00:1',
  '64:ff9b:1::a83f:8110',
  '::ffff:0:7f00:1',
];

describe('an address', () => {
  for (const address of guarded) {
    test(`that is loopback, link-local or of a metadata service is reached by no name: ${address}`, () => {
      assert.equal(mayConnect({ host: 'data.example.com' }, address, ['other.example.com']), false);
      assert.equal(mayConnect({ host: address }, address, []), false);
    });
    test(`is reached where it is listed itself: ${address}`, () => {
      const entry = address.includes(':') ? `http://[${address}]:9000` : `http://${address}:9000`;
      assert.equal(mayConnect({ host: address, port: 9000 }, address, [entry]), true);
      assert.equal(mayConnect({ host: address, port: 9001 }, address, [entry]), false);
    });
  }

  test('of anything else is reached by whatever leads there', () => {
    const neighbours = ['100.100.100.201', '168.63.129.17', 'fd20:ce::253', '64:ff9b:2::7f00:1', '64:ff9b:0:1::7f00:1'];
    const translated = ['64:ff9b::102:304', '64:ff9b:1::102:304', '64:ff9b:1:808:8:800::', '64:ff9b:1:8:8:808::'];
    for (const address of ['10.0.0.1', '192.0.2.1', '2001:db8::1', 'fd00::1', ...neighbours, ...translated]) {
      assert.equal(mayConnect({ host: 'data.example.com' }, address, []), true, address);
    }
  });

  test('with the name of an interface is the same', () => {
    assert.equal(mayConnect({ host: 'data.example.com' }, 'fe80::1%eth0', []), false);
    assert.equal(mayConnect({ host: 'data.example.com' }, 'fd00::1%eth0', []), true);
  });

  test('of a listed name may be loopback, and never a service of credentials', () => {
    const listed = ['data.example.com'];
    assert.equal(mayConnect({ host: 'DATA.example.com' }, '127.0.0.1', listed), true);
    for (const address of [
      '169.254.169.254',
      '169.254.170.23',
      '::ffff:169.254.170.2',
      'fd00:ec2::23',
      '100.100.100.200',
      '64:ff9b:1::a9fe:a9fe',
    ]) {
      assert.equal(mayConnect({ host: 'data.example.com' }, address, listed), false, address);
    }
  });
});

test('a name that really resolves to loopback is refused with what to do, and given where it is listed', async () => {
  await assert.rejects(
    allowedAddresses({ host: 'localhost', port: 9000 }, ['https://localhost:9001']),
    (error) =>
      error instanceof RefusedAddress &&
      /^leads to localhost \(.*\), .*add this very server to remotes/.test(error.message),
  );
  assert.ok((await allowedAddresses({ host: 'localhost', port: 9000 }, ['https://localhost:9000'])).all);
  for (const number of ['2130706433', '0x7f000001', '0177.0.0.1', '127.1']) {
    await assert.rejects(allowedAddresses({ host: number }, []), RefusedAddress, number);
  }
});

test("S3's own client makes no connection to a name that leads to loopback, unless it is listed", async () => {
  let asked = 0;
  await using server = await serveOnLoopback((_, response) => {
    asked += 1;
    response.end();
  });
  const origin = `http://localhost:${server.port}`;
  const options = { connections: 1, environment: {}, ca: undefined, connectSeconds: 5, readSeconds: 5 };
  const credentials = () => Promise.reject(new Error('nobody asks for them'));
  const reach = async (listed: string[]) => {
    const { dispatcher } = endpointOf({ origin, region: 'x', signed: false }, { ...options, credentials, listed });
    try {
      return (await request(origin, { dispatcher })).statusCode;
    } finally {
      await dispatcher.destroy();
    }
  };
  await assert.rejects(reach([]), RefusedAddress);
  assert.equal(asked, 0);
  assert.equal(await reach([origin]), 200);
});

test('DVC may ask what gives its own cloud credentials, the listed servers and the proxies, and no other', () => {
  const environment = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:8080/v1',
    https_proxy: '127.0.0.1:3128',
  };
  const rules = (type: 's3' | 'gs' | 'https') =>
    JSON.parse(addressRules({ type, endpoints: ['https://localhost:9000'] }, environment));
  const listed = [
    { host: 'localhost', port: 9000 },
    { host: '127.0.0.1', port: 3128 },
  ];
  assert.deepEqual(rules('https'), { listed, identities: [] });
  const names = (type: 's3' | 'gs') => rules(type).identities.map(({ host }: { host: string }) => host);
  assert.ok(names('s3').includes('169.254.170.23') && names('s3').includes('127.0.0.1'));
  assert.deepEqual(names('gs'), ['169.254.169.254', 'metadata.google.internal']);
});
