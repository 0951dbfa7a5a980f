/** Which proxy a remote is reached through: the one that DVC would take from the same variables, as git and curl do. */
import assert from 'node:assert/strict';
import { Agent, createServer, get } from 'node:http';
import { test } from 'node:test';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { proxyEnvironment, proxyFor } from '../../../../src/fetch/remote/proxy.ts';
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
  [
    'a range, which boto reads for none',
    'http://10.1.2.3',
    { HTTP_PROXY: 'a:1', NO_PROXY: '10.0.0.0/8' },
    'http://a:1',
  ],
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

/** Whether Node's client goes through the proxy, which is told as `PROXY`, for a host that nobody has. */
async function isProxied(environment: Record<string, string>): Promise<boolean> {
  const proxy = createServer((_, response) => response.end('by the proxy'));
  const port = await listenOnLoopback(proxy);
  const here = `127.0.0.1:${port}`;
  const given = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('PROXY', here)]),
  );
  const agent = new Agent({ proxyEnv: proxyEnvironment(given) });
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
