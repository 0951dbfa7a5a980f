/** The node fails in the middle of a fetch. */
import assert from 'node:assert/strict';
import { isObjectRequest } from '../../support/s3/object-request.ts';
import { closeGate, downloads, forgetDownloads } from '../../support/stories/downloads.ts';
import { dataFiles, expectedFiles, listingIn } from '../../support/stories/listing.ts';
import { initStatus, untilEnded, untilPod } from '../../support/stories/pods.ts';
import { theStage } from '../../support/stories/stage.ts';
import { leaveOut, story } from '../../support/stories/story.ts';
import { listFiles, pod } from '../../support/stories/workloads.ts';

const { sources, node } = theStage();
const files = expectedFiles('train');

if (node === undefined) leaveOut('crashes of the node', 'the node of a foreign cluster is not ours to disturb');
else {
  story(
    'the init container is killed by SIGKILL in the middle: its next run fetches the rest, and the pod reaches its data',
    async (makeTeam) => {
      const team = await makeTeam('killed');
      forgetDownloads();
      const gate = closeGate(isObjectRequest, 20);
      try {
        await team.createPod(
          pod('train', sources.reference('train'), listFiles, { spec: { restartPolicy: 'OnFailure' } }),
        );
        await gate.reached();
        const fetching = await untilPod(
          team,
          'train',
          'is fetching',
          (each) => initStatus(each)?.containerID !== undefined,
        );
        await node.killContainer(initStatus(fetching)?.containerID ?? '');
        await untilPod(team, 'train', 'was killed', (each) => {
          const status = initStatus(each);
          const last = status?.lastState?.terminated ?? status?.state?.terminated;
          return last?.exitCode === 137;
        });
      } finally {
        gate.open();
      }
      const done = await untilPod(team, 'train', 'has succeeded', ({ status }) => status?.phase === 'Succeeded');
      assert.ok((initStatus(done)?.restartCount ?? 0) >= 1);
      assert.deepEqual(dataFiles(listingIn(await team.logs('train', 'main'))), files);
      assert.equal(Object.keys(downloads()).length, Object.keys(files).length);
    },
  );

  story('the kubelet is restarted in the middle: the fetch goes on, and the pod reaches its data', async (makeTeam) => {
    const team = await makeTeam('kubelet');
    const gate = closeGate(isObjectRequest, 20);
    try {
      await team.createPod(pod('train', sources.reference('train'), listFiles));
      await gate.reached();
      await node.restartKubelet();
    } finally {
      gate.open();
    }
    const done = await untilEnded(team, 'train');
    assert.equal(done.status?.phase, 'Succeeded');
    assert.equal(initStatus(done)?.restartCount, 0);
    assert.deepEqual(dataFiles(listingIn(await team.logs('train', 'main'))), files);
  });
}
