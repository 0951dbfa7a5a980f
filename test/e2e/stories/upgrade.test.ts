/** The webhook is replaced while pods keep coming. */
import assert from 'node:assert/strict';
import { releaseName, releaseNamespace } from '../../support/stories/release.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import type { Team } from '../../support/stories/team.ts';
import { pod } from '../../support/stories/workloads.ts';

const { controlPlane, release, sources } = theStage();
const least = 500;
const atOnce = 4;

/** Creates pods, which no node can run, until told to end and until there are enough; returns the failures. */
function keepCreating(team: Team): { end(): Promise<{ created: number; failures: string[] }> } {
  let [number, created, ending] = [0, 0, false];
  const failures: string[] = [];
  const reference = sources.reference('train');
  const create = async () => {
    while (!ending || created + failures.length < least) {
      number += 1;
      const body = pod(`stream-${number}`, reference, 'true', {
        spec: { nodeSelector: { 'dvc-injector.test/node': 'none' } },
      });
      try {
        const made = await team.createPod(body);
        if (made.spec?.initContainers?.[0]?.name === 'dvc-fetch') created += 1;
        else failures.push(`${body.metadata?.name} was created without its init container`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const workers = Promise.all(Array.from({ length: atOnce }, create));
  return {
    async end() {
      ending = true;
      await workers;
      return { created, failures };
    },
  };
}

story('a rolling restart and a helm upgrade under a stream of pod creations fail none of them', async (makeTeam) => {
  const team = await makeTeam('upgrade');
  const stream = keepCreating(team);
  const deployment = `deployment/${releaseName}`;
  try {
    await controlPlane.kubectl(['-n', releaseNamespace, 'rollout', 'restart', deployment], { check: true });
    await controlPlane.kubectl(['-n', releaseNamespace, 'rollout', 'status', deployment, '--timeout=10m'], {
      check: true,
    });
    await release.apply({ podAnnotations: { 'example.com/changed': 'yes' }, drain: '6s' });
  } finally {
    const { created, failures } = await stream.end();
    assert.deepEqual(failures, []);
    assert.ok(created >= least, `${created} pods were created`);
    await team.core.deleteCollectionNamespacedPod({ namespace: team.namespace, gracePeriodSeconds: 0 });
  }
});
