/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, for git and for the remote: the hosts of these tests are known to the proxy alone. */
import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { withRemote } from '../../support/dataset/remote-config.ts';
import { makePlace } from '../../support/fetch/fetcher.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';
import { startS3Front } from '../../support/s3/s3-front.ts';
import { type Certificate, makeCertificate } from '../../support/servers/certificate.ts';
import { startFileServer } from '../../support/servers/file-server.ts';
import { startForwardProxy } from '../../support/servers/forward-proxy.ts';
import { type GitServer, startGitServer } from '../../support/servers/git-server.ts';

const [gitHost, s3Host, webHost] = ['git.example.test', 's3.example.test', 'web.example.test'];
let certificate: Certificate;
let s3: S3;
let dataset: Dataset;
let git: GitServer;
before(async () => {
  certificate = await makeCertificate('localhost', gitHost, s3Host, webHost);
  s3 = await startS3();
  dataset = await makeDataset({
    files: { 'a.txt': 'a' },
    splits: { train: ['a.txt'] },
    remote: { kind: 's3', s3, bucket: 'datasets' },
  });
  git = await startGitServer(dirname(fileURLToPath(dataset.url)), { tls: certificate.tls });
});
after(async () => {
  await git?.[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
  await s3?.[Symbol.asyncDispose]();
  certificate?.[Symbol.dispose]();
});

/** The reference at another host, of a commit whose remote has this endpoint. */
async function referenceAt(origin: string, endpointurl: string, settings = {}): Promise<string> {
  await withRemote(dataset, { url: 's3://datasets', endpointurl, ...settings });
  return `${origin}/${basename(dataset.url)}@${dataset.sha}:train`;
}

// Our own transfer, and DVC's, to which a remote with this key is left.
for (const [title, settings] of [
  ['', {}],
  [', by DVC alone', { use_ssl: 'false' }],
] as const) {
  test(`git and S3 go through HTTPS_PROXY, with a private authority, and its password is not printed${title}`, async () => {
    await using front = await startS3Front(s3.endpoint, { tls: certificate.tls });
    const hosts = { [gitHost]: git.port, [s3Host]: front.port };
    await using proxy = await startForwardProxy(hosts, { login: 'pod:proxy-password' });
    const reference = await referenceAt(`https://${gitHost}`, `https://${s3Host}`, settings);
    await using place = await makePlace();
    const { exitCode, output } = await place.fetch(reference, {
      flags: [...certificate.flags, '--allow-endpoint', `https://${s3Host}`],
      environment: { ...dataset.credentials, HTTPS_PROXY: proxy.url },
    });
    assert.equal(exitCode, 0, output);
    assert.ok(proxy.asked.includes(`CONNECT ${gitHost}:443`), proxy.asked.join('\n'));
    assert.ok(proxy.asked.includes(`CONNECT ${s3Host}:443`), proxy.asked.join('\n'));
    assert.ok(!output.includes('proxy-password'));
  });
}

test('a host of NO_PROXY is asked directly, by git and for the objects', async () => {
  await using front = await startS3Front(s3.endpoint, { tls: certificate.tls });
  await using proxy = await startForwardProxy({});
  const reference = await referenceAt(git.url, front.endpoint);
  await using place = await makePlace();
  const options = { flags: [...certificate.flags, '--allow-endpoint', front.endpoint] };
  const proxied = { ...dataset.credentials, HTTPS_PROXY: proxy.url };
  const through = await place.fetch(reference, { ...options, environment: proxied });
  assert.equal(through.exitCode, 69, through.output); // the proxy knows no localhost
  assert.match(through.terminationMessage, /git server .* can't be reached: check its address, the proxy/);
  const asked = proxy.asked.length;
  assert.ok(asked > 0);
  const direct = await place.fetch(reference, {
    ...options,
    environment: { ...proxied, NO_PROXY: 'localhost,.local' },
  });
  assert.equal(direct.exitCode, 0, direct.output);
  assert.equal(proxy.asked.length, asked);
});

for (const [title, settings] of [
  ['for the objects', {}],
  ['for DVC', { use_ssl: 'false' }],
] as const) {
  test(`what lies in a range of NO_PROXY is asked directly, by git and ${title}`, async () => {
    await using plain = await startGitServer(dirname(fileURLToPath(dataset.url)));
    await using proxy = await startForwardProxy({});
    const [ofGit, ofS3] = [plain.port, new URL(s3.endpoint).port].map((port) => `http://127.0.0.1:${port}`);
    const reference = await referenceAt(`${ofGit}`, `${ofS3}`, settings);
    const flags = ['--allow-scheme', 'http', '--allow-endpoint', `${ofGit},${ofS3}`];
    for (const [NO_PROXY, expected] of [
      ['10.0.0.0/8,127.0.0.0/8', 0],
      ['127.0.0.6/29', 0],
      ['128.0.0.0/8', 69],
    ] as const) {
      await using place = await makePlace();
      const environment = { ...dataset.credentials, HTTP_PROXY: proxy.url, NO_PROXY };
      const { exitCode, output } = await place.fetch(reference, { flags, environment });
      assert.equal(exitCode, expected, output);
      assert.equal(proxy.asked.length > 0, expected !== 0, proxy.asked.join('\n'));
    }
  });
}

test('a proxy that does not know the host of the remote ends with 69 and names the remote, not git', async () => {
  await using proxy = await startForwardProxy({ [gitHost]: git.port });
  const reference = await referenceAt(`https://${gitHost}`, `https://${s3Host}`);
  await using place = await makePlace();
  const { exitCode, output, terminationMessage } = await place.fetch(reference, {
    flags: [...certificate.flags, '--allow-endpoint', `https://${s3Host}`],
    environment: { ...dataset.credentials, HTTPS_PROXY: proxy.url },
  });
  assert.equal(exitCode, 69, output);
  assert.match(terminationMessage, /DVC remote .* can't be reached: check its address, the proxy/, output);
});

test('HTTP_PROXY in capitals counts for git, S3 and a web server alike', async () => {
  await using plain = await startGitServer(dirname(fileURLToPath(dataset.url)));
  await using web = await startFileServer(s3.directory('datasets'));
  const hosts = { [gitHost]: plain.port, [s3Host]: Number(new URL(s3.endpoint).port), [webHost]: web.port };
  await using proxy = await startForwardProxy(hosts);
  const environment = { ...dataset.credentials, HTTP_PROXY: proxy.url };
  const ofS3 = await referenceAt(`http://${gitHost}`, `http://${s3Host}`);
  await withRemote(dataset, { url: `http://${webHost}` });
  const ofWeb = ofS3.replace(/@[0-9a-f]+:/, `@${dataset.sha}:`);
  for (const [reference, host] of [
    [ofS3, s3Host],
    [ofWeb, webHost],
  ] as const) {
    await using place = await makePlace();
    const flags = ['--allow-scheme', 'file,http', '--allow-endpoint', `http://${host}`];
    const { exitCode, output } = await place.fetch(reference, { flags, environment });
    assert.equal(exitCode, 0, output);
    for (const name of [gitHost, host]) {
      assert.ok(
        proxy.asked.some((line) => line.includes(`http://${name}/`) || line.startsWith(`CONNECT ${name}:`)),
        proxy.asked.join('\n'),
      );
    }
  }
});

// botocore can't begin with a bundle that is named and empty.
const noBundles = {
  AWS_CA_BUNDLE: '',
  REQUESTS_CA_BUNDLE: '',
  SSL_CERT_FILE: '',
  SSL_CERT_DIR: '',
  GIT_SSL_CAINFO: '',
};
for (const [title, settings, variables] of [
  ['', { ssl_verify: 'false' }, {}],
  [', whatever variables are empty', {}, noBundles],
  [', whatever variables are empty, by DVC alone', { use_ssl: 'false' }, noBundles],
] as const) {
  test(`a private authority is needed for the remote too: without it 69, which names the remote${title}`, async () => {
    await using front = await startS3Front(s3.endpoint, { tls: certificate.tls });
    await withRemote(dataset, { url: 's3://datasets', endpointurl: front.endpoint, ...settings });
    await using place = await makePlace();
    const { exitCode, output, terminationMessage } = await place.fetch(`${dataset.url}@${dataset.sha}:train`, {
      flags: ['--allow-endpoint', front.endpoint],
      environment: { ...dataset.credentials, ...variables },
    });
    assert.equal(exitCode, 69, output);
    assert.match(terminationMessage, /TLS certificate of the DVC remote .*--ca-bundle/);
  });
}
