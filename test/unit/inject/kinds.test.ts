/** Every kind of the table: its pod templates are injected, what is only passed on is judged, and a mistake is denied with its place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultConfig } from '../../../src/config/load.ts';
import { annotatedPlaces } from '../../../src/inject/find-objects.ts';
import { injectManifests } from '../../../src/inject/inject-manifests.ts';
import { allKinds, kindKey } from '../../../src/inject/kinds.ts';
import {
  type Annotations,
  argo,
  injectedKinds,
  objectOf,
  passedOnKinds,
  rayCluster,
  replicaSpecs,
  template,
} from '../../support/inject/kinds.ts';
import { type Any, documentOf, fetchersOf, reference } from '../../support/inject/run.ts';

const config = defaultConfig();
const dataset = { 'dvc.io/dataset': reference };
const shortSha = { 'dvc.io/dataset': 'https://git.example.com/ml/images@0123456:train' };

const inject = (object: object) => injectManifests(JSON.stringify(object), null, config);
const said = (remarks: { where: string | null; text: string }[]) =>
  remarks.map(({ where, text }) => (where === null ? text : `${where}: ${text}`));
const at = (object: Any, place: string) =>
  place === '' ? object : place.split('.').reduce((inner, key) => inner[key], object);
const shown = (place: string) => place.replaceAll(/\.(\d+)/g, '[$1]');

const isBuiltIn = (apiVersion: string) => /^(v1|apps\/v1|batch\/v1)$/.test(apiVersion);

describe('a kind with pod templates', () => {
  for (const [apiVersion, kind, make, places] of injectedKinds) {
    it(`is injected in each: ${kindKey(apiVersion, kind)}`, () => {
      const object = objectOf(apiVersion, kind, make(dataset));
      const { text, denials, warnings, notes } = inject(object);
      assert.deepEqual([denials, warnings, notes], [[], [], []]);
      const printed = documentOf(text);
      for (const place of places) assert.deepEqual(fetchersOf(at(printed, place).spec), ['dvc-fetch'], place);
      assert.equal(text.match(/- name: dvc-fetch\n/g)?.length, places.length);
      assert.deepEqual(injectManifests(text, null, config), { text, denials, warnings, notes });
    });

    it(`is denied with the place of a mistake: ${kindKey(apiVersion, kind)}`, () => {
      const { denials } = inject(objectOf(apiVersion, kind, make(shortSha)));
      const expected = places.map((place) => {
        const where = isBuiltIn(apiVersion) ? '' : `${shown(place)}: `;
        return `document 1, ${kind}/mine: ${where}dvc-injector: annotation dvc.io/dataset: "0123456" is a short sha`;
      });
      assert.deepEqual(
        said(denials).map((each) => each.replace(/(short sha).*/, '$1')),
        expected,
      );
    });
  }
});

describe('a kind that passes annotations on', () => {
  for (const [apiVersion, kind, make, places] of passedOnKinds) {
    it(`is left to the webhook where they are right: ${kindKey(apiVersion, kind)}`, () => {
      const object = objectOf(apiVersion, kind, make(dataset));
      const { text, denials, warnings, notes } = inject(object);
      assert.equal(text, JSON.stringify(object));
      assert.deepEqual([denials, warnings], [[], []]);
      assert.deepEqual(said(notes), [
        `document 1, ${kind}/mine: right, and left to the webhook, which acts when pods are created with them: ${places.join(', ')}`,
        'what is left to the webhook is injected in a namespace with the label dvc.io/dataset-injection: enabled',
      ]);
    });

    it(`is denied with the place of a mistake: ${kindKey(apiVersion, kind)}`, () => {
      const { denials, notes } = inject(objectOf(apiVersion, kind, make(shortSha)));
      assert.deepEqual(
        said(denials).map((each) => each.replace(/(short sha).*/, '$1')),
        places.map(
          (place) =>
            `document 1, ${kind}/mine: ${place}: dvc-injector: annotation dvc.io/dataset: "0123456" is a short sha`,
        ),
      );
      assert.deepEqual(notes, []);
    });
  }
});

it('every kind of the table stands in one of the lists above', () => {
  const tested = [...injectedKinds, ...passedOnKinds].map(([apiVersion, kind]) => kindKey(apiVersion, kind));
  assert.deepEqual(
    tested.toSorted(),
    allKinds()
      .map(([key]) => key)
      .toSorted(),
  );
});

