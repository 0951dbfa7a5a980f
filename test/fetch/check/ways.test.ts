/** The ways to name what is checked: references, manifests and a working copy; and what a volume has. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { reportsOf, runCheck } from '../../support/fetch/checked.ts';
import { makePlace } from '../../support/fetch/fetcher.ts';

let dataset: Dataset;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-ways-'));
  dataset = await makeDataset({ files: { 'a.txt': 'a', 'b.txt': 'bb' }, splits: { train: ['a.txt'], bad: 'no\n' } });
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const allow = ['--allow-scheme', 'file'];

test('manifests: each dataset of pods and pod templates once, and the first that is not ok gives the exit code', async () => {
  const annotations = (split: string) => `{dvc.io/dataset: "${dataset.url}@${dataset.sha}:${split}"}`;
  const manifests = [
    `{apiVersion: v1, kind: Pod, metadata: {name: one, annotations: ${annotations('train')}}, spec: {containers: [{name: main}]}}`,
    `{apiVersion: batch/v1, kind: Job, metadata: {name: two}, spec: {template: {metadata: {annotations: ${annotations('bad')}}, spec: {containers: [{name: main}]}}}}`,
    `{apiVersion: v1, kind: Pod, metadata: {name: three, annotations: ${annotations('train')}}, spec: {containers: [{name: main}]}}`,
    `{apiVersion: v1, kind: Pod, metadata: {name: four, annotations: {dvc.io/dataset: "${dataset.url}@main:train"}}, spec: {containers: [{name: main}]}}`,
  ];
  const { exitCode, datasets, stderr } = await reportsOf(['-f', '-', ...allow], { stdin: manifests.join('\n---\n') });
  assert.deepEqual(
    datasets.map((each) => each.exitCode),
    [0, 65, 64],
    stderr,
  );
  assert.equal(exitCode, 65);
  assert.match(
    datasets[2]?.message ?? '',
    /^stdin, document 4, Pod\/four: annotation dvc\.io\/dataset: .*branch or tag/,
  );
});

test('manifests: what the webhook would deny or leave is told, and is no bug', async () => {
  const reference = `${dataset.url}@${dataset.sha}:train`;
  const pod = (annotations: string, spec = 'containers: [{name: main}]') =>
    `{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {${annotations}}}, spec: {${spec}}}`;
  for (const [manifest, exitCode, sentence] of [
    [pod('dvc.io/dataset: 5'), 64, /must be text|put the value in quotes/],
    [pod('dvc.io/dataset: *nope'), 64, /alias/],
    [
      pod(
        `dvc.io/dataset: "${reference}"`,
        'volumes: [{name: v, emptyDir: {}}], containers: [{name: main, volumeMounts: [{name: v, mountPath: /mnt}]}]',
      ),
      64,
      /\/mnt/,
    ],
    [pod(`dvc.io/dataset: "${reference}", dvc.io/datadir: other`), 0, /datadir is unknown/],
    [pod(`dvc.io/dataset: "${reference}", dvc.io/remote: no-such`), 65, /no remote "no-such"/],
    [
      `{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {name: w}, spec: {templates: [{name: t, metadata: {annotations: {dvc.io/dataset: "${dataset.url}@{{sha}}:train"}}, container: {image: x}}]}}`,
      0,
      /as parameters are filled in later/,
    ],
  ] as const) {
    const { exitCode: code, stdout, stderr } = await runCheck(['-f', '-', ...allow], { stdin: manifest });
    assert.equal(code, exitCode, `${manifest}\n${stderr}\n${stdout}`);
    assert.match(`${stdout}${stderr}`, sentence);
  }
});

test('a working copy: pushed, not committed, and the annotation to paste', async () => {
  writeFileSync(join(dataset.workTree, 'data-split', 'new'), 'b.txt\n');
  const { stdout, exitCode, stderr } = await runCheck(['--local', dataset.workTree, '--split', 'train', ...allow]);
  rmSync(join(dataset.workTree, 'data-split', 'new'));
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /pushed +to file:\/\//);
  assert.match(stdout, /not committed +data-split\/new\n/);
  assert.match(stdout, /splits +\*, bad, train\n/);
  assert.match(stdout, new RegExp(`\\n {2}dvc\\.io/dataset: file://.*@${dataset.sha}:train\\n`));
});

test("a working copy's own configuration runs nothing, and names are told as they are", async () => {
  const copy = join(folder, 'strange');
  await dataset.tools.git(folder, 'clone', '--quiet', dataset.workTree, copy);
  await dataset.tools.git(copy, 'remote', 'set-url', 'origin', dataset.url);
  const ran = join(folder, 'ran');
  const program = `sh -c 'touch ${ran}; cat'`;
  for (const [key, value] of [
    ['core.fsmonitor', program],
    ['filter.x.clean', program],
    ['filter.a=b.process', program],
    ['filter.a=b.required', 'true'],
  ] as const) {
    await dataset.tools.git(copy, 'config', key, value);
  }
  writeFileSync(join(copy, '.gitattributes'), '*.dvc filter=x\ndata-split/** filter=a=b\n');
  writeFileSync(join(copy, 'data.dvc'), 'changed\n');
  writeFileSync(join(copy, 'data-split', 'größe "1"'), 'a.txt\n');
  mkdirSync(join(copy, 'below'));
  const { stdout, exitCode, stderr } = await runCheck(['--local', join(copy, 'below'), '--split', 'train', ...allow]);
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /not committed +data\.dvc\n +not committed +data-split\/größe "1"\n/);
  assert.equal(existsSync(ran), false);
});

test('a volume: what its cache has counts, nothing is written there, and a published dataset is ok', async () => {
  await using place = await makePlace();
  const reference = `${dataset.url}@${dataset.sha}:train`;
  const whole = `${dataset.url}@${dataset.sha}:*`;
  const flags = [...allow, '--volume', place.volume];
  const empty = await reportsOf([reference, ...flags]);
  assert.deepEqual(empty.datasets[0]?.onVolume, { files: 0, bytes: 0 });
  assert.deepEqual(readdirSync(place.volume), []);
  assert.equal((await place.fetch(reference)).exitCode, 0);
  const { datasets } = await reportsOf([reference, whole, ...flags]);
  assert.match(datasets[0]?.message ?? '', /published on the volume already/);
  assert.deepEqual(datasets[1]?.onVolume, { files: 1, bytes: 1 });
});

test('what can not be understood: 64 and a sentence', async () => {
  for (const [args, sentence] of [
    [[], /name a dataset, -f FILE or --local/],
    [['--bogus'], /--bogus/],
    [['-o', 'xml', 'x'], /-o must be table, json or yaml/],
    [['-f', join(folder, 'absent')], /can't be read/],
  ] as const) {
    const { exitCode, stderr } = await runCheck(args);
    assert.equal(exitCode, 64, stderr);
    assert.match(stderr, sentence);
  }
});

test("the user's own git configuration does not send git elsewhere", async () => {
  const home = join(folder, 'home');
  mkdirSync(home);
  const lines = ['[url "file:///elsewhere"]', '\tinsteadOf = file:///'];
  writeFileSync(join(home, '.gitconfig'), `${lines.join('\n')}\n`);
  const reference = `${dataset.url}@${dataset.sha}:train`;
  const { exitCode, stderr } = await runCheck([reference, ...allow], { environment: { HOME: home } });
  assert.equal(exitCode, 0, stderr);
});
