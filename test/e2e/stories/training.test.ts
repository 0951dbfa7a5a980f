/** Pods that train on what they asked for: the way that most users take. */
import assert from 'node:assert/strict';
import { dataFiles, expectedFiles, listingIn, otherFiles } from '../../support/stories/listing.ts';
import { finished } from '../../support/stories/pods.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import { job, listFiles } from '../../support/stories/workloads.ts';

const { sources } = theStage();

story(
  'an annotated Job in a labelled namespace trains on exactly the split, can write nothing there, and its init container logs a real dvc pull',
  async (makeTeam) => {
    const team = await makeTeam('train');
    const write = 'for path in /mnt /mnt/data /mnt/data/circle; do touch $path/mine && echo "wrote $path"; done; true';
    await team.createJob(job('train', sources.reference('train'), `${listFiles}; ${write}`));
    const pod = await finished(team, 'job-name=train');
    assert.equal(pod.status?.phase, 'Succeeded');
    const name = pod.metadata?.name ?? '';
    const log = await team.logs(name, 'main');
    const listing = listingIn(log);
    assert.deepEqual(dataFiles(listing), expectedFiles('train'));
    assert.deepEqual(otherFiles(listing), ['data-split/train', 'data.dvc', 'dataset.json', 'split.txt']);
    assert.equal(log.match(/Read-only file system/g)?.length, 3, log);
    assert.doesNotMatch(log, /wrote/);

    const fetched = (await team.logs(name, 'dvc-fetch')).trim().split('\n');
    const lines = fetched.map((line) => JSON.parse(line) as Record<string, unknown>);
    const files = Object.keys(expectedFiles('train')).length;
    assert.ok(
      lines.some((line) => line.phase === 'transfer' && line.of === files),
      fetched.join('\n'),
    );
    const verified = lines.filter((line) => line.msg === 'dvc pull has verified objects');
    assert.equal(
      verified.reduce((sum, line) => sum + Number(line.objects), 0),
      files,
    );
  },
);

story('two named datasets appear side by side in one pod, each from an init container of its own', async (makeTeam) => {
  const team = await makeTeam('named');
  const annotations = {
    'dvc.io/dataset.train': sources.reference('train-small'),
    'dvc.io/dataset.held-out': sources.reference('validation'),
  };
  const script = `${listFiles}; echo "$DVC_DATASET_TRAIN_PATH $DVC_DATASET_HELD_OUT_PATH"`;
  // With no token in the pod, the one that we mask in the init containers is not there to be masked.
  const spec = { automountServiceAccountToken: false };
  await team.createJob(job('compare', null, script, { annotations, spec }));
  const pod = await finished(team, 'job-name=compare');
  assert.equal(pod.status?.phase, 'Succeeded');
  const log = await team.logs(pod.metadata?.name ?? '', 'main');
  const listing = listingIn(log);
  assert.deepEqual(dataFiles(listing, 'train/'), expectedFiles('train-small'));
  assert.deepEqual(dataFiles(listing, 'held-out/'), expectedFiles('validation'));
  assert.match(log, /^\/mnt\/train\/data \/mnt\/held-out\/data$/m);
  assert.deepEqual(pod.spec?.initContainers?.map(({ name }) => name).sort(), ['dvc-fetch-held-out', 'dvc-fetch-train']);
});
