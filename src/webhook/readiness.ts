/** Whether the API server should send reviews here: a replica that can't answer them must not be asked. */

/** What has to be there; each tells what is missing, or null. */
export type Conditions = Record<string, () => string | null>;

export interface Readiness {
  /** One line per condition that isn't met; empty when ready. */
  missing(): string[];
  /** From now on never ready again: the replica is going away. */
  leave(): void;
  leaving(): boolean;
}

export function makeReadiness(conditions: Conditions): Readiness {
  let left = false;
  return {
    missing() {
      if (left) return ['shutting down'];
      return Object.entries(conditions).flatMap(([name, check]) => {
        const missing = check();
        return missing === null ? [] : [`${name}: ${missing}`];
      });
    },
    leave() {
      left = true;
    },
    leaving: () => left,
  };
}
