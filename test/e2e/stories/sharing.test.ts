/** Many pods, one volume: nothing is downloaded twice, and nothing that somebody reads ever changes. */
import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { isObjectRequest } from '../../support/s3/object-request.ts';
import { closeGate, downloads, forgetDownloads } from '../../support/stories/downloads.ts';
import { dataFiles, expectedFiles, listingIn } from '../../support/stories/listing.ts';
import { finished, untilPod } from '../../support/stories/pods.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import { job, listFiles, pod, template } from '../../support/stories/workloads.ts';

const { sources } = theStage();
const forEver = 'sleep 2147483647';

story(
  'six replicas of a Deployment share one download, and another split of the commit moves only the difference',
  async (makeTeam) => {
    const team = await makeTeam('share');
    forgetDownloads();
    const labels = { app: 'index' };
    const spec = template(sources.reference('train-small'), `${listFiles}; ${forEver}`, {
      labels,
      spec: { restartPolicy: 'Always' },
    });
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'index' },
      spec: { replicas: 6, selector: { matchLabels: labels }, template: spec },
    };
    const created = await team.kubectl(['create', '-f', '-'], { input: JSON.stringify(deployment), check: true });
    assert.equal(created.stderr, '');
    await team.kubectl(['rollout', 'status', 'deployment/index', '--timeout=10m'], { check: true });
    const pods = await team.pods('app=index');
    assert.equal(pods.length, 6);
    const small = expectedFiles('train-small');
    for (const { metadata } of pods) {
      const log = await eventually('the pod has printed its files', async () => {
        const text = await team.logs(metadata?.name ?? '', 'main');
        return text.includes('dataset.json') && text;
      });
      assert.deepEqual(dataFiles(listingIn(log)), small);
    }
    const first = downloads();
    assert.deepEqual(new Set(Object.values(first)), new Set([1]));
    assert.equal(Object.keys(first).length, Object.keys(small).length);

    forgetDownloads();
    await team.createJob(job('more', sources.reference('train'), listFiles));
    const more = await finished(team, 'job-name=more');
    const whole = expectedFiles('train');
    assert.deepEqual(dataFiles(listingIn(await team.logs(more.metadata?.name ?? '', 'main'))), whole);
    const second = downloads();
    assert.deepEqual(new Set(Object.values(second)), new Set([1]));
    assert.equal(Object.keys(second).length, Object.keys(whole).length - Object.keys(small).length);
    assert.deepEqual(
      Object.keys(second).filter((path) => path in first),
      [],
    );
  },
);

story(
  'a training container that dies while others fetch the same dataset and another commit with the same data sees the same files again',
  async (makeTeam) => {
    const team = await makeTeam('restart');
    const reference = sources.reference('train-small');
    const untilTold = 'while [ ! -e /tmp/die ]; do sleep 1; done; exit 1';
    await team.createPod(
      pod('steady', reference, `${listFiles}; ${untilTold}`, { spec: { restartPolicy: 'OnFailure' } }),
    );
    const runs = (times: number) =>
      untilPod(team, 'steady', `runs after ${times} restarts`, ({ status }) => {
        const main = status?.containerStatuses?.[0];
        return main?.restartCount === times && main.state?.running !== undefined;
      });
    const seen = async () =>
      eventually('the pod has printed its files', async () => {
        const log = await team.logs('steady', 'main');
        return log.includes('dataset.json') && listingIn(log);
      });
    const die = () => team.kubectl(['exec', 'steady', '-c', 'main', '--', 'touch', '/tmp/die'], { check: true });
    await runs(0);
    const before = await seen();
    assert.deepEqual(dataFiles(before), expectedFiles('train-small'));

    const other = await sources.dataset.commit({ repositoryFiles: { 'README.md': 'The same data.\n' } });
    // The same data under another commit needs no download; what else that commit's larger split names is held back, so
    // that its fetch is under way while the container starts again.
    const gate = closeGate(isObjectRequest);
    try {
      await team.createJob(job('same', reference, listFiles));
      await team.createJob(job('other', sources.reference('train-small', other), listFiles));
      await team.createJob(job('held', sources.reference('train', other), listFiles));
      await gate.reached();
      await die();
      await runs(1);
      assert.deepEqual(await seen(), before);
    } finally {
      gate.open();
    }
    for (const [name, split] of [
      ['same', 'train-small'],
      ['other', 'train-small'],
      ['held', 'train'],
    ] as const) {
      const done = await finished(team, `job-name=${name}`);
      const listing = listingIn(await team.logs(done.metadata?.name ?? '', 'main'));
      assert.deepEqual(dataFiles(listing), expectedFiles(split));
    }
    await die();
    await runs(2);
    assert.deepEqual(await seen(), before);
  },
);
