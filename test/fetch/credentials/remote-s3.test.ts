/** Objects from a real S3 server with each kind of credentials a pod can have; the services that give cloud roles are doubles. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { withRemote } from '../../support/dataset/remote-config.ts';
import { makePlace, type Place, publishedFolder } from '../../support/fetch/fetcher.ts';
import { remoteSecret } from '../../support/fetch/secret.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';
import { type S3Front, startS3Front } from '../../support/s3/s3-front.ts';
import { startPodIdentityAgent, startSts } from '../../support/servers/cloud-identity.ts';

/** Our own transfer, and DVC's, to which a remote with this key is left. */
const ways = [
  ['', {}],
  [', by DVC alone', { use_ssl: 'false' }],
] as const;
const role = 'arn:aws:iam::123456789012:role/reader';
let s3: S3;
let dataset: Dataset;
let keys: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
before(async () => {
  s3 = await startS3();
  dataset = await makeDataset({
    files: { 'a.txt': 'a', 'b.txt': 'b' },
    splits: { train: ['a.txt', 'b.txt'] },
    remote: { kind: 's3', s3, bucket: 'datasets' },
  });
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = s3.environment;
  keys = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: 'a-token-of-the-session',
  };
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  await s3?.[Symbol.asyncDispose]();
});

/** Fetches by way of the front, with these credentials and no others: what `fromSecret` has by the Secret, the rest by environment. */
async function fetchBy(front: S3Front, place: Place, credentials: Record<string, string>, choices: FetchChoices = {}) {
  const { settings = {}, allowed = [] } = choices;
  const reference = await withRemote(dataset, { url: 's3://datasets', endpointurl: front.endpoint, ...settings });
  const isOfSecret = (name: string) => /_ID$|_KEY$|_SESSION_TOKEN$|ENDPOINT_URL$|URL_S3$/.test(name);
  const part = (wanted: boolean) =>
    Object.fromEntries(Object.entries(credentials).filter(([name]) => isOfSecret(name) === wanted));
  const environment = { AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true', ...part(false) };
  const flags = ['--allow-endpoint', [front.endpoint, ...allowed].join(','), ...remoteSecret(place, part(true))];
  const outcome = await place.fetch(reference, { environment, flags });
  for (const secret of [keys.secretAccessKey, keys.sessionToken, ...Object.values(credentials).filter(isSecret)]) {
    assert.ok(!(outcome.output + outcome.terminationMessage).includes(secret), 'a secret is printed');
  }
  return { ...outcome, published: existsSync(join(publishedFolder(place.volume) ?? '', 'data', 'a.txt')) };
}

interface FetchChoices {
  settings?: Record<string, string>;
  allowed?: string[];
}

function isSecret(value: string): boolean {
  return value.includes('secret') || value.includes('token-of');
}

/** A projected token, as the kubelet mounts it beside the place. */
function tokenFile(place: Place, token: string): string {
  const file = join(dirname(place.scratch), 'token');
  writeFileSync(file, token);
  return file;
}

function fromSecret(): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
}

function assertTokens(front: S3Front): void {
  assert.ok(front.headers.length > 0);
  for (const headers of front.headers) assert.equal(headers['x-amz-security-token'], keys.sessionToken);
}

test('an empty variable counts as none: it hides no key of the Secret', async () => {
  await using front = await startS3Front(s3.endpoint, { session: keys });
  const reference = await withRemote(dataset, { url: 's3://datasets', endpointurl: front.endpoint });
  await using place = await makePlace();
  const mounted = remoteSecret(place, {
    ...fromSecret(),
    AWS_SESSION_TOKEN: keys.sessionToken,
    AWS_REGION: 'us-east-1',
  });
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION', 'AWS_ENDPOINT_URL'];
  const environment = { ...Object.fromEntries(names.map((name) => [name, ''])), AWS_EC2_METADATA_DISABLED: 'true' };
  const flags = ['--allow-endpoint', front.endpoint, ...mounted];
  const { exitCode, output } = await place.fetch(reference, { environment, flags });
  assert.equal(exitCode, 0, output);
  assertTokens(front);
});

test('the keys of the Secret bring the objects; with a session token every request carries it', async () => {
  await using plain = await startS3Front(s3.endpoint);
  await using place = await makePlace();
  const { exitCode, output } = await fetchBy(plain, place, fromSecret());
  assert.equal(exitCode, 0, output);
  assert.ok(plain.headers.every((headers) => headers['x-amz-security-token'] === undefined));
  for (const [, settings] of ways) {
    await using front = await startS3Front(s3.endpoint, { session: keys });
    await using another = await makePlace();
    const session = await fetchBy(
      front,
      another,
      { ...fromSecret(), AWS_SESSION_TOKEN: keys.sessionToken },
      { settings },
    );
    assert.equal(session.exitCode, 0, session.output);
    assertTokens(front);
  }
});

