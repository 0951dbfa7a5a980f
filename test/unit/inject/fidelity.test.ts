/** Manifests that are injected offline keep every byte that is not injected, and mean to kubectl what they meant before. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configMap, documentOf, inject, pod, reference } from '../../support/inject/run.ts';

/** Every line of `text` that is not in `other`. */
function linesMissing(text: string, other: string): string[] {
  const present = new Set(other.split(/\r?\n/));
  return text.split(/\r?\n/).filter((line) => !present.has(line));
}

async function injected(manifest: string): Promise<string> {
  const { code, stdout, stderr } = await inject(manifest);
  assert.equal(code, 0, stderr);
  assert.equal((await inject(stdout)).stdout, stdout);
  return stdout;
}

describe('documents that are not injected', () => {
  it('stay byte for byte, with comments, separators, CRLF and a missing last line break', async () => {
    const strange = `# first\n---   # here\n${configMap}---\r\na:   'b'\r\n# crlf\r\n---\n\n\n---\nlast: [ 1,2 ]`;
    assert.equal((await inject(strange)).stdout, strange);
    const before = `\uFEFF${strange}\n---\n`;
    assert.ok((await inject(before + pod)).stdout.startsWith(before));
  });

  it('are an empty text for an empty text', async () => {
    assert.deepEqual(await inject(''), { code: 0, stdout: '', stderr: '' });
  });
});

