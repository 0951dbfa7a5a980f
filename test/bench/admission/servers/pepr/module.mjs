/** A module of pepr's that changes a pod about as much as ours does: a volume, an init container, and a mount. */
import { createRequire } from 'node:module';

const [folder = '', port = ''] = process.argv.slice(2);
const { a, Capability, PeprModule } = createRequire(`${folder}/package.json`)('pepr');

const datasets = new Capability({ name: 'datasets', description: 'gives pods a dataset', namespaces: [] });

datasets
  .When(a.Pod)
  .IsCreated()
  .WithAnnotation('dvc.io/dataset')
  .Mutate(({ Raw: { metadata, spec } }) => {
    const name = 'dvc-data';
    spec.volumes = [...(spec.volumes ?? []), { name, persistentVolumeClaim: { claimName: 'data-sharing-pvc' } }];
    spec.initContainers = [
      ...(spec.initContainers ?? []),
      {
        name: 'dvc-fetch',
        image: 'registry.example.com/fetch:1',
        args: ['fetch', '--dataset', metadata.annotations['dvc.io/dataset']],
        volumeMounts: [{ name, mountPath: '/volume' }],
      },
    ];
    const [main] = spec.containers;
    main.volumeMounts = [...(main.volumeMounts ?? []), { name, mountPath: '/mnt', readOnly: true }];
  });

const description = 'the peer of a benchmark';
const pepr = { uuid: 'bench', onError: 'reject', alwaysIgnore: { namespaces: [] }, includedFiles: [], env: {} };
// What `pepr build` makes of a module is this, bundled; its controller loads that and listens.
new PeprModule({ description, pepr }, [datasets], { deferStart: true }).start(Number(port));
