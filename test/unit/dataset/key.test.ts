/** The key: equal for equal datasets however they are written, different for everything that changes what is published. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Directories, defaultDirectories, parseDirectories } from '../../../src/dataset/directories.ts';
import { datasetKey } from '../../../src/dataset/key.ts';
import { parseReference } from '../../../src/dataset/reference.ts';
import { references, revisions, sha, sha256, splits } from '../../support/dataset/samples.ts';

const images = 'https://git.example.com/ml/images';

describe('the key', () => {
  // printf '%s' '[1,"https://git.example.com/ml/images","0123…4567","data","data-split","train"]' | sha256sum | cut -c1-32
  it('is the first 32 hex digits of the sha256 of the JSON array, as sha256sum computes it', () => {
    assert.equal(keyOf(`${images}@${sha}:train`), 'df0345e7259dabab28e8734ea8619b8a');
  });

  // printf '%s' '[1,"https://git.example.com/ml/images","0123…4567","ml/data","ml/splits","train"]' | sha256sum | cut -c1-32
  it('covers the directories, as sha256sum computes it', () => {
    const directories = { dataDir: 'ml/data', splitDir: 'ml/splits' };
    assert.equal(keyOf(`${images}@${sha}:train`, directories), '3c02ad9af69d4c9e0a1fc87826b9f3d7');
  });

  it('is 32 lower-case hex digits, as a folder and a label need it', () => {
    fc.assert(fc.property(references, (written) => assert.match(keyOf(written), /^[0-9a-f]{32}$/)));
  });

  for (const [what, one, other] of [
    ['with .git', images, `${images}.git`],
    ['with a trailing slash', images, `${images}/`],
    ['with .git and a slash', images, `${images}.git/`],
    ['with the default port', images, 'https://git.example.com:443/ml/images'],
    ['with the default port written longer', images, 'https://git.example.com:0443/ml/images'],
    ['with another case of the host', images, 'https://GIT.Example.COM/ml/images'],
    ['with another case of the scheme', images, 'HTTPS://git.example.com/ml/images'],
    ['in scp form and as ssh', 'git@git.example.com:ml/images', 'ssh://git@git.example.com/ml/images'],
    ['in scp form with .git', 'git@git.example.com:ml/images.git', 'ssh://git@git.example.com:22/ml/images'],
    ['in scp form with a rooted path', 'git@git.example.com:/ml/images', 'git@git.example.com:ml/images'],
  ] as const) {
    it(`is the same for a repository ${what}`, () => {
      assert.equal(keyOf(`${one}@${sha}:train`), keyOf(`${other}@${sha}:train`));
    });
  }

  it('is the same for any repository however its end is written', () => {
    fc.assert(
      fc.property(references, fc.constantFrom('.git', '/', '//', '.git/'), (written, tail) => {
        assert.equal(keyOf(written.replace(/(?=@[0-9a-fA-F]{40,64}:)/, tail)), keyOf(written));
      }),
    );
  });

  it('is the same for a sha in capitals and for an alias', () => {
    const rules = { schemes: ['https'], aliases: { images } } as const;
    const alias = datasetKey(parseReference(`images@${sha.toUpperCase()}:train`, rules), defaultDirectories);
    assert.equal(alias, keyOf(`${images}@${sha}:train`));
  });

  it('is the same for a directory with a slash at its end', () => {
    const written = parseDirectories({ dataDir: 'ml/data/', splitDir: ' ml/splits// ' });
    assert.deepStrictEqual(written, { dataDir: 'ml/data', splitDir: 'ml/splits' });
  });

  for (const [what, other, directories] of [
    ['the sha', `${images}@89abcdef0123456789abcdef0123456789abcdef:train`, defaultDirectories],
    ["the sha's length", `${images}@${sha256}:train`, defaultDirectories],
    ['the split', `${images}@${sha}:val`, defaultDirectories],
    ["the split's case", `${images}@${sha}:Train`, defaultDirectories],
    ['every file instead of a list', `${images}@${sha}:*`, defaultDirectories],
    ["the repository's path", `https://git.example.com/ml/image@${sha}:train`, defaultDirectories],
    ["the case of the repository's path", `https://git.example.com/ml/Images@${sha}:train`, defaultDirectories],
    ['the host', `https://git.example.org/ml/images@${sha}:train`, defaultDirectories],
    ['a port other than the default', `https://git.example.com:8443/ml/images@${sha}:train`, defaultDirectories],
    ['the scheme', `ssh://git.example.com/ml/images@${sha}:train`, defaultDirectories],
    ['the data directory', `${images}@${sha}:train`, { dataDir: 'data2', splitDir: 'data-split' }],
    ['the split directory', `${images}@${sha}:train`, { dataDir: 'data', splitDir: 'splits' }],
  ] as const) {
    it(`differs with ${what}`, () => {
      assert.notEqual(keyOf(other, directories), keyOf(`${images}@${sha}:train`));
    });
  }

  it('differs wherever sha or split differ', () => {
    fc.assert(
      fc.property(revisions, splits, revisions, splits, (sha1, split1, sha2, split2) => {
        const same = sha1.toLowerCase() === sha2.toLowerCase() && split1 === split2;
        assert.equal(keyOf(`${images}@${sha1}:${split1}`) === keyOf(`${images}@${sha2}:${split2}`), same);
      }),
    );
  });

  it('can not be made equal by moving text from one part to the next', () => {
    const one = keyOf(`${images}@${sha}:train`, { dataDir: 'data', splitDir: 'a/b' });
    const other = keyOf(`${images}@${sha}:b/train`, { dataDir: 'data', splitDir: 'a' });
    assert.notEqual(one, other);
  });
});

function keyOf(written: string, directories: Directories = defaultDirectories): string {
  return datasetKey(parseReference(written), directories);
}
