/** Makes the cluster, installs the chart and plays the stories: the part of a run that is on the machine of its own. */
import { basename, join } from 'node:path';
import { after } from 'node:test';
import { execa } from 'execa';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { bridge } from '../support/node/layout.ts';
import { startCluster } from '../support/node/node.ts';
import { say } from '../support/progress.ts';
import { stories } from '../support/stories/order.ts';
import { makeRelease } from '../support/stories/release.ts';
import { removeRemains } from '../support/stories/remains.ts';
import { startSources } from '../support/stories/sources.ts';
import { setStage } from '../support/stories/stage.ts';
import { expectAllPassed, tell } from '../support/stories/story.ts';
import { startVolumes } from '../support/stories/volumes.ts';
import type { Options } from './options.ts';

interface Play extends Options {
  archives: readonly string[];
}

async function play({ existing, archives, only }: Play): Promise<void> {
  const { controlPlane, node } = existing
    ? await useExisting(existing.loadImage, archives)
    : await startCluster(archives);
  say('starting git and S3 servers, and making the dataset');
  const sources = await startSources(existing?.hostAddress ?? bridge.address);
  const release = makeRelease(controlPlane, sources.endpoint);
  await removeRemains(controlPlane, release);
  const volumes = await startVolumes(controlPlane);
  await volumes.empty();
  say('installing the chart');
  await release.apply();
  setStage({ controlPlane, node, sources, volumes, release, only: only === undefined ? undefined : new RegExp(only) });
  say('playing the stories');
  // In this process, because they share the stage. node:test runs what they register, one after the other.
  for (const name of stories) await tell(join(import.meta.dirname, 'stories', `${name}.test.ts`));
  expectAllPassed();
  after(async () => {
    await volumes.empty();
    await removeRemains(controlPlane, release);
  });
}

async function useExisting(
  loadImage: string,
  archives: readonly string[],
): Promise<{ controlPlane: ControlPlane; node: undefined }> {
  for (const archive of archives) {
    say(`loading ${basename(archive)} into the cluster`);
    await execa('sh', ['-c', loadImage.replaceAll('{}', archive)], {
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
    });
  }
  return { controlPlane: await startControlPlane(), node: undefined };
}

// Whoever started us is gone, or wants us to be.
process.stdin.resume().on('close', () => process.exit(1));
await play(JSON.parse(process.argv[2] ?? ''));
