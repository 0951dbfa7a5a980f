/** No replica of the webhook is there. */
import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { untilPod } from '../../support/stories/pods.ts';
import { releaseName, releaseNamespace } from '../../support/stories/release.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import { pod } from '../../support/stories/workloads.ts';

const { controlPlane, sources } = theStage();
const webhookPods = 'app.kubernetes.io/component=webhook';

async function scale(replicas: number): Promise<void> {
  const deployment = `deployment/${releaseName}`;
  await controlPlane.kubectl(['-n', releaseNamespace, 'scale', deployment, `--replicas=${replicas}`], { check: true });
  if (replicas > 0) {
    await controlPlane.kubectl(['-n', releaseNamespace, 'rollout', 'status', deployment, '--timeout=5m'], {
      check: true,
    });
    return;
  }
  await eventually(
    'no replica is left',
    async () => {
      const { stdout } = await controlPlane.kubectl(
        ['-n', releaseNamespace, 'get', 'pods', '-l', webhookPods, '-o', 'name'],
        {
          check: true,
        },
      );
      return stdout === '';
    },
    180,
  );
}

story(
  'while the webhook is down other pods are created, and an annotated one in a labelled namespace is refused with a clear error',
  async (makeTeam) => {
    const team = await makeTeam('outage');
    const elsewhere = await makeTeam('outage-elsewhere', { optedIn: false });
    const reference = sources.reference('train-small');
    await scale(0);
    try {
      await team.createPod(pod('plain', null, 'true'));
      await untilPod(team, 'plain', 'has succeeded', ({ status }) => status?.phase === 'Succeeded');
      await elsewhere.createPod(pod('annotated', reference, 'true'));
      await untilPod(elsewhere, 'annotated', 'has succeeded', ({ status }) => status?.phase === 'Succeeded');
      const refused = await team.kubectl(['create', '-f', '-'], {
        input: JSON.stringify(pod('annotated', reference, 'true')),
      });
      assert.equal(refused.exitCode, 1);
      assert.match(refused.stderr, /failed calling webhook "inject\.dvc\.io"/);
    } finally {
      await scale(2);
    }
    await eventually('annotated pods are taken again', () => team.createPod(pod('annotated', reference, 'true')));
  },
);
