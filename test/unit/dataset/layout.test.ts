/** The paths on the shared volume, which every version must agree on. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import { pointerSubPath, pointerTarget, volumeLayout } from '../../../src/dataset/layout.ts';
import { byContent, byText } from '../../../src/fetch/dvc-format/object-naming.ts';
import { cachedObjectPath } from '../../../src/fetch/volume/object-cache.ts';

const key = 'df0345e7259dabab28e8734ea8619b8a';

describe('the layout of the volume', () => {
  const layout = volumeLayout('/mnt');

  it("keeps objects in DVC's own cache layout, as DVC 3 and the versions before it name them", () => {
    const empty = 'd41d8cd98f00b204e9800998ecf8427e';
    const below = '/mnt/cache/files/md5/d4/1d8cd98f00b204e9800998ecf8427e';
    assert.equal(cachedObjectPath(layout, byContent, empty), below);
    assert.equal(cachedObjectPath(layout, byContent, `${empty}.dir`), `${below}.dir`);
    assert.equal(cachedObjectPath(layout, byText, empty), '/mnt/cache/d4/1d8cd98f00b204e9800998ecf8427e');
  });

  it('has one tree, pointer and state for each key', () => {
    assert.equal(layout.tree(key), `/mnt/trees/${key}`);
    assert.equal(layout.pointer(key), `/mnt/datasets/${key}`);
    assert.equal(layout.state(key), `/mnt/state/${key}.json`);
    assert.equal(layout.staging, '/mnt/staging');
  });

  it('mounts by a subPath that is relative, below the root and the pointer itself', () => {
    assert.equal(pointerSubPath(key), `datasets/${key}`);
    assert.equal(posix.join(layout.root, pointerSubPath(key)), layout.pointer(key));
  });

  it('has a pointer that leads to the tree wherever the volume is mounted', () => {
    for (const root of ['/mnt', '/var/lib/kubelet/x', '/']) {
      const at = volumeLayout(root);
      assert.equal(posix.join(posix.dirname(at.pointer(key)), pointerTarget(key)), at.tree(key));
    }
  });
});
