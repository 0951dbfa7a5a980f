/** Tells the kubelet in one sentence how the container ended; it shows in the pod's status without anyone reading logs. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const usualPath = '/dev/termination-log';
const longest = 4096; // the kubelet cuts here

/**
 * Writes the sentence if the kubelet made the file; never creates one, so nothing appears on a developer's machine.
 * DVC_INJECTOR_TERMINATION_LOG names another file (terminationMessagePath).
 */
export async function writeTerminationMessage(sentence: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const path = environment.DVC_INJECTOR_TERMINATION_LOG || usualPath;
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_TRUNC);
    try {
      await file.writeFile(terminationMessage(sentence));
    } finally {
      await file.close();
    }
  } catch {
    // Outside a pod there is none, and a pod may forbid it; the log has the same sentence.
  }
}

/** The sentence as a line that the kubelet keeps whole: cut, if it must be, where a character of UTF-8 ends. */
export function terminationMessage(sentence: string): Buffer {
  const line = Buffer.from(`${sentence}\n`);
  if (line.length <= longest) return line;
  const ellipsis = Buffer.from('…\n');
  let end = longest - ellipsis.length;
  while (((line[end] ?? 0) & 0xc0) === 0x80) end -= 1; // in the middle of a character
  return Buffer.concat([line.subarray(0, end), ellipsis]);
}
