/** What stages of a pipeline make: `dvc.lock` has the hashes, and `dvc.yaml` what is kept and sent. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import type { Shape } from '../shape.ts';

const stages = `stages:
  prepare:
    cmd: mkdir -p data/prepared && echo p > data/prepared/p.txt && echo v > data/vocabulary.txt
    outs: [data/prepared, data/vocabulary.txt]
  kept:
    cmd: mkdir -p kept && echo k >> kept/k
    outs: [{kept: {persist: true}}]
  in-git:
    cmd: mkdir -p beside && echo g > beside/git.txt && echo d > beside/dvc.txt
    outs: [{beside/git.txt: {cache: false}}, beside/dvc.txt]
  unpushed:
    cmd: mkdir -p private && echo u > private/unpushed.txt && echo s > private/sent.txt
    outs: [{private/unpushed.txt: {push: false}}, private/sent.txt]
  only-unpushed:
    cmd: mkdir -p secret && echo u > secret/unpushed.txt
    outs: [{secret/unpushed.txt: {push: false}}]
  elsewhere:
    cmd: mkdir -p own && echo o > own/o
    outs: [{own: {remote: second}}]
  measured:
    cmd: mkdir -p report && echo '{"a":1}' > report/m.json && echo 'a,b' > report/plot.csv && echo '{"a":2}' > report/git.json
    metrics: [report/m.json, {report/git.json: {cache: false}}]
    plots: [report/plot.csv]
  items:
    foreach: [one, two]
    do:
      cmd: mkdir -p items && echo \${item} > items/\${item}.txt
      outs: ['items/\${item}.txt']
  grid:
    matrix: {size: [1, 2], kind: [x]}
    cmd: mkdir -p grid && echo \${item.size} > grid/\${item.kind}\${item.size}
    outs: ['grid/\${item.kind}\${item.size}']
  templated:
    cmd: mkdir -p \${place} && echo t > \${place}/t
    outs: ['\${place}']
  inside:
    wdir: work
    cmd: mkdir -p made && echo w > made/w
    outs: [made]
  frozen:
    frozen: true
    cmd: mkdir -p ice && echo i > ice/i
    outs: [ice]
  never:
    cmd: mkdir -p never && echo n > never/n
    outs: [never]
  empty:
    cmd: mkdir -p empty-folder
    outs: [empty-folder]
`;

const run = [
  'prepare',
  'kept',
  'in-git',
  'unpushed',
  'only-unpushed',
  'elsewhere',
  'measured',
  'items',
  'grid',
  'templated',
];

async function pipeline(project: Project): Promise<void> {
  project.write({ 'dvc.yaml': stages, 'params.yaml': 'place: templates/made\n', 'work/keep': '' });
  await project.dvc('remote', 'add', 'second', join(project.folder, 'second'));
  const frozen = ['inside', 'frozen', 'empty'];
  project.write({ 'dvc.yaml': stages.replace('    frozen: true\n', '') });
  await project.dvc('repro', ...run, ...frozen);
  project.write({ 'dvc.yaml': stages });
  await project.dvc('push');
}

async function nested(project: Project): Promise<void> {
  project.write({
    'sub/dvc.yaml':
      'stages:\n  s:\n    cmd: mkdir -p out && echo s > out/s && echo b > ../beside\n    outs: [out, ../beside]\n',
  });
  await project.dvcIn('sub', 'repro');
  await project.dvc('push');
}

/** The lock tells of a stage and of an output that dvc.yaml has no more. */
async function stale(project: Project): Promise<void> {
  const yaml = `stages:
  gone: {cmd: mkdir -p gone && echo g > gone/g, outs: [gone]}
  stays: {cmd: mkdir -p old new && echo o > old/o && echo n > new/n, outs: [old, new]}
`;
  project.write({ 'dvc.yaml': yaml });
  await project.dvc('repro');
  await project.dvc('push');
  project.write({ 'dvc.yaml': 'stages:\n  stays: {cmd: changed, outs: [moved, new]}\n' });
}

/** As DVC 1.0 wrote it: the stages stand at the top. */
async function firstSchema(project: Project): Promise<void> {
  project.write({ 'dvc.yaml': 'stages:\n  s: {cmd: mkdir -p early && echo e > early/e, outs: [early]}\n' });
  await project.dvc('repro');
  await project.dvc('push');
  const lock = readFileSync(join(project.tree, 'dvc.lock'), 'utf8');
  const [, below = ''] = lock.split('stages:\n');
  project.write({ 'dvc.lock': below.replaceAll(/^ {2}/gm, '') });
}

