/** Adds the volumes that the init containers need and the pod does not have. */
import type { Operation } from 'fast-json-patch';
import { gitSecretVolumeName, remoteSecretVolumeName, volumeNames } from '../names.ts';
import { insertInto } from '../patch.ts';
import type { Plan } from '../plan.ts';
import type { Pod, Volume } from '../pod.ts';

/** A volume of whatever kind. */
type NewVolume = Volume & Record<string, unknown>;

/** Readable for everyone in the container, as it doesn't run as root and the files don't have its group. */
const secretMode = 0o444;

/** The volumes of scratch space, credentials, token mask and CA bundle, and of the claim if the pod has none. */
export function addVolumes(pod: Pod, plan: Plan): Operation[] {
  const { config, datasets } = plan;
  const { caBundle } = config.fetcher;
  const present = new Set((pod.spec.volumes ?? []).map((volume) => volume.name));
  const volumes: NewVolume[] = [
    { name: plan.claimVolume, persistentVolumeClaim: { claimName: config.storage.claimName } },
    { name: volumeNames.scratch, emptyDir: { sizeLimit: plan.scratch } },
    { name: volumeNames.noToken, emptyDir: {} },
    ...datasets.flatMap(({ name, gitSecret, remoteSecret }) => [
      secretVolume(gitSecretVolumeName(name), gitSecret),
      secretVolume(remoteSecretVolumeName(name), remoteSecret),
    ]),
    ...(caBundle ? [{ name: volumeNames.caBundle, configMap: { name: caBundle.configMap } }] : []),
  ];
  return insertInto(
    pod.spec.volumes,
    '/spec/volumes',
    volumes.filter((volume) => !present.has(volume.name)),
  );
}

function secretVolume(name: string, secretName: string): NewVolume {
  return { name, secret: { secretName, optional: true, defaultMode: secretMode } };
}
