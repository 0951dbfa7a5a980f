/** Mounts each dataset, read-only, in the containers that get it, and sets the variables that say where it is. */
import { posix } from 'node:path';
import type { Operation } from 'fast-json-patch';
import { pointerSubPath } from '../../dataset/layout.ts';
import { splitFile } from '../../dataset/provenance.ts';
import { canonicalReference } from '../../dataset/reference.ts';
import { datasetVariables } from '../names.ts';
import { insertInto } from '../patch.ts';
import type { Plan, PlannedDataset } from '../plan.ts';
import type { Container, EnvironmentVariable, Pod } from '../pod.ts';

/** Adds mounts and environment variables to the app containers; a variable that the author wrote stays. */
export function mountDatasets(pod: Pod, plan: Plan): Operation[] {
  return [...plan.byContainer].flatMap(([index, datasets]) => {
    const container = pod.spec.containers[index];
    if (!container) return [];
    const path = `/spec/containers/${index}`;
    const mounts = datasets.map((dataset) => ({
      name: plan.claimVolume,
      mountPath: dataset.mountPath,
      subPath: pointerSubPath(dataset.key),
      readOnly: true,
    }));
    return [
      ...insertInto(container.volumeMounts, `${path}/volumeMounts`, mounts),
      // In front, so that the author's own variables can refer to them: $(VAR) only sees what stands before it.
      ...insertInto(container.env, `${path}/env`, variablesFor(container, datasets), 0),
    ];
  });
}

function variablesFor(container: Container, datasets: readonly PlannedDataset[]): EnvironmentVariable[] {
  const own = new Set((container.env ?? []).map((variable) => variable.name));
  return datasets.flatMap(variablesOf).filter((variable) => !own.has(variable.name));
}

function variablesOf(dataset: PlannedDataset): EnvironmentVariable[] {
  const names = datasetVariables(dataset.name);
  const { mountPath, reference, directories } = dataset;
  return [
    { name: names.reference, value: canonicalReference(reference) },
    { name: names.path, value: posix.join(mountPath, directories.dataDir) },
    // Not the commit's list, which may be none, or name its files beginning with the data directory.
    { name: names.splitFile, value: posix.join(mountPath, splitFile) },
  ];
}