export const pipelines: readonly Shape[] = [
  {
    name: "a pipeline's folder",
    make: pipeline,
    dataDir: 'data/prepared',
    expectation: { files: ['data/prepared/p.txt'] },
  },
  {
    name: "a pipeline's file",
    make: pipeline,
    dataDir: 'data/vocabulary.txt',
    expectation: { files: ['data/vocabulary.txt'] },
  },
  {
    name: 'the folder of several outputs of one stage',
    make: pipeline,
    dataDir: 'data',
    expectation: { files: ['data/prepared/p.txt', 'data/vocabulary.txt'] },
  },
  { name: 'persist: true', make: pipeline, dataDir: 'kept', expectation: { files: ['kept/k'] } },
  {
    name: 'a folder with a file of cache: false',
    make: pipeline,
    dataDir: 'beside',
    expectation: { files: ['beside/dvc.txt'] },
  },
  {
    name: 'an output of cache: false alone',
    make: pipeline,
    dataDir: 'beside/git.txt',
    expectation: { exitCode: 65, sentence: /beside\/git\.txt/, dvc: 'brings nothing' },
  },
  {
    name: 'a folder with a file of push: false',
    make: pipeline,
    dataDir: 'private',
    expectation: {
      exitCode: 66,
      sentence: /lacks the object .* of "unpushed\.txt": its output has push: false/,
      dvc: 'fails',
    },
  },
  {
    name: 'an output of push: false alone',
    make: pipeline,
    dataDir: 'secret',
    expectation: {
      exitCode: 66,
      sentence: /lacks the object .* of "unpushed\.txt": its output has push: false/,
      dvc: 'fails',
    },
  },
  { name: "an output's own remote", make: pipeline, dataDir: 'own', expectation: { files: ['own/o'] } },
  {
    name: 'metrics and plots, as far as DVC keeps them',
    make: pipeline,
    dataDir: 'report',
    expectation: { files: ['report/m.json', 'report/plot.csv'] },
  },
  {
    name: 'foreach stages',
    make: pipeline,
    dataDir: 'items',
    expectation: { files: ['items/one.txt', 'items/two.txt'] },
  },
  { name: 'matrix stages', make: pipeline, dataDir: 'grid', expectation: { files: ['grid/x1', 'grid/x2'] } },
  {
    name: 'an output named by a parameter',
    make: pipeline,
    dataDir: 'templates/made',
    expectation: { files: ['templates/made/t'] },
  },
  { name: 'a stage with a wdir', make: pipeline, dataDir: 'work/made', expectation: { files: ['work/made/w'] } },
  { name: 'a frozen stage', make: pipeline, dataDir: 'ice', expectation: { files: ['ice/i'] } },
  {
    name: 'a stage that was never run',
    make: pipeline,
    dataDir: 'never',
    expectation: { exitCode: 66, sentence: /the stage never of dvc\.yaml/, dvc: 'fails' },
  },
  {
    name: 'an empty folder',
    make: pipeline,
    dataDir: 'empty-folder',
    expectation: { exitCode: 65, sentence: /has no files/, dvc: 'brings nothing' },
  },
  { name: 'a pipeline in a folder', make: nested, dataDir: 'sub/out', expectation: { files: ['sub/out/s'] } },
  {
    name: 'an output beside the folder of its pipeline',
    make: nested,
    dataDir: 'beside',
    expectation: { files: ['beside'] },
  },
  {
    name: 'a stage that only the lock still has',
    make: stale,
    dataDir: 'gone',
    expectation: { exitCode: 66, sentence: /nothing that DVC tracks at gone/, dvc: 'fails' },
  },
  { name: 'an output that a changed stage still has', make: stale, dataDir: 'new', expectation: { files: ['new/n'] } },
  {
    name: 'an output whose new path was never made',
    make: stale,
    dataDir: 'moved',
    expectation: { exitCode: 66, sentence: /moved/, dvc: 'fails' },
  },
  {
    name: 'an output that a changed stage has no more',
    make: stale,
    dataDir: 'old',
    expectation: { exitCode: 66, sentence: /nothing that DVC tracks at old/, dvc: 'fails' },
  },
  {
    name: 'a lock of the first schema',
    version: 2,
    pulledBy: 2,
    make: firstSchema,
    dataDir: 'early',
    expectation: { files: ['early/e'] },
  },
];
