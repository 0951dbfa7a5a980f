/** Which proxy a remote is reached through: the one that DVC would take from the same variables, as git and curl do. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { Agent, createServer, get } from 'node:http';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { noProxyEnvironment, proxyEnvironment, proxyFor, proxyOfGit } from '../../../../src/fetch/remote/proxy.ts';
import { listenOnLoopback } from '../../../support/servers/loopback.ts';

const https = 'https://images.s3.eu-central-1.amazonaws.com';
const http = 'http://minio.example.com:9000';
const six = 'http://[fd00::1]:9000';

const found: [title: string, origin: string, environment: Record<string, string>, proxy: string | null][] = [
  ['none', https, {}, null],
  ['HTTPS_PROXY', https, { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128'],
  ['a proxy that is asked over TLS', https, { HTTPS_PROXY: 'https://proxy:3129' }, 'https://proxy:3129'],
  ['one without a scheme', https, { HTTPS_PROXY: 'proxy.example.com:3128' }, 'http://proxy.example.com:3128'],
  ['one without a scheme, with slashes', https, { HTTPS_PROXY: '//proxy:3128' }, 'http://proxy:3128'],
  ['one without a scheme, with a login', https, { HTTPS_PROXY: 'me:pass@proxy:3128' }, 'http://me:pass@proxy:3128'],
  ['an address', https, { https_proxy: '10.0.0.1:3128' }, 'http://10.0.0.1:3128'],
  ['https by a proxy for http', https, { HTTP_PROXY: 'http://proxy:3128' }, null],
  ['http by a proxy for https', http, { HTTPS_PROXY: 'http://proxy:3128' }, null],
  ['http', http, { HTTP_PROXY: 'proxy:3128' }, 'http://proxy:3128'],
  ['lower case first', https, { https_proxy: 'a:1', HTTPS_PROXY: 'b:1' }, 'http://a:1'],
  ['lower case with nothing in it', https, { https_proxy: '', HTTPS_PROXY: 'b:1' }, null],
  ['a domain that is spared', https, { HTTPS_PROXY: 'a:1', NO_PROXY: 'x, amazonaws.com' }, null],
  ['a domain with a dot', https, { HTTPS_PROXY: 'a:1', no_proxy: '.amazonaws.com' }, null],
  ['a domain with a star', https, { HTTPS_PROXY: 'a:1', no_proxy: '*.AMAZONAWS.com' }, null],
  ['the end of a name is no domain', https, { HTTPS_PROXY: 'a:1', NO_PROXY: 'naws.com' }, 'http://a:1'],
  ['a domain of which it is the host itself', http, { HTTP_PROXY: 'a:1', NO_PROXY: '.minio.example.com' }, null],
  ['a list with white space for commas', http, { HTTP_PROXY: 'a:1', NO_PROXY: 'x minio.example.com' }, null],
  ['every proxy and none of this scheme', https, { ALL_PROXY: 'http://proxy:3128', all_proxy: 'a:1' }, null],
  ['what is spared in lower case first', http, { HTTP_PROXY: 'a:1', no_proxy: 'x', NO_PROXY: '*' }, 'http://a:1'],
  ['a host without its port', 'https://a.example:8443', { HTTPS_PROXY: 'a:1', NO_PROXY: 'a.example' }, null],
  [
    'a port that goes without saying',
    'https://a.example',
    { HTTPS_PROXY: 'a:1', NO_PROXY: 'a.example:80' },
    'http://a:1',
  ],
  ['an address', 'http://10.1.2.3:9000', { HTTP_PROXY: 'a:1', NO_PROXY: '10.1.2.3' }, null],
  ['an IPv6 address', six, { HTTP_PROXY: 'a:1', NO_PROXY: 'fd00::1' }, null],
  ['an IPv6 address in brackets', six, { HTTP_PROXY: 'a:1', NO_PROXY: '[FD00::1]' }, null],
  ['an IPv6 address with its port', six, { HTTP_PROXY: 'a:1', NO_PROXY: '[fd00::1]:9000' }, null],
  ['another IPv6 address', six, { HTTP_PROXY: 'a:1', NO_PROXY: 'fd00::11' }, 'http://a:1'],
  ['all spared', https, { HTTPS_PROXY: 'a:1', NO_PROXY: '*' }, null],
  ['a host that is spared', http, { HTTP_PROXY: 'a:1', NO_PROXY: 'minio.example.com' }, null],
  ['its port too', http, { HTTP_PROXY: 'a:1', NO_PROXY: 'minio.example.com:9000' }, null],
  ['another port', http, { HTTP_PROXY: 'a:1', NO_PROXY: 'minio.example.com:9001' }, 'http://a:1'],
];

for (const [title, origin, environment, proxy] of found) {
  test(`${title}: ${proxy ?? 'directly'}`, () => assert.equal(proxyFor(origin, environment), proxy));
}

const four = 'http://10.1.2.3:9000';
const spared: [list: string, origin: string, spared: boolean][] = [
  ['10.0.0.0/8', four, true],
  ['10.1.2.99/24', four, true],
  ['10.1.2.3/32', four, true],
  ['x,192.168.0.0/16 10.0.0.0/8', four, true],
  ['0.0.0.0/0', four, true],
  ['10.1.3.0/24', four, false],
  ['10.0.0.0/33', four, false],
  ['10.0/8', four, false],
  ['10.0.0.0/', four, false],
  ['10.0.0.0/8:9000', four, false],
  ['::/0', four, false],
  ['10.0.0.0/8', 'https://10.0.0.0.example.com', false],
  ['10.0.0.0/8', 'http://[::ffff:10.1.2.3]', true],
  ['fd00::/8', six, true],
  ['FD00:0::/64', six, true],
  ['fd00:1::/32', six, false],
  ['fd00::/129', six, false],
  ['10.1.2.3:9000', four, true],
  ['10.1.2.3:9001', four, false],
  ['2.3', four, false],
  ['fd00:0:0::1', six, true],
  ['[fd00:0:0::1]:9000', six, true],
  ['[fd00::1]:9001', six, false],
  ['a.example:443', 'https://a.example', true],
  ['a.example:443', 'https://b.a.example', true],
  ['a.example:443', 'http://a.example', false],
  ['a.example.', 'https://a.example', true],
  ['a.example', 'https://a.example.', true],
  ['.', 'https://a.example', false],
  ['*.', 'https://a.example', false],
  ['x.*', 'https://x.example', false],
];

for (const [list, origin, direct] of spared) {
  test(`NO_PROXY=${list} ${direct ? 'spares' : 'does not spare'} ${origin}, for git and for every other request`, async () => {
    const environment = { HTTP_PROXY: 'http://proxy:1', HTTPS_PROXY: 'http://proxy:1', NO_PROXY: list };
    const proxy = direct ? null : 'http://proxy:1';
    assert.equal(proxyFor(origin, environment), proxy);
    assert.equal(proxyOfGit(origin, environment), proxy);
    // A listed server: DVC's clients go by this function of Python's, with the port or without.
    const { no_proxy = '' } = noProxyEnvironment(environment, [origin]);
    assert.deepEqual(await bypassedByPython(origin, no_proxy), [direct, direct], no_proxy);
  });
}

test('what is spared is written out for other programs, and no server beside it', () => {
  const given = (no_proxy: string, listed: string[]) => noProxyEnvironment({ no_proxy }, listed).no_proxy?.split(',');
  assert.deepEqual(given('10.0.0.0/8', ['http://10.1.2.3:9000', 'http://11.1.2.3', '10.9.9.9']), [
    '10.1.2.3',
    '10.9.9.9',
  ]);
  assert.deepEqual(given('*.x.org  Y.org:81', []), ['x.org', '.x.org', 'y.org:81', '.y.org:81']);
  assert.deepEqual(given('10.1.2.3:81', ['http://10.1.2.3:81', 'http://10.1.2.3:82']), ['10.1.2.3:81']);
  assert.deepEqual(given('a, *', ['http://10.1.2.3:81']), ['*']);
  assert.deepEqual(given('169.254.0.0/16', []), ['169.254.169.254', '169.254.170.2', '169.254.170.23']);
  assert.deepEqual(noProxyEnvironment({ NO_PROXY: '' }, ['http://10.1.2.3']), {});
});

for (const value of [
  'socks5://proxy:1080',
  'socks5h://me:secret@proxy:1080',
  'http://',
  'http://pro xy',
  'ftp://proxy',
]) {
  test(`${value} is refused by the variable’s name, and not where it would not be used`, () => {
    assert.throws(
      () => proxyFor(https, { HTTPS_PROXY: value, https_proxy: value }),
      (error) => {
        assert.ok(error instanceof FetchFailure);
        assert.equal(error.exit, 'configuration');
        assert.match(error.message, /^HTTPS_PROXY names no HTTP proxy.*write it as http:\/\/host:port/);
        assert.ok(!error.message.includes('secret'));
        return true;
      },
    );
    assert.equal(proxyFor(https, { HTTPS_PROXY: value, NO_PROXY: 'amazonaws.com' }), null);
    assert.equal(proxyFor(http, { HTTPS_PROXY: value }), null);
  });
}

const python = `
import sys, urllib.parse, urllib.request
url = urllib.parse.urlsplit(sys.argv[1])
print([urllib.request.proxy_bypass(url.netloc), urllib.request.proxy_bypass(url.hostname)])
`;

/** Whether boto and aiohttp, in this order, would ask it directly: the one looks at the port too. */
async function bypassedByPython(origin: string, no_proxy: string): Promise<boolean[]> {
  const env = { PATH: process.env.PATH, http_proxy: 'http://proxy:1', no_proxy };
  const { stdout } = await promisify(execFile)('python3', ['-c', python, new URL(origin).origin], { env });
  return JSON.parse(stdout.toLowerCase());
}

