/** Pods that can't get a dataset because of where the annotation or the label is: nothing is done to them, and it is said. */
import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { untilPod } from '../../support/stories/pods.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import { pod, template } from '../../support/stories/workloads.ts';

const { sources } = theStage();

story(
  'in a namespace without the label an annotated pod is created untouched and runs, and kubectl prints how to opt in',
  async (makeTeam) => {
    const team = await makeTeam('unlabelled', { optedIn: false });
    const manifest = JSON.stringify(pod('train', sources.reference('train'), 'ls -A /mnt | wc -l'));
    const { stderr } = await team.kubectl(['create', '-f', '-'], { input: manifest, check: true });
    assert.match(stderr, /^Warning: /m);
    assert.ok(stderr.includes(`kubectl label namespace ${team.namespace} dvc.io/dataset-injection=enabled`), stderr);
    const made = await untilPod(team, 'train', 'has ended', ({ status }) => status?.phase === 'Succeeded');
    assert.equal(made.spec?.initContainers, undefined);
  },
);

story(
  'an annotation beside the template of a Deployment gets a warning that says where it belongs',
  async (makeTeam) => {
    const team = await makeTeam('beside');
    const labels = { app: 'index' };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'index', annotations: { 'dvc.io/dataset': sources.reference('train') } },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: template(null, 'sleep 2147483647', { labels, spec: { restartPolicy: 'Always' } }),
      },
    };
    const { stderr } = await team.kubectl(['create', '-f', '-'], { input: JSON.stringify(deployment), check: true });
    assert.match(stderr, /Warning: .*spec\.template\.metadata\.annotations/);
    const made = await eventually('its pod runs', async () => {
      const [first] = await team.pods('app=index');
      return first?.status?.phase === 'Running' && first;
    });
    assert.equal(made.spec?.initContainers, undefined);
  },
);
