/** An attack: the sentence that its test is called by, and what is done. */
import type { AttackFixture } from './attack-fixture.ts';

export interface Attack {
  title: string;
  run(fixture: AttackFixture): Promise<void>;
}

export function attack(title: string, run: (fixture: AttackFixture) => Promise<void>): Attack {
  return { title, run };
}
