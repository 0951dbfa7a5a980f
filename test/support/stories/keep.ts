/** Writes down what the cluster knows, for whoever has to find out why a story failed. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { folders } from '../node/layout.ts';
import { theStage } from './stage.ts';

/** Objects, events and logs of all pods of all namespaces, in a folder of the story's name. */
export async function keepCluster(title: string): Promise<void> {
  const folder = join(folders.logs, 'stories', title.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 80));
  mkdirSync(folder, { recursive: true });
  const dump = ['cluster-info', 'dump', '--all-namespaces', '--output-directory', folder, '--output', 'yaml'];
  const { exitCode, stderr } = await theStage().controlPlane.kubectl(dump);
  if (exitCode !== 0) process.stderr.write(`what the cluster knows couldn't be kept in ${folder}: ${stderr}\n`);
}