/** Whether Node's client goes through the proxy, which is told as `PROXY`, for a host that nobody has. */
async function isProxied(environment: Record<string, string>): Promise<boolean> {
  const proxy = createServer((_, response) => response.end('by the proxy'));
  const port = await listenOnLoopback(proxy);
  const here = `127.0.0.1:${port}`;
  const given = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('PROXY', here)]),
  );
  const agent = new Agent({ proxyEnv: proxyEnvironment(given, ['http://10.1.2.3']) });
  try {
    return await new Promise((resolve) => {
      get('http://sts.example.invalid/', { agent }, (response) => {
        response.resume();
        resolve(true);
      }).on('error', () => resolve(false));
    });
  } finally {
    agent.destroy();
    proxy.close();
  }
}

test('credentials are asked for by the same rules, of which Node has others', async () => {
  assert.equal(await isProxied({ HTTP_PROXY: 'http://PROXY' }), true);
  assert.equal(await isProxied({ HTTP_PROXY: 'PROXY' }), true);
  assert.equal(await isProxied({ HTTPS_PROXY: 'PROXY' }), false);
  assert.equal(await isProxied({ HTTP_PROXY: 'socks5://PROXY' }), false);
  for (const spared of ['example.invalid', '.example.invalid', '*.example.invalid', 'sts.example.invalid', '*', 'a,*'])
    assert.equal(await isProxied({ HTTP_PROXY: 'PROXY', NO_PROXY: spared }), false, spared);
  assert.equal(await isProxied({ HTTP_PROXY: 'PROXY', NO_PROXY: 'example.com' }), true);
});
