/**
 * A bare file system, whose root is root's alone, made ready by the chart's one-time Job. The driver of EFS can't run here,
 * so that the Job's volume is a folder of the node in its place: everything else of it is as the chart renders it.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { folders } from '../../support/node/layout.ts';
import { dataFiles, expectedFiles, listingIn } from '../../support/stories/listing.ts';
import { untilEnded } from '../../support/stories/pods.ts';
import { releaseNamespace } from '../../support/stories/release.ts';
import { theStage } from '../../support/stories/stage.ts';
import { story } from '../../support/stories/story.ts';
import { listFiles, pod } from '../../support/stories/workloads.ts';

const { controlPlane, release, sources, volumes } = theStage();
const toFolders = [
  ...['--post-renderer', process.execPath],
  ...['--post-renderer-args', join(import.meta.dirname, '../../support/stories/volumes-to-folders.ts')],
  ...['--post-renderer-args', folders.volumes],
];

story(
  'the Job that prepares a volume fails and Helm says so, and the next upgrade gives a folder that was root’s to the fetcher, leaves what lies in it alone, and a pod trains there',
  async (makeTeam) => {
    const team = await makeTeam('prepared', { volume: { owner: 0, mode: '755' } });
    const folder = team.namespace;
    await volumes.run(`cd ${folder}; mkdir of-others; echo kept > of-others/file; chmod 700 of-others`);
    const prepare = () => release.apply({ prepareVolumes: [`fs-0123456789abcdef0:/${folder}`] }, toFolders);
    const objects = async (kinds: string) => {
      const label = 'app.kubernetes.io/component=prepare-volume';
      const get = ['--namespace', releaseNamespace, 'get', kinds, '-l', label, '-o', 'name'];
      return (await controlPlane.kubectl(get, { check: true })).stdout.split('\n').filter(Boolean);
    };

    await volumes.run(`mv ${folder} ${folder}.away; echo in the way > ${folder}`);
    await assert.rejects(prepare, /post-upgrade hooks failed/);
    const [failed] = await objects('pods');
    const logs = await controlPlane.kubectl(['--namespace', releaseNamespace, 'logs', failed ?? ''], { check: true });
    assert.match(logs.stdout, new RegExp(`^/${folder} can't be prepared: something that is no folder is in the way`));
    await volumes.run(`rm ${folder}; mv ${folder}.away ${folder}`);

    await prepare();
    const look = `stat -c '%u:%g %a %n' ${folder} ${folder}/of-others/file`;
    assert.equal(await volumes.run(look), `65532:65532 2775 ${folder}\n0:0 644 ${folder}/of-others/file`);
    assert.deepEqual(await objects('jobs'), []);

    await release.apply(); // with nothing to prepare, as the docs say
    await eventually(
      'claim and volume are gone',
      async () => (await objects('persistentvolumeclaims,persistentvolumes')).length === 0,
    );
    assert.equal(await volumes.run(`cat ${folder}/of-others/file`), 'kept');

    await team.createPod(pod('train', sources.reference('train-small'), listFiles));
    const ended = await untilEnded(team, 'train');
    assert.equal(ended.status?.phase, 'Succeeded');
    assert.deepEqual(dataFiles(listingIn(await team.logs('train', 'main'))), expectedFiles('train-small'));
  },
);