describe('annotations that are passed on', () => {
  const service = (own: Annotations, predictor: Annotations) =>
    objectOf('serving.kserve.io/v1beta1', 'InferenceService', {
      metadata: { annotations: own },
      spec: { predictor: { annotations: predictor } },
    });

  it('are judged with those that stand there for all pods', () => {
    const split = { 'dvc.io/mount-path.a': '/data' };
    assert.match(
      said(inject(service({}, { 'dvc.io/dataset': reference, ...split })).denials)[0] ?? '',
      /belongs to no dataset/,
    );
    assert.deepEqual(inject(service({ 'dvc.io/dataset.a': reference }, split)).denials, []);
  });

  it('are denied for what the webhook would deny in any pod', () => {
    const wrong: [Annotations, RegExp][] = [
      [{ ...dataset, 'dvc.io/mount-path': 'data' }, /dvc\.io\/mount-path/],
      [{ ...dataset, 'dvc.io/memory': '1000Ti' }, /fetcher\.maxMemory/],
      [{ ...dataset, 'dvc.io/dataset.b': reference }, /must not lie in one another/],
      [{ ...dataset, 'dvc.io/cpu': 2 as unknown as string }, /must be text; put the value in quotes/],
    ];
    for (const [annotations, sentence] of wrong)
      assert.match(said(inject(service({}, annotations)).denials)[0] ?? '', sentence);
  });

  it('may have one path for datasets in different containers', () => {
    const apart = {
      'dvc.io/dataset.a': reference,
      'dvc.io/mount-path.a': '/data',
      'dvc.io/containers.a': 'one',
      'dvc.io/dataset.b': reference,
      'dvc.io/mount-path.b': '/data',
      'dvc.io/containers.b': 'two',
    };
    assert.deepEqual(inject(service({}, apart)).denials, []);
  });

  it('are warned about where they are mistyped, once', () => {
    const { warnings } = inject(service({ 'dvc.io/datset': 'x' }, dataset));
    assert.deepEqual(
      said(warnings).map((each) => each.replace(/;.*/, '')),
      ['document 1, InferenceService/mine: metadata.annotations: annotation dvc.io/datset is unknown and ignored'],
    );
  });

  it('with parameters are not judged before these are filled in', () => {
    const annotations = { 'dvc.io/dataset': 'https://git.example.com/ml/images@{{workflow.parameters.commit}}:train' };
    const { denials, notes } = inject(objectOf('argoproj.io/v1alpha1', 'Workflow', { spec: argo(annotations) }));
    assert.deepEqual(denials, []);
    assert.equal(
      said(notes)[0],
      'document 1, Workflow/mine: left to the webhook, as parameters are filled in later: spec.templates[1].metadata.annotations',
    );
  });

  it('are listed by the first five places and how many more there are', () => {
    const templates = Array.from({ length: 8 }, (_, index) => ({
      name: `t${index}`,
      metadata: { annotations: dataset },
    }));
    const { notes } = inject(objectOf('argoproj.io/v1alpha1', 'Workflow', { spec: { templates } }));
    assert.match(said(notes)[0] ?? '', /spec\.templates\[4\]\.metadata\.annotations and 3 more$/);
  });
});

describe('a known kind that is annotated in the wrong place', () => {
  it('is told every right one', () => {
    const object = objectOf('ray.io/v1', 'RayCluster', { metadata: { annotations: dataset }, spec: rayCluster({}) });
    assert.deepEqual(said(inject(object).warnings), [
      'document 1, RayCluster/mine: the annotation in metadata.annotations has no effect there; move it to spec.headGroupSpec.template.metadata.annotations or spec.workerGroupSpecs[].template.metadata.annotations',
    ]);
  });

  it('is not told of what its controller wrote', () => {
    const status = { storedTemplates: { train: { metadata: { annotations: dataset } } } };
    assert.deepEqual(inject(objectOf('argoproj.io/v1alpha1', 'Workflow', { spec: {}, status })).warnings, []);
  });

  it('is warned about a typing error in a template, with its place', () => {
    const object = objectOf(
      'kubeflow.org/v1',
      'PyTorchJob',
      replicaSpecs('pytorchReplicaSpecs')({ 'dvc.io/datset': 'x' }),
    );
    assert.match(
      said(inject(object).warnings)[0] ?? '',
      /^document 1, PyTorchJob\/mine: spec\.pytorchReplicaSpecs\.Worker\.template: annotation dvc\.io\/datset is unknown and ignored/,
    );
  });
});

it("an operator's template without containers is left to the webhook, as the operator completes it", () => {
  const object = objectOf('ray.io/v1', 'RayJob', {
    spec: { submitterPodTemplate: { metadata: { annotations: dataset } } },
  });
  assert.match(
    said(inject(object).notes)[0] ?? '',
    /left to the webhook.*: spec\.submitterPodTemplate\.metadata\.annotations$/,
  );
});

