/** An attack: the sentence that its test is called by, and what is done. */
import type { Ground } from './ground.ts';

export interface Attack {
  title: string;
  run(ground: Ground): Promise<void>;
}

export function attack(title: string, run: (ground: Ground) => Promise<void>): Attack {
  return { title, run };
}
