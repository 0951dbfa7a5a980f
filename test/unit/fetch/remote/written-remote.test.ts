/** Remotes that are built on another one, as DVC resolves them: the base's settings under the remote's own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDvcConfig } from '../../../../src/fetch/dvc-format/dvc-config.ts';
import { listedNames, remoteNames, writtenRemote } from '../../../../src/fetch/remote/written-remote.ts';
import { failure } from '../../../support/fetch/failure.ts';

/** A configuration of these remotes, each with its keys. */
function configOf(remotes: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const sections = Object.entries(remotes).map(([name, keys]) =>
    [`['remote "${name}"']`, ...Object.entries(keys).map(([key, value]) => `${key} = ${value}`)].join('\n'),
  );
  return parseDvcConfig(`${sections.join('\n')}\n`);
}

function resolved(remotes: Parameters<typeof configOf>[0], name: string) {
  const written = writtenRemote(configOf(remotes), name);
  return written && Object.fromEntries(written);
}

describe('a remote on another one', () => {
  test('has its settings under its own, and its url joined', () => {
    const server = { url: 'ssh://localhost', user: 'root', port: '2222' };
    const images = { url: 'remote://Server//tmp/pictures', user: 'alice', timeout: '5' };
    assert.deepEqual(resolved({ server, images }, 'images'), {
      url: 'ssh://localhost/tmp/pictures',
      user: 'alice',
      port: '2222',
      timeout: '5',
    });
  });

  test('may be built on one that is built on a third', () => {
    const remotes = {
      a: { url: 's3://bucket', region: 'eu-west-1' },
      b: { url: 'remote://a/x', endpointurl: 'https://minio' },
      c: { url: 'REMOTE://b/y' },
    };
    assert.deepEqual(resolved(remotes, 'c'), {
      url: 's3://bucket/x/y',
      region: 'eu-west-1',
      endpointurl: 'https://minio',
    });
  });

  test('without a path is the base and a slash, as in DVC', () => {
    assert.equal(resolved({ a: { url: 's3://bucket/x' }, b: { url: 'remote://a' } }, 'b')?.url, 's3://bucket/x/');
  });

  test('is refused where the base is missing, itself, too far away, or none', () => {
    const refuses = (remotes: Parameters<typeof configOf>[0], sentence: RegExp) =>
      assert.throws(() => resolved(remotes, 'x'), failure('dataset', sentence));
    refuses(
      { x: { url: 'remote://nas/y' }, a: { url: 's3://a' } },
      /"x" is built on "nas", which .* does not have with a url \(it has a\)/,
    );
    refuses({ x: { url: 'remote://nas/y' }, nas: { user: 'me' } }, /\(it has no other remote with a url\)/);
    refuses({ x: { url: 'remote://X/y' } }, /"x" is built on itself \(x, x\)/);
    refuses({ x: { url: 'remote://b/1' }, b: { url: 'remote://x/2' } }, /"b" is built on itself \(x, b, x\)/);
    refuses({ x: { url: 'remote:///y' } }, /write remote:\/\/<name of another remote>\/<path>/);
    refuses({ x: { url: 'remote://a?b/y' } }, /write remote:\/\//);
    const chain = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [index === 0 ? 'x' : `r${index}`, { url: `remote://r${index + 1}/y` }]),
    );
    refuses(chain, /"r8" is built on more than 8 other remotes/);
  });
});

test('names are those of remotes with a url; a sentence has ten of them, none of which is long', () => {
  assert.deepEqual(remoteNames(configOf({ a: { url: 's3://a' }, b: { user: 'x' }, 'C d': { url: '/x' } })), [
    'a',
    'c d',
  ]);
  const names = Array.from({ length: 12 }, (_, index) => `${index}`);
  assert.equal(listedNames(names), '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more');
  assert.equal(listedNames(['x'.repeat(100)]), `${'x'.repeat(63)}…`);
});
