/** Counts what a piece of JavaScript does instead of how long it takes: how often each block of it ran, by V8's own coverage. */
import { type Profiler, Session } from 'node:inspector';

/** A counter; it counts in modules that are imported after it was made. */
export interface StepCounter extends Disposable {
  /** How many blocks of our code and of its libraries ran while `work` did. */
  count(work: () => unknown): number;
}

export function startStepCounter(): StepCounter {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const take = (): Profiler.ScriptCoverage[] => {
    let taken: Profiler.ScriptCoverage[] = [];
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      taken = result;
    });
    return taken;
  };
  return {
    count(work) {
      take(); // and with it every count begins anew
      work();
      const scripts = take().filter(({ url }) => /\/(?:src|node_modules)\//.test(url));
      const blocks = scripts.flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
      return blocks.reduce((sum, { count }) => sum + count, 0);
    },
    [Symbol.dispose]: () => session.disconnect(),
  };
}
