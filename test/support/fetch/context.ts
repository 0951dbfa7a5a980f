/** Gives a step of a fetch what a whole fetch would: a context whose remote is a folder, unless a test says otherwise. */
import { pino } from 'pino';
import type { Dvc, FetchContext } from '../../../src/fetch/dvc/context.ts';
import { byContent } from '../../../src/fetch/dvc-format/object-naming.ts';

/** What a test says of its context; `remote` is the folder that the remote is in. */
export interface GivenContext extends Partial<Omit<FetchContext, 'dvc' | 'remote'>> {
  dvc?: Pick<Dvc, 'folder' | 'env' | 'forks'>;
  remote?: string;
}

/** No client, two jobs, objects named as by DVC 3, nothing logged and nothing counted. */
export function fetchContext({ dvc, remote = '/nowhere', ...given }: GivenContext = {}): FetchContext {
  const unused = async () => null;
  const forks = { start() {}, run: unused, close: async () => {} };
  return {
    signal: new AbortController().signal,
    log: pino({ enabled: false }),
    progress: { downloaded() {} },
    jobs: 2,
    objectNaming: byContent,
    meanBytes: null,
    pushed: true,
    listOf: () => null,
    remote: { name: 'store', type: 'local', settings: { url: remote }, endpoints: [], ignored: [] },
    dvc: { folder: '/nowhere', env: {}, forks, ...dvc, localConfig: null, headers: {} },
    client: null,
    ...given,
  };
}