describe('a kind that nobody knows', () => {
  it('is injected in what looks like a pod template, which is said', () => {
    const object = objectOf('example.com/v1', 'Training', { spec: { roles: [{ pods: template(dataset) }] } });
    const { text, notes } = inject(object);
    assert.deepEqual(fetchersOf(documentOf(text).spec.roles[0].pods.spec), ['dvc-fetch']);
    assert.deepEqual(said(notes), [
      'document 1, Training/mine: Training is no kind that dvc-injector knows, so what looks like a pod template was taken for one: spec.roles[0].pods',
    ]);
    assert.equal(injectManifests(text, null, config).text, text);
  });

  it('is denied with the place of a mistake', () => {
    const object = objectOf('example.com/v1', 'Training', { spec: { roles: [{ pods: template(shortSha) }] } });
    assert.match(
      said(inject(object).denials)[0] ?? '',
      /^document 1, Training\/mine: spec\.roles\[0\]\.pods: dvc-injector: /,
    );
  });

  it('is left as it is where annotations stand elsewhere, which are judged', () => {
    const make = (annotations: Annotations) =>
      objectOf('example.com/v1', 'Training', { metadata: { annotations }, spec: { image: 'x' } });
    const { text, notes } = inject(make(dataset));
    assert.equal(text, JSON.stringify(make(dataset)));
    assert.equal(
      said(notes)[0],
      'document 1, Training/mine: right, and left to the webhook, which acts if the controller of a Training passes them on: metadata.annotations',
    );
    assert.match(said(inject(make(shortSha)).denials)[0] ?? '', /: metadata\.annotations: dvc-injector: /);
  });

  it('is looked into for whole objects of known kinds, which may have parameters', () => {
    const trial = (annotations: Annotations) =>
      objectOf('example.com/v1', 'Experiment', {
        metadata: { namespace: 'team-a' },
        spec: { trial: { apiVersion: 'batch/v1', kind: 'Job', spec: { template: template(annotations) } } },
      });
    const { text, notes } = inject(trial(dataset));
    assert.deepEqual(fetchersOf(documentOf(text).spec.trial.spec.template.spec), ['dvc-fetch']);
    assert.deepEqual(notes, []);
    const { denials } = inject(trial(shortSha));
    assert.match(said(denials)[0] ?? '', /^document 1, Experiment\/mine, Job\/\(without a name\): dvc-injector: /);
    const parameters = { 'dvc.io/dataset': reference.replace(/@[^:]+/, '@$' + '{trialParameters.commit}') };
    assert.match(
      said(inject(trial(parameters)).notes)[0] ?? '',
      /as parameters are filled in later: spec\.template\.metadata/,
    );
  });

  it('is no pod template by a container that has neither name nor image', () => {
    const object = objectOf('example.com/v1', 'Training', {
      spec: { pods: { metadata: { annotations: dataset }, spec: { containers: ['main'] } } },
    });
    assert.match(said(inject(object).notes)[0] ?? '', /left to the webhook.*: spec\.pods\.metadata\.annotations$/);
  });

  it('may be of any depth', () => {
    let spec: object = template(dataset);
    for (let depth = 0; depth < 500; depth += 1) spec = { spec };
    const object = objectOf('example.com/v1', 'Training', { spec });
    assert.equal(inject(object).text, JSON.stringify(object));
  });
});

describe('the list of annotated places', () => {
  it('has what each pod will be annotated with, and whether inject could inject it', () => {
    const items = [
      objectOf('kubeflow.org/v1', 'PyTorchJob', {
        ...replicaSpecs('pytorchReplicaSpecs')(dataset),
        metadata: { namespace: 'team-a' },
      }),
      objectOf('argoproj.io/v1alpha1', 'Workflow', {
        spec: { ...argo(dataset), podMetadata: { annotations: { 'dvc.io/remote-secret': 'bucket' } } },
      }),
      objectOf('v1', 'ConfigMap', {}),
    ];
    assert.deepEqual(annotatedPlaces({ apiVersion: 'v1', kind: 'List', items }), [
      {
        title: 'PyTorchJob/mine',
        path: ['items', 0, 'spec', 'pytorchReplicaSpecs', 'Worker', 'template', 'metadata', 'annotations'],
        namespace: 'team-a',
        annotations: dataset,
        isTemplate: true,
      },
      {
        title: 'Workflow/mine',
        path: ['items', 1, 'spec', 'templates', 1, 'metadata', 'annotations'],
        namespace: null,
        annotations: { 'dvc.io/remote-secret': 'bucket', ...dataset },
        isTemplate: false,
      },
    ]);
  });
});
