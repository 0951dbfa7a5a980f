/** The release goes, and comes back. */
import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { downloads, forgetDownloads } from '../../support/stories/downloads.ts';
import { dataFiles, expectedFiles, listingIn } from '../../support/stories/listing.ts';
import { untilPod } from '../../support/stories/pods.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import { listFiles, pod } from '../../support/stories/workloads.ts';

const { release, sources, volumes } = theStage();

story(
  'after helm uninstall annotated pods are created and the data stays, and after a reinstallation it is there without a download',
  async (makeTeam) => {
    const team = await makeTeam('uninstall');
    const reference = sources.reference('train-small');
    const succeeded = (name: string) =>
      untilPod(team, name, 'has succeeded', ({ status }) => status?.phase === 'Succeeded');
    await team.createPod(pod('first', reference, listFiles));
    await succeeded('first');
    const stored = () => volumes.run(`cd ${team.namespace} && find cache trees datasets | sort`);
    const before = await stored();

    await release.uninstall();
    try {
      // The API server forgets the release's policies a moment after they are deleted.
      const untouched = await eventually('annotated pods are created', () =>
        team.createPod(pod('without', reference, 'true')),
      );
      assert.equal(untouched.spec?.initContainers, undefined);
      await succeeded('without');
      assert.equal(await stored(), before);
      const claim = await team.core.readNamespacedPersistentVolumeClaim({
        namespace: team.namespace,
        name: 'data-sharing-pvc',
      });
      assert.equal(claim.status?.phase, 'Bound');
    } finally {
      await release.apply();
    }
    forgetDownloads();
    // The node's proxy learns of the new replicas a moment after they are ready.
    await eventually('annotated pods are taken again', () => team.createPod(pod('again', reference, listFiles)));
    await succeeded('again');
    assert.deepEqual(dataFiles(listingIn(await team.logs('again', 'main'))), expectedFiles('train-small'));
    assert.deepEqual(downloads(), {});
  },
);
