/** The test suites, in the order in which they run: quick ones first. */
import { provideDvc, provideOlderDvc } from '../../../provision/dvc.ts';
import { provideHelm } from '../../../provision/helm.ts';
import { provideKubernetes } from '../../../provision/kubernetes.ts';
import { provideRecipeLibraries } from '../../../provision/recipe-libraries.ts';
import { provideVersitygw } from '../../../provision/s3.ts';
import { existingKubeconfig } from '../cluster/existing.ts';
import { provideKfp } from '../pipelines/kfp.ts';
import { providePrograms } from '../programs/programs.ts';
import type { Suite } from './run-suite.ts';

const provideCluster = () => provideKubernetes(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
const provideFetching = async () => [await provideDvc(), await provideOlderDvc(), await provideVersitygw()];

/** Each file starts a control plane of its own, so two can go on at once; not on the one cluster that a user may name. */
const clusters = existingKubeconfig() === undefined ? 2 : 1;

/** What `npm test` runs. */
export const suites: readonly Suite[] = [
  { name: 'unit', files: 'test/unit/**/*.test.ts', concurrency: 2, provide: provideDvc },
  { name: 'golden', files: 'test/golden/**/*.test.ts', concurrency: true },
  { name: 'fetch', files: 'test/fetch/**/*.test.ts', concurrency: 2, provide: provideFetching },
  {
    name: 'soak',
    files: 'test/soak/**/*.test.ts',
    concurrency: 1,
    provide: async () => [await provideFetching(), await provideHelm(), await provideCluster()],
  },
  {
    name: 'bench',
    files: 'test/bench/**/*.test.ts',
    concurrency: 1,
    provide: async () => [await provideFetching(), await provideCluster(), await providePrograms()],
  },
  { name: 'apiserver', files: 'test/apiserver/**/*.test.ts', concurrency: clusters, provide: provideCluster },
  {
    name: 'chart',
    files: 'test/chart/**/*.test.ts',
    concurrency: clusters,
    provide: async () => [await provideHelm(), await provideCluster()],
  },
  {
    name: 'examples',
    files: 'test/examples/**/*.test.ts',
    concurrency: clusters,
    provide: async () => [
      await provideKfp(),
      await provideRecipeLibraries(),
      await provideHelm(),
      await provideDvc(),
      await provideCluster(),
    ],
  },
];

/** The stories of `npm run e2e`, which run on a node of their own and so not by `npm test`. */
export const stories = 'test/e2e/stories/*.test.ts';