test('a wrong secret key, a wrong key id or an expired token ends with 77 and names the Secret of the remote', async () => {
  await using front = await startS3Front(s3.endpoint);
  await using expired = await startS3Front(s3.endpoint, { refuse: { status: 400, code: 'ExpiredToken' } });
  const session = { ...fromSecret(), AWS_SESSION_TOKEN: keys.sessionToken };
  for (const [server, credentials] of [
    [front, { ...fromSecret(), AWS_SECRET_ACCESS_KEY: 'another-secret-key' }],
    [front, { ...fromSecret(), AWS_ACCESS_KEY_ID: 'nobody' }],
    [expired, session],
  ] as const) {
    await using place = await makePlace();
    const { exitCode, output, terminationMessage, published } = await fetchBy(server, place, credentials);
    assert.equal(exitCode, 77, output);
    assert.match(
      terminationMessage,
      /DVC remote .* refused the credentials.*dvc\.io\/remote-secret.*dvc-remote-credentials/,
    );
    assert.ok(!published);
  }
});

for (const [title, settings] of ways) {
  test(`a role of the ServiceAccount (IRSA) brings the objects, and the keys of a Secret are not needed${title}`, async () => {
    await using place = await makePlace();
    await using sts = await startSts(role, 'projected-token-of-the-pod', keys);
    await using front = await startS3Front(s3.endpoint, { session: keys });
    const { exitCode, output, published } = await fetchBy(
      front,
      place,
      {
        AWS_ROLE_ARN: role,
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile(place, 'projected-token-of-the-pod'),
        AWS_ENDPOINT_URL_STS: sts.url,
      },
      { settings, allowed: [sts.url] },
    );
    assert.equal(exitCode, 0, output);
    assert.ok(published);
    assert.ok(sts.asked.length > 0);
    assertTokens(front);
  });
}

test('a role that STS does not give ends with 77 and names both the Secret and the cloud role', async () => {
  await using place = await makePlace();
  await using sts = await startSts(role, 'another', keys);
  await using front = await startS3Front(s3.endpoint);
  const identity = {
    AWS_ROLE_ARN: role,
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile(place, 'projected-token-of-the-pod'),
    AWS_ENDPOINT_URL_STS: sts.url,
  };
  const { exitCode, output, terminationMessage } = await fetchBy(front, place, identity, { allowed: [sts.url] });
  assert.equal(exitCode, 77, output);
  assert.match(terminationMessage, /DVC remote .*dvc\.io\/remote-secret.* or the ServiceAccount's cloud role/);
});

for (const [title, settings] of ways) {
  test(`EKS Pod Identity brings the objects by the token that it mounts${title}`, async () => {
    await using place = await makePlace();
    await using agent = await startPodIdentityAgent('mounted-token-of-the-pod', keys);
    await using front = await startS3Front(s3.endpoint, { session: keys });
    const { exitCode, output, published } = await fetchBy(
      front,
      place,
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${agent.url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile(place, 'mounted-token-of-the-pod'),
      },
      { settings },
    );
    assert.equal(exitCode, 0, output);
    assert.ok(published);
    assert.ok(agent.asked.every((header) => header === 'mounted-token-of-the-pod'));
    assertTokens(front);
  });
}

test('an address in the Secret or the environment is asked where the admin listed it, and else ends with 64', async () => {
  await using front = await startS3Front(s3.endpoint);
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_STS']) {
    await using place = await makePlace();
    const listed = await fetchBy(front, place, { ...fromSecret(), [name]: front.endpoint });
    assert.equal(listed.exitCode, 0, listed.output);
    await using other = await startS3Front(s3.endpoint);
    await using another = await makePlace();
    const refused = await fetchBy(front, another, { ...fromSecret(), [name]: other.endpoint });
    assert.equal(refused.exitCode, 64, refused.output);
    const sentence = `the address in ${name} is not allowed: ask an admin to add ${other.endpoint} to remotes.endpoints (--allow-endpoint)`;
    assert.equal(refused.terminationMessage, sentence);
    assert.deepEqual(other.headers, []);
  }
});

test('files of whoever runs it are not read: no credentials are none', async () => {
  await using place = await makePlace();
  await using front = await startS3Front(s3.endpoint);
  const home = dirname(place.scratch);
  mkdirSync(join(home, '.aws'));
  const { accessKeyId, secretAccessKey } = keys;
  writeFileSync(
    join(home, '.aws', 'credentials'),
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  const { exitCode, output, terminationMessage } = await fetchBy(front, place, { HOME: home });
  assert.equal(exitCode, 77, output);
  assert.match(terminationMessage, /DVC remote .* needs credentials and none are given.*dvc\.io\/remote-secret/);
  assert.equal(front.headers.filter((headers) => headers.authorization !== undefined).length, 0);
});
