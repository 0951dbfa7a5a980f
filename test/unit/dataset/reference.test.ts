/** The grammar of a dataset's name: what parses, what is refused, and that nothing else can happen. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InvalidReference, type InvalidReferenceCause } from '../../../src/dataset/invalid-reference.ts';
import {
  canonicalReference,
  defaultRules,
  formatReference,
  parseReference,
  type ReferenceRules,
} from '../../../src/dataset/reference.ts';
import { anyText, mutatedReferences, references, sha, sha256 } from '../../support/dataset/samples.ts';

const images = 'https://git.example.com/ml/images';
const everyScheme: ReferenceRules = { schemes: ['https', 'ssh', 'http', 'file'], aliases: {} };

describe('a reference', () => {
  it('that is valid parses, and formatting it parses to the same', () => {
    fc.assert(
      fc.property(references, (written) => {
        const parsed = parseReference(written);
        assert.deepStrictEqual(parseReference(formatReference(parsed)), parsed);
      }),
      { numRuns: 5000 },
    );
  });

  it('written with capitals in its scheme is given to git without them, as git knows no HTTPS', () => {
    assert.equal(
      parseReference(`HTTPS://git.example.com/ML/images@${sha}:train`).repository.url,
      'https://git.example.com/ML/images',
    );
  });

  it('in canonical spelling is its own canonical spelling', () => {
    fc.assert(
      fc.property(references, fc.constantFrom('', '.git', '/', '.git/', '.git.git', '//'), (written, tail) => {
        const canonical = canonicalReference(parseReference(written.replace(/(?=@[0-9a-fA-F]{40,64}:)/, tail)));
        assert.equal(canonicalReference(parseReference(canonical)), canonical);
      }),
      { numRuns: 3000 },
    );
  });

  it('of whatever text throws nothing but InvalidReference, in one printable line', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, mutatedReferences), fc.constantFrom(defaultRules, everyScheme), (text, rules) => {
        const message = refusal(text, rules)?.message;
        if (message !== undefined) assert.doesNotMatch(message, /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 20_000 },
    );
  });

  it('of whatever text that parses can be formatted and parsed again', () => {
    fc.assert(
      fc.property(mutatedReferences, (text) => {
        if (refusal(text, everyScheme)) return;
        const parsed = parseReference(text, everyScheme);
        assert.deepStrictEqual(parseReference(formatReference(parsed), everyScheme), parsed);
        assert.doesNotMatch(formatReference(parsed), /[\p{Cc}$`;&|<>"'\\]|(?:^|[/:]|\/\/[^/@]*@)\.\.(?:[/:]|$)/u);
      }),
      { numRuns: 10_000 },
    );
  });

  it('may stand between spaces and line breaks, as YAML block values do', () => {
    assert.equal(formatReference(parseReference(`\n  ${images}@${sha}:train \r\n`)), `${images}@${sha}:train`);
  });

  for (const [what, repository, canonical] of [
    ['scp form git@host:org/repo', 'git@git.example.com:org/repo', 'ssh://git@git.example.com/org/repo'],
    ['URL with a port', 'https://git.example.com:8443/o/r', 'https://git.example.com:8443/o/r'],
    ['URL with an @ in its path', 'https://git.example.com/@ml/r', 'https://git.example.com/@ml/r'],
    ['ssh URL with user and port', 'ssh://git@git.example.com:2222/o/r', 'ssh://git@git.example.com:2222/o/r'],
    ['IPv6 address', 'https://[2001:DB8::1]:8443/o/r', 'https://[2001:db8::1]:8443/o/r'],
    ['scp form with a home directory', 'git@git.example.com:~ml/r', 'ssh://git@git.example.com/~ml/r'],
    ['scp form without a user', 'git.example.com:ml/r', 'ssh://git.example.com/ml/r'],
    ['path with an escaped space', 'https://git.example.com/my%20team/r', 'https://git.example.com/my%20team/r'],
  ] as const) {
    it(`takes a repository as ${what}`, () => {
      const { repository: parsed } = parseReference(`${repository}@${sha}:train`);
      assert.deepStrictEqual([parsed.url, parsed.canonical], [repository, canonical]);
    });
  }

  it('takes 64 hex digits as the commit of a SHA-256 repository', () => {
    assert.equal(parseReference(`${images}@${sha256}:train`).revision, sha256);
  });

  it('takes a commit in capitals and writes it small', () => {
    assert.equal(parseReference(`${images}@${sha.toUpperCase()}:train`).revision, sha);
  });
});

describe('a host', () => {
  for (const host of [
    '2852039166',
    '0xA9FEA9FE',
    '0xa9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '169.16689662',
    '169.254.43518',
    '127.1',
    '127.0.0.01',
    '256.1.1.1',
    'git.example.1',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[0:0:0:0:0:FFFF:A9FE:A9FE]',
    '[::169.254.169.254]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::1]',
    '[1:2]',
  ]) {
    it(`that hides an address is refused: ${host}`, () => {
      for (const repository of [`https://${host}/x`, `ssh://git@${host}:22/x`, `http://${host}/x`, `git@${host}:x`]) {
        assert.throws(
          () => parseReference(`${repository}@${sha}:train`, everyScheme),
          (error) =>
            error instanceof InvalidReference && /is a number or an address in an unusual form/.test(error.message),
          repository,
        );
      }
    });
  }

  for (const host of ['10.0.0.1', '0.0.0.0', '[::1]', '[fd00::1]', '[2001:db8::1]', 'x1', '1.example.com', '0x7f.io']) {
    it(`that everybody reads alike is taken: ${host}`, () => {
      assert.equal(parseReference(`https://${host}/x@${sha}:train`).repository.canonical, `https://${host}/x`);
    });
  }
});

describe('an alias', () => {
  const rules: ReferenceRules = { schemes: ['https'], aliases: { images, toString2: images } };

  it('stands for its repository', () => {
    const { repository } = parseReference(`images@${sha}:train`, rules);
    assert.deepStrictEqual(repository, parseReference(`${images}@${sha}:train`).repository);
  });

  it('that nobody defined is refused with those that are', () => {
    assert.match(refusal(`imgs@${sha}:train`, rules)?.message ?? '', /"imgs".*known: images, toString2/);
  });

  for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
    it(`is never what JavaScript objects inherit: ${name}`, () => {
      assert.equal(refusal(`${name}@${sha}:train`, rules)?.problem, 'unknown-alias');
    });
  }
});

describe('a refusal', () => {
  const cases: [string, string, InvalidReferenceCause][] = [
    ['an empty text', '', 'syntax'],
    ['a text of 10,000 characters', `${images}/${'x'.repeat(10_000)}@${sha}:train`, 'syntax'],
    ['a line break inside', `${images}@${sha}:tr\nain`, 'syntax'],
    ['two shas', `${images}@${sha}:train@${sha}:val`, 'syntax'],
    ['a branch', `${images}@main:train`, 'revision'],
    ['a branch with a slash', `${images}@feature/x:train`, 'revision'],
    ['a tag', `${images}@v1.0:train`, 'revision'],
    ['a short sha', `${images}@0123abc:train`, 'revision'],
    ['a sha of 41 digits', `${images}@${sha}0:train`, 'revision'],
    ['no sha', `${images}:train`, 'revision'],
    ['an alias without a sha', 'images', 'revision'],
    ['no split', `${images}@${sha}`, 'split'],
    ['an empty split', `${images}@${sha}:`, 'split'],
    ['two references', `${images}@${sha}:train, ${images}@${sha}:val`, 'syntax'],
    ['a digest as of an image', `${images}@sha256:${sha256}`, 'revision'],
    ['no repository', `@${sha}:train`, 'repository'],
    ['a fragment', `${images}#main@${sha}:train`, 'credentials'],
    ['git://', `git://git.example.com/o/r@${sha}:train`, 'scheme-not-allowed'],
    ['http://', `http://git.example.com/o/r@${sha}:train`, 'scheme-not-allowed'],
    ['file://', `file:///srv/r@${sha}:train`, 'scheme-not-allowed'],
    ['a remote helper', `ext::sh -c x@${sha}:train`, 'scheme-not-allowed'],
    ['a remote helper of another name', `fd::17/x@${sha}:train`, 'scheme-not-allowed'],
    ['an empty host', `https:///o/r@${sha}:train`, 'repository'],
    ['an empty path', `https://git.example.com/@${sha}:train`, 'repository'],
    ['a port that is none', `https://git.example.com:99999/r@${sha}:train`, 'repository'],
    ['a path on this machine', `/srv/r@${sha}:train`, 'repository'],
    ['a relative path', `./r@${sha}:train`, 'repository'],
    ['".." in the path', `${images}/../secret@${sha}:train`, 'repository'],
    ['".." at the path\'s end', `${images}/..@${sha}:train`, 'repository'],
    ['"%2e%2e" in the path', `https://git.example.com/o/%2e%2e/r@${sha}:train`, 'repository'],
    ['".%2E" in the path', `https://git.example.com/o/.%2E/r@${sha}:train`, 'repository'],
    ['an escaped slash', `https://git.example.com/o/..%2fr@${sha}:train`, 'repository'],
    ['an escaped backslash', `https://git.example.com/o/..%5Cr@${sha}:train`, 'repository'],
    ['an escaped line break', `https://git.example.com/o/r%0A@${sha}:train`, 'repository'],
    ['".." in the scp form', `git@git.example.com:../r@${sha}:train`, 'repository'],
    ['a host that begins with "-"', `ssh://-oProxyCommand=x/r@${sha}:train`, 'repository'],
    ['an scp host that begins with "-"', `git@-oProxyCommand=x:r@${sha}:train`, 'repository'],
    ['a user that begins with "-"', `ssh://-l@git.example.com/r@${sha}:train`, 'repository'],
    ['an scp user that begins with "-"', `-oProxyCommand=x@git.example.com:r@${sha}:train`, 'repository'],
    ['a path that begins with "-"', `git@git.example.com:-r@${sha}:train`, 'repository'],
    ['a path that begins with an escaped "-"', `https://git.example.com/%2dr@${sha}:train`, 'repository'],
    ['a split that begins with "-"', `${images}@${sha}:-train`, 'split'],
    ['a split with ".."', `${images}@${sha}:../train`, 'split'],
    ['a split with ".." inside', `${images}@${sha}:a/../../train`, 'split'],
    ['an absolute split', `${images}@${sha}:/etc/passwd`, 'split'],
    ['a split with an empty segment', `${images}@${sha}:a//b`, 'split'],
    ['a split of 600 characters', `${images}@${sha}:${'a'.repeat(600)}`, 'split'],
    ...[
      '$(id)',
      '`id`',
      'a;b',
      'a|b',
      'a&b',
      'a>b',
      "a'b",
      'a"b',
      'a\\b',
      'a**',
      '!a*',
      '*(a)',
      '$HOME',
      'a\u202eb',
    ].map((split): [string, string, InvalidReferenceCause] => [
      `the split ${JSON.stringify(split)}`,
      `${images}@${sha}:${split}`,
      'split',
    ]),
    ...['$(id)', '`id`', 'a;b', 'a|b', 'a b', "a'b", 'a\\b', 'ä'].map(
      (path): [string, string, InvalidReferenceCause] => [
        `the path ${JSON.stringify(path)}`,
        `https://git.example.com/${path}@${sha}:train`,
        'repository',
      ],
    ),
  ];
  for (const [what, text, problem] of cases) {
    it(`meets ${what}`, () => {
      const error = refusal(text);
      assert.equal(error?.problem, problem, error?.message);
    });
  }

  for (const [what, text, says] of [
    [
      'two references',
      `${images}@${sha}:a,${images}@${sha}:b`,
      /more than once, and names one dataset; .*dvc\.io\/dataset\.val$/,
    ],
    ['a digest', `${images}@sha256:${sha256}`, /"@sha256:" is how images are named; leave the word out/],
    ['no repository', `@${sha}:train`, /the repository is missing before "@<sha>:"/],
    ['a fragment', `${images}#main@${sha}:train`, /must hold no query or fragment: leave out all from the \? or # on/],
  ] as const) {
    it(`says of ${what} what it is`, () => assert.match(refusal(text)?.message ?? '', says));
  }

  for (const text of [
    'git@git.example.com:ml/images.git:train',
    'git@git.example.com:ml/images',
    'ssh://git@git.example.com/ml/images:train',
    'https://git.example.com/ml/images:*',
    'https://git.example.com:8443/ml/images:train/**',
  ]) {
    it(`says of ${text} that it has no commit, whatever its login or split`, () => {
      assert.match(refusal(text)?.message ?? '', /^the reference has no "@<sha>:" between repository and split/);
    });
  }
  it('shows how it should be written', () => {
    for (const [what, text] of cases) {
      assert.match(
        refusal(text)?.message ?? '',
        /https:\/\/git\.example\.com\/ml\/images|:train|dvc\.io\/dataset\.val/,
        what,
      );
    }
  });
});

function refusal(text: string, rules?: ReferenceRules): InvalidReference | null {
  try {
    parseReference(text, rules);
    return null;
  } catch (error) {
    assert.ok(error instanceof InvalidReference, `${error}`);
    return error;
  }
}
