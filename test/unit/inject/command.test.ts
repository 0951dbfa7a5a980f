/** The offline command as users run it: what it reads and prints, and with which exit code it refuses. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { configMap, documentOf, fetchersOf, inject, pod, reference } from '../../support/inject/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-inject-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the offline command', () => {
  it('injects the pod of a file', async () => {
    const { code, stdout, stderr } = await inject('', '-f', file('pod.yaml', pod));
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.deepEqual(fetchersOf(documentOf(stdout).spec), ['dvc-fetch']);
  });

  it('reads stdin where no file is named, and where the file is -', async () => {
    const [without, dash] = [await inject(pod), await inject(pod, '-f', '-')];
    assert.deepEqual(fetchersOf(documentOf(without.stdout).spec), ['dvc-fetch']);
    assert.equal(dash.stdout, without.stdout);
  });

  it('changes nothing in a second pass', async () => {
    const first = await inject(pod);
    const second = await inject(first.stdout);
    assert.equal(second.code, 0);
    assert.equal(second.stdout, first.stdout);
  });

  it('takes the last of a repeated flag', async () => {
    const { code, stdout } = await inject('', '-f', join(folder, 'absent'), '-f', file('last.yaml', configMap));
    assert.equal(code, 0);
    assert.equal(stdout, configMap);
  });

  it('uses the configuration that it is given', async () => {
    const config = file('config.yaml', 'fetcher: {image: registry.example.com/fetcher:9}\n');
    const { stdout } = await inject(pod, '--config', config);
    assert.equal(documentOf(stdout).spec.initContainers[0].image, 'registry.example.com/fetcher:9');
  });

  it('says nothing on stdout and names kind, name and document when a pod is denied', async () => {
    const denied = pod.replace(/@[0-9a-f]{40}:/, '@main:');
    const { code, stdout, stderr } = await inject(`${configMap}---\n${pod}---\n${denied}`);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^denied: document 3, Pod\/train: .*dvc\.io\/dataset: "main" is a branch or tag/);
    assert.equal(stderr.trim().split('\n').length, 1);
  });

  it('names every denial, not only the first', async () => {
    const denied = pod.replace(/@[0-9a-f]{40}:/, '@main:');
    const { code, stderr } = await inject(`${denied}---\n${denied}`);
    assert.equal(code, 1);
    assert.match(stderr, /document 1, Pod\/train[\s\S]*document 2, Pod\/train/);
  });

  it('prints warnings to stderr and the manifest all the same', async () => {
    const helper = '    - {name: helper, image: registry.example.com/helper:1}\n';
    const { code, stdout, stderr } = await inject(pod.replace('name: main', 'name: first') + helper);
    assert.equal(code, 0);
    assert.match(stderr, /^warning: document 1, Pod\/train: the dataset is mounted in container first only/);
    assert.deepEqual(fetchersOf(documentOf(stdout).spec), ['dvc-fetch']);
  });

  it('denies a pod whose manifest names another namespace than -n', async () => {
    const elsewhere = pod.replace('name: train', 'name: train\n  namespace: team-a');
    const { code, stderr } = await inject(elsewhere, '-n', 'team-b');
    assert.equal(code, 1);
    assert.match(stderr, /says namespace team-a but is created in team-b/);
    assert.equal((await inject(elsewhere, '-n', 'team-a')).code, 0);
  });

  it('leaves kube-system alone, and says so', async () => {
    const { code, stdout, stderr } = await inject(pod, '-n', 'kube-system');
    assert.equal(code, 0);
    assert.equal(stdout, pod);
    assert.match(stderr, /pods of the namespace kube-system are never injected/);
  });

  it('refuses what is no flag of its own with 64 and its usage', async () => {
    for (const args of [['--fil', 'x'], ['-f'], ['pod.yaml'], ['-n', 'Team A'], ['-f', '']]) {
      const { code, stdout, stderr } = await inject('', ...args);
      assert.equal(code, 64, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, /\nusage: dvc-injector inject /);
    }
  });

  it('refuses a wrong configuration with 78 and the path of the key', async () => {
    const { code, stderr } = await inject(pod, '--config', file('wrong.yaml', 'fetcher: {imgae: x}\n'));
    assert.equal(code, 78);
    assert.match(stderr, /fetcher\.imgae is not a key of the configuration/);
  });

  it('says which file it can not read with 66', async () => {
    const { code, stderr } = await inject('', '-f', join(folder, 'absent.yaml'));
    assert.equal(code, 66);
    assert.match(stderr, /absent\.yaml can't be read/);
  });

  it('says of a folder what to give it instead', async () => {
    const { code, stderr } = await inject('', '-f', folder);
    assert.equal(code, 66);
    assert.match(stderr, /can't be read: it is a folder; name one file, or pass all of them on stdin/);
  });

  it('refuses broken manifests with 65, the line in the whole input, and nothing on stdout', async () => {
    const cases: [string, RegExp][] = [
      [`${configMap}---\na: "b\n`, /stdin:\d+: .*quote/],
      [`${configMap}---\n# of two\na: 1\na: 2\n`, /stdin:8: Map keys must be unique/],
      ['a:\n\t- b\n', /stdin:2: Tabs/],
      ['a: *b\n', /stdin:1: an alias .* can't be resolved: .* b$/m],
      ['a: &a [*a]\n', /stdin:1: an alias .* can't be resolved/],
      ['a: 1\n...\nb: 2\n', /stdin:3: a second document begins without a line of ---/],
      ['--- {a: 1}\n', /stdin:1: a line that begins with --- must hold nothing else/],
    ];
    for (const [manifest, sentence] of cases) {
      const { code, stdout, stderr } = await inject(manifest);
      assert.equal(code, 65, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, sentence);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
  });

  it('refuses text that is not UTF-8', async () => {
    const { code, stderr } = await inject(Buffer.from(`\uFEFF${pod}`, 'utf16le'));
    assert.equal(code, 65);
    assert.match(stderr, /stdin is not UTF-8 text/);
  });

  it('never repeats credentials that stand in a URL', async () => {
    const { code, stderr } = await inject(
      pod.replace(reference, reference.replace('https://', 'https://ann:hunter2@')),
    );
    assert.equal(code, 1);
    assert.doesNotMatch(stderr, /hunter2/);
  });
});
