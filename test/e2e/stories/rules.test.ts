/** A namespace whose admin is strict. */
import assert from 'node:assert/strict';
import { dataFiles, expectedFiles, listingIn } from '../../support/stories/listing.ts';
import { finished } from '../../support/stories/pods.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import { job, listFiles } from '../../support/stories/workloads.ts';

const { sources } = theStage();

story(
  'under Pod Security "restricted", a ResourceQuota on requests and limits and a LimitRange the pod is admitted and runs',
  async (makeTeam) => {
    const team = await makeTeam('strict', { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
    const { core, namespace } = team;
    const hard = {
      'requests.cpu': '1',
      'requests.memory': '1Gi',
      'limits.cpu': '1',
      'limits.memory': '1Gi',
      pods: '4',
    };
    await core.createNamespacedResourceQuota({ namespace, body: { metadata: { name: 'quota' }, spec: { hard } } });
    const limits = [
      {
        type: 'Container',
        defaultRequest: { cpu: '50m', memory: '32Mi' },
        _default: { cpu: '50m', memory: '32Mi' },
        max: { cpu: '500m', memory: '512Mi' },
        maxLimitRequestRatio: { cpu: '1', memory: '1' },
      },
    ];
    await core.createNamespacedLimitRange({ namespace, body: { metadata: { name: 'limits' }, spec: { limits } } });
    const restricted = {
      resources: {},
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    };
    await team.createJob(
      job('train', sources.reference('train-small'), `id -u; ${listFiles}`, { container: restricted }),
    );
    const pod = await finished(team, 'job-name=train');
    assert.equal(pod.status?.phase, 'Succeeded');
    const log = await team.logs(pod.metadata?.name ?? '', 'main');
    assert.match(log, /^1000$/m);
    assert.deepEqual(dataFiles(listingIn(log)), expectedFiles('train-small'));
  },
);
