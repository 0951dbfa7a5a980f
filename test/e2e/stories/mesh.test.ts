/** Beside a service mesh's proxy, which has to be there first, or comes after. */
import assert from 'node:assert/strict';
import { dataFiles, expectedFiles, listingIn } from '../../support/stories/listing.ts';
import { initStatus, untilEnded } from '../../support/stories/pods.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import { listFiles, pod, trainer } from '../../support/stories/workloads.ts';

const { sources } = theStage();

story(
  "beside a proxy that is a native sidecar the dataset is fetched after it has started and before the author's own init container",
  async (makeTeam) => {
    const team = await makeTeam('mesh-native');
    const proxy = trainer('trap "exit 0" TERM; while true; do sleep 1; done', {
      name: 'istio-proxy',
      restartPolicy: 'Always',
    });
    const own = trainer('true', { name: 'prepare' });
    await team.createPod(
      pod('train', sources.reference('train-small'), listFiles, { spec: { initContainers: [proxy, own] } }),
    );
    const done = await untilEnded(team, 'train');
    assert.equal(done.status?.phase, 'Succeeded');
    assert.deepEqual(
      done.spec?.initContainers?.map(({ name }) => name),
      ['istio-proxy', 'dvc-fetch', 'prepare'],
    );
    assert.deepEqual(dataFiles(listingIn(await team.logs('train', 'main'))), expectedFiles('train-small'));
    const fetching = initStatus(done)?.state?.terminated;
    const proxyState = initStatus(done, 'istio-proxy')?.state?.terminated;
    assert.ok(fetching?.startedAt && proxyState?.startedAt && proxyState.finishedAt && fetching.finishedAt);
    assert.ok(proxyState.startedAt <= fetching.startedAt, 'the proxy was there first');
    assert.ok(proxyState.finishedAt >= fetching.finishedAt, 'and stayed');
  },
);

story(
  "before a classic proxy's init container the dataset is fetched first, and the proxy gets no mount",
  async (makeTeam) => {
    const team = await makeTeam('mesh-classic');
    const init = trainer('true', { name: 'istio-init' });
    const proxy = trainer('true', { name: 'istio-proxy' });
    await team.createPod(
      pod('train', sources.reference('train-small'), listFiles, {
        spec: { initContainers: [init], containers: [proxy] },
      }),
    );
    const done = await untilEnded(team, 'train');
    assert.equal(done.status?.phase, 'Succeeded');
    assert.deepEqual(
      done.spec?.initContainers?.map(({ name }) => name),
      ['dvc-fetch', 'istio-init'],
    );
    assert.deepEqual(dataFiles(listingIn(await team.logs('train', 'main'))), expectedFiles('train-small'));
    const mountsOfProxy = done.spec?.containers.find(({ name }) => name === 'istio-proxy')?.volumeMounts ?? [];
    assert.deepEqual(
      mountsOfProxy.filter(({ mountPath }) => mountPath.startsWith('/mnt')),
      [],
    );
  },
);
