/** All images of a run, as archives. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from '../progress.ts';
import { archiveImages } from './archives.ts';
import { baseImage, buildBaseImage } from './base.ts';
import { buildProductImages, fetcherImage, webhookImage } from './product.ts';
import { buildSmallImages, pauseImage, trainerImage } from './small.ts';
import { buildahInCache } from './storage.ts';

/** Builds what changed since the last run; returns the archives. `from`: the commit to build, else the working tree. */
export async function buildImages(from: string | undefined): Promise<string[]> {
  const buildah = buildahInCache();
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-e2e-images-'));
  try {
    say(`making the base image (${baseImage})`);
    const base = await buildBaseImage(buildah, folder);
    await buildSmallImages(buildah, folder);
    say(`building both images of dvc-injector from ${from ?? 'the working tree'}`);
    await buildProductImages(buildah, { from, base, folder });
    say('writing the images to archives');
    return await archiveImages(buildah, [pauseImage, trainerImage, webhookImage, fetcherImage]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