describe('an injected document', () => {
  it('keeps comments, key order, quotes, blank lines and block scalars', async () => {
    const manifest = `# The team's pod.
apiVersion: v1
kind: Pod

metadata:
  name: train   # its name
  annotations:
    # which data
    dvc.io/dataset: "${reference}"
    plain: on Mondays
    'quoted': 'yes'
spec:
  restartPolicy: Never
  containers:
    # the one that trains
    - name: main
      args: [--epochs, "10", '012', "\\x41\\u00e9"]
      image: registry.example.com/train:1
      command:
        - sh
        - -c
        - |
          set -e
            python train.py
# the end
`;
    const stdout = await injected(manifest);
    assert.deepEqual(linesMissing(manifest, stdout), ['  name: train   # its name']);
    assert.match(stdout, /^ {2}name: train # its name$/m);
  });

  it('keeps lists where its author puts them', async () => {
    const flush = pod.replace('    - name: main\n      image', '  - name: main\n    image');
    assert.deepEqual(linesMissing(flush, await injected(flush)), []);
    assert.match(await injected(flush), /^ {2}volumes:\n {2}- name: dvc-dataset$/m);
  });

  it('keeps CRLF line ends and a byte order mark', async () => {
    const stdout = await injected(`\uFEFF${pod.replaceAll('\n', '\r\n')}`);
    assert.ok(stdout.startsWith('\uFEFFapiVersion: v1\r\n'));
    assert.doesNotMatch(stdout, /[^\r]\n/);
  });

  it('keeps a comment beside a list that was empty', async () => {
    const stdout = await injected(`${pod}  volumes:  # none yet\n  initContainers: []\n`);
    assert.match(stdout, /volumes:\n +# none yet\n +- name: dvc-dataset/);
    assert.match(stdout, /initContainers:\n +- name: dvc-fetch/);
  });

  it('in flow style stays in flow style', async () => {
    const manifest = `{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {dvc.io/dataset: "${reference}"}}, spec: {containers: [{name: a, image: b}]}}\n`;
    const stdout = await injected(manifest);
    assert.match(stdout, /^\{apiVersion: v1, kind: Pod, .*\}\n$/);
    assert.equal(documentOf(stdout).spec.initContainers[0].name, 'dvc-fetch');
  });

  it('keeps numbers that are larger than a JavaScript number', async () => {
    const stdout = await injected(`${pod}  invented: 12345678901234567891\n  other: 9007199254740993\n`);
    assert.match(stdout, /^ {2}invented: 12345678901234567891$/m);
    assert.match(stdout, /^ {2}other: 9007199254740993$/m);
  });
});

describe('words that YAML 1.1 takes for something else', () => {
  it('stay as they were written', async () => {
    const words = [
      'yes',
      "'yes'",
      '"on"',
      '012',
      '"012"',
      '0o7',
      '1e3',
      "'1e3'",
      '0x1F',
      '1:20',
      '~',
      '2001-12-14',
      '.5',
    ];
    const stdout = await injected(`${pod}  invented:\n${words.map((word) => `    - ${word}\n`).join('')}`);
    for (const word of words) assert.ok(stdout.includes(`    - ${word}\n`), word);
  });

  it('are quoted where the injection writes them', async () => {
    const annotations = `    dvc.io/mount-path: /n\n    dvc.io/cpu: "1e0"\n    dvc.io/git-secret: "012"\n    dvc.io/remote-secret: "yes"\n`;
    const stdout = await injected(pod.replace('spec:\n', `${annotations}spec:\n`));
    assert.match(stdout, /secretName: "012"$/m);
    assert.match(stdout, /secretName: "yes"$/m);
    assert.match(stdout, /cpu: "1e0"$/m);
    assert.match(stdout, /name: DVC_INJECTOR_ALLOW_SCHEME\n +value: ""$/m);
  });

  it('are quoted where JSON becomes YAML', async () => {
    const manifest = documentOf(pod);
    const args = [
      'yes',
      'no',
      'on',
      'y',
      '012',
      '0o7',
      '1e3',
      '~',
      '',
      'null',
      '1:20',
      '- x',
      'a: b',
      'a #b',
      '\u007f',
      '😀',
      '\u2028',
    ];
    manifest.spec.containers[0].args = args;
    manifest.metadata.labels = { on: 'true', '012': 'null' };
    const stdout = await injected(JSON.stringify(manifest));
    for (const arg of args.slice(0, 11)) assert.ok(stdout.includes(`- "${arg}"\n`), arg);
    assert.match(stdout, /^ {4}"on": "true"$/m);
    assert.ok(stdout.includes('- "\\u007f"\n') && stdout.includes('- "\\u2028"\n') && stdout.includes('- "😀"\n'));
    assert.deepEqual(documentOf(stdout).spec.containers[0].args, args);
  });
});

describe('anchors and merge keys', () => {
  const shared = pod.replace(
    /spec:[\s\S]*/,
    `spec:
  containers:
    - &trainer
      name: main
      image: registry.example.com/train:1
      env: &env
        - {name: LEVEL, value: "1"}
    - <<: *trainer
      name: second
    - name: third
      image: registry.example.com/other:1
      env: *env
`,
  );
  type Named = { name: string }[] | undefined;
  const names = (list: Named) => (list ?? []).map(({ name }) => name);

  it('shared with a container that gets no dataset do not carry it there', async () => {
    const { spec } = documentOf(await injected(shared));
    assert.deepEqual(names(spec.containers[0].env), [
      'DVC_DATASET',
      'DVC_DATASET_PATH',
      'DVC_DATASET_SPLIT_FILE',
      'LEVEL',
    ]);
    assert.equal(spec.containers[0].volumeMounts.length, 1);
    for (const other of [spec.containers[1], spec.containers[2]]) {
      assert.deepEqual(names(other.env), ['LEVEL']);
      assert.equal(other.volumeMounts, undefined);
    }
    assert.equal(spec.containers[1].image, 'registry.example.com/train:1');
  });

  it('give every chosen container its own', async () => {
    const manifest = shared.replace('spec:\n', '    dvc.io/containers: "*"\nspec:\n');
    const { spec } = documentOf(await injected(manifest));
    for (const container of spec.containers) {
      assert.deepEqual(names(container.env), ['DVC_DATASET', 'DVC_DATASET_PATH', 'DVC_DATASET_SPLIT_FILE', 'LEVEL']);
      assert.equal(container.volumeMounts.length, 1);
    }
  });

  it('that the injection does not touch stay', async () => {
    const manifest = `${shared}    - name: fourth\n      image: &image registry.example.com/fourth:1\n    - name: fifth\n      image: *image\n`;
    assert.match(await injected(manifest), /image: &image registry\.example\.com\/fourth:1\n[\s\S]*image: \*image\n/);
  });

  it('may come from elsewhere in the document', async () => {
    const manifest = `x-common: &common\n  annotations: &notes {dvc.io/dataset: "${reference}"}\n${pod.replace(/metadata:[\s\S]*?spec:/, 'metadata:\n  <<: *common\n  name: train\nspec:')}`;
    const document = documentOf(await injected(manifest));
    assert.equal(document.metadata.annotations['dvc.io/dataset-status'], 'injected');
    assert.deepEqual(document['x-common'].annotations, { 'dvc.io/dataset': reference });
  });
});
