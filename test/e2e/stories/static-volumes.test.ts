/**
 * A bare file system, whose root is root's alone, made ready by the chart's one-time Job. The driver of EFS can't run here,
 * so that the Job's volume is a folder of the node in its place: everything else of it is as the chart renders it.
 */
import assert from 'node:assert/strict';
import { eventually } from '../../cluster/eventually.ts';
import { folders } from '../machine/layout.ts';
import { dataFiles, expectedFiles, listingIn } from '../support/listing.ts';
import { untilPod } from '../support/pods.ts';
import { releaseNamespace } from '../support/release.ts';
import { theStage } from '../support/stage.ts';
import { story } from '../support/story.ts';
import { listFiles, pod } from '../support/workloads.ts';

const { controlPlane, release, sources, volumes } = theStage();

story(
  'the Job that prepares a volume gives a folder that was root’s to the fetcher, leaves what lies in it alone, and a pod trains there',
  async (makeTeam) => {
    const team = await makeTeam('prepared', { volume: { owner: 0, mode: '755' } });
    await volumes.run(`cd ${team.namespace}; mkdir of-others; echo kept > of-others/file; chmod 700 of-others`);
    const objects = (await release.render({ prepareVolumes: [`fs-0123456789abcdef0:/${team.namespace}`] })).filter(
      ({ metadata }) => metadata?.name?.includes('-prepare-'),
    );
    assert.deepEqual(objects.map(({ kind }) => kind).sort(), ['Job', 'PersistentVolume', 'PersistentVolumeClaim']);
    for (const { kind, spec } of objects) {
      if (kind !== 'PersistentVolume') continue;
      delete spec.csi;
      spec.hostPath = { path: folders.volumes, type: 'Directory' };
    }
    const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const inRelease = (args: readonly string[], input?: string) =>
      controlPlane.kubectl(['--namespace', releaseNamespace, ...args], { check: true, ...(input ? { input } : {}) });
    await inRelease(['create', '-f', '-'], manifest);
    const name = `job/${objects.find(({ kind }) => kind === 'Job')?.metadata?.name}`;
    await eventually(
      'the Job is complete',
      async () => (await inRelease(['get', name, '-o', 'jsonpath={.status.succeeded}'])).stdout === '1',
      300,
    );
    assert.equal((await inRelease(['logs', name])).stdout, `/${team.namespace} was 0:0 and is 65532:65532 now`);
    await inRelease(['delete', '--wait', '-f', '-'], manifest);
    const look = `stat -c '%u:%g %a %n' ${team.namespace} ${team.namespace}/of-others/file`;
    assert.equal(
      await volumes.run(look),
      `65532:65532 2775 ${team.namespace}\n0:0 644 ${team.namespace}/of-others/file`,
    );

    await team.createPod(pod('train', sources.reference('train-small'), listFiles));
    const ended = await untilPod(team, 'train', 'has ended', ({ status }) =>
      /^(Succeeded|Failed)$/.test(status?.phase ?? ''),
    );
    assert.equal(ended.status?.phase, 'Succeeded');
    assert.deepEqual(dataFiles(listingIn(await team.logs('train', 'main'))), expectedFiles('train-small'));
  },
);
