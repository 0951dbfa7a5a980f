/** Decides whether this replica is ready, so that the API server sends reviews only to replicas that can answer them. */

/** What must hold, by name; each returns what is missing, or null. */
export type Conditions = Record<string, () => string | null>;

export interface Readiness {
  /** One line per condition that isn't met; empty when ready. */
  missing(): string[];
  /** From now on never ready again, as the process is about to end. */
  shutDown(): void;
  shuttingDown(): boolean;
}

export function makeReadiness(conditions: Conditions): Readiness {
  let shuttingDown = false;
  return {
    missing() {
      if (shuttingDown) return ['shutting down'];
      return Object.entries(conditions).flatMap(([name, check]) => {
        const missing = check();
        return missing === null ? [] : [`${name}: ${missing}`];
      });
    },
    shutDown() {
      shuttingDown = true;
    },
    shuttingDown: () => shuttingDown,
  };
}
