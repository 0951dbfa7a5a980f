/** The control group of all pods: the one thing of the machine that isn't in a namespace and has to be taken away by hand. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { controlGroup } from './layout.ts';

const hierarchies = '/sys/fs/cgroup';

/** Version 2 has one hierarchy, version 1 one for each controller. */
function roots(): string[] {
  if (existsSync(join(hierarchies, 'cgroup.controllers'))) return [hierarchies];
  return readdirSync(hierarchies, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(hierarchies, entry.name));
}

/** The kubelet demands that the group which it is told to use exists. */
export function makeControlGroup(): void {
  for (const root of roots()) mkdirSync(join(root, controlGroup), { recursive: true });
}

/** The processes of all groups below, by their ids in our own process namespace. */
export function processesInControlGroup(): number[] {
  const groups = roots().flatMap((root) => groupsBelow(join(root, controlGroup)));
  const ids = groups.flatMap((group) => readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n'));
  return [...new Set(ids.filter((id) => id !== '').map(Number))];
}

/** Removes the group and all below. The kernel needs a moment to let go of processes that were just killed. */
export async function removeControlGroup(): Promise<void> {
  for (const root of roots()) {
    for (const group of groupsBelow(join(root, controlGroup)).toReversed()) await removeGroup(group);
  }
}

async function removeGroup(group: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return rmdirSync(group);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

/** A group before those in it. */
function groupsBelow(group: string): string[] {
  if (!existsSync(group)) return [];
  const inside = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [group, ...inside.flatMap((entry) => groupsBelow(join(group, entry.name)))];
}
