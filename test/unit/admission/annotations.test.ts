/** What the annotations mean, what is refused, and that no text in them can break the webhook. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { annotations, namesDataset, readAnnotationKey } from '../../../src/admission/annotations.ts';
import { decide } from '../../../src/admission/decide.ts';
import { answerReview } from '../../../src/admission/review.ts';
import { defaultConfig } from '../../../src/config/load.ts';
import {
  decisionOn,
  denialOf,
  fetcherOf,
  images,
  injected,
  injectionOf,
  podWith,
  requestOf,
  sha,
  unprintable,
} from '../../support/admission/pods.ts';

const names = Object.keys(annotations);
const datasetNames = fc.oneof(
  fc.constantFrom('a', 'train', 'a-b', 'a-path', '1', 'path', 'A', '', '.', 'a.b', '-', 'x'.repeat(53), 'x'.repeat(54)),
  fc.string({ maxLength: 6 }),
);
const keys = fc.oneof(
  { weight: 14, arbitrary: fc.constantFrom(...names).map((name) => `dvc.io/${name}`) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...names), datasetNames).map(([name, dataset]) => `dvc.io/${name}.${dataset}`),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }).map((rest) => `dvc.io/${rest}`) },
  fc.constantFrom('dvc.io/', 'dvc.io/__proto__', '__proto__', 'dvc.io/constructor', 'DVC.io/dataset', 'app'),
  fc.constant('kubectl.kubernetes.io/default-container'),
);
const references = fc.constantFrom(
  images,
  `git@git.example.com:ml/images.git@${sha}:*`,
  `https://git.example.com/ml/labels@${sha}:gold`,
  `images@${sha}:train`,
  `https://user:pw@git.example.com/r@${sha}:train`,
  'https://git.example.com/r@main:train',
);
const nearlyValid = fc.oneof(
  references,
  fc.constantFrom('*', 'train', 'train,side', '/mnt', '/data', '/mnt/a', '/', '/a/../b', 'data', 'ml/data', 'data/x'),
  fc.constantFrom('1', '500m', '4Gi', '-1', '1e999', '999Ei', '0', 'NaN', 'my-secret', 'My_Secret', ''),
);
const values = fc.oneof(
  { weight: 3, arbitrary: nearlyValid },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(nearlyValid, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([text, where, put]) => {
        const at = where % (text.length + 1);
        return text.slice(0, at) + put + text.slice(at + 1);
      }),
  },
);
const maps = fc.array(fc.tuple(keys, values), { maxLength: 8 }).map((entries) => Object.fromEntries(entries));

describe('random annotations', () => {
  it('always end in a decision whose texts are printable lines, and in the same one twice', () => {
    const config = defaultConfig();
    const seen = new Set<string>();
    fc.assert(
      fc.property(maps, fc.boolean(), (map, valid) => {
        const all = valid ? { 'dvc.io/dataset': images, ...map } : map;
        const pod = {
          metadata: { annotations: all },
          spec: { containers: [{ name: 'train' }, { name: 'side' }] },
        };
        const decision = decide(requestOf(pod), config);
        seen.add(decision.reason);
        const { response } = answerReview('uid', decision);
        if (decision.kind === 'deny') {
          assert.doesNotMatch(decision.message, unprintable);
          assert.ok(decision.message.startsWith('dvc-injector: '));
          assert.ok([400, 403, 409].includes(response.status?.code ?? 0), decision.reason);
        }
        for (const warning of response.warnings ?? []) {
          assert.doesNotMatch(warning, /[\p{Cc}\p{Zl}\p{Zp}]/u);
          assert.ok(warning.length > 0 && warning.length <= 256);
        }
        assert.deepStrictEqual(decide(requestOf(pod), config), decision);
      }),
      { numRuns: 10_000 },
    );
    // Else the property above proves little.
    for (const reason of ['injected', 'not-annotated', 'invalid-reference', 'invalid-annotation', 'above-maximum']) {
      assert.ok(seen.has(reason), `no annotations led to ${reason}`);
    }
  });

  it('that lead to an injection lead to none the second time', () => {
    const config = defaultConfig();
    fc.assert(
      fc.property(maps, (map) => {
        const pod = podWith();
        Object.assign(pod.metadata.annotations ?? {}, map);
        const first = decide(requestOf(pod), config);
        if (first.kind !== 'inject') return;
        assert.equal(decide(requestOf(injected(pod)), config).kind, 'unchanged');
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the table of annotations', () => {
  it('knows each of its names, and named ones by dataset', () => {
    for (const name of names) assert.deepStrictEqual(readAnnotationKey(`dvc.io/${name}`), { name, dataset: null });
    assert.deepStrictEqual(readAnnotationKey('dvc.io/cpu.a'), { name: 'cpu', dataset: 'a' });
    assert.equal(readAnnotationKey('dvc.io/dataset-status.a'), null);
  });

  it('is not fooled by what objects inherit', () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      assert.equal(readAnnotationKey(`dvc.io/${name}`), null);
  });

  it('tells a dataset from annotations that only look like one', () => {
    assert.ok(namesDataset({ 'dvc.io/dataset': '' }));
    assert.ok(namesDataset({ 'dvc.io/dataset.train': '' }));
    assert.ok(!namesDataset({ 'dvc.io/dataset-status': 'injected', 'dvc.io/datset': '', 'x/dvc.io/dataset': '' }));
  });
});

describe('the name of a dataset', () => {
  it('may have 53 characters, and every name made of it fits into a DNS label', () => {
    const name = 'x'.repeat(53);
    const pod = podWith({ [`dataset.${name}`]: images, [`mount-path.${name}`]: '/data' });
    const result = injected(pod);
    const made = [...(result.spec.initContainers ?? []), ...(result.spec.volumes ?? [])].map((each) => `${each.name}`);
    for (const each of made) assert.match(each, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  });

  for (const name of ['x'.repeat(54), 'A', 'a.b', 'a_b', '-a', 'a-', '', 'é', 'a b', '__proto__']) {
    it(`can't be ${JSON.stringify(name.slice(0, 10))} (${name.length})`, () => {
      const { reason, message } = denialOf(podWith({ [`dataset.${name}`]: images }));
      assert.equal(reason, 'invalid-annotation');
      assert.match(message, /at most 53 characters, such as dvc\.io\/dataset\.train$/);
    });
  }
});

describe('an annotation with a value that can not be used', () => {
  for (const [name, value, reason, words] of [
    ['cpu', '0', 'invalid-annotation', /dvc\.io\/cpu: must be a quantity greater than 0/],
    ['cpu', 'two', 'invalid-annotation', /dvc\.io\/cpu/],
    ['memory', '-1Gi', 'invalid-annotation', /dvc\.io\/memory/],
    ['memory', '1e30', 'above-maximum', /fetcher\.maxMemory/],
    ['scratch', '2Ti', 'above-maximum', /maximum of 1Ti.*fetcher\.maxScratch/],
    ['cpu', '8001m', 'above-maximum', /8001m is above the admin's maximum of 8/],
    ['mount-path', 'mnt', 'invalid-annotation', /is not absolute/],
    ['mount-path', '/', 'invalid-annotation', /must not be the root/],
    ['mount-path', '///', 'invalid-annotation', /must not be the root/],
    ['mount-path', '', 'invalid-annotation', /is not absolute/],
    ['mount-path', '/a/../b', 'invalid-annotation', /segment/],
    ['mount-path', '/a//b', 'invalid-annotation', /segment/],
    ['mount-path', '/a:b', 'invalid-annotation', /colon/],
    ['mount-path', '/a\nb', 'invalid-annotation', /control/],
    ['mount-path', `/${'a'.repeat(2000)}`, 'invalid-annotation', /longer than/],
    ['git-secret', 'Not_A_Secret', 'invalid-annotation', /name of a Secret/],
    ['git-secret', '', 'invalid-annotation', /name of a Secret/],
    ['remote-secret', 'a/b', 'invalid-annotation', /name of a Secret/],
    ['remote', '', 'invalid-annotation', /dvc\.io\/remote: must be the name of a DVC remote/],
    ['remote', 'a"]', 'invalid-annotation', /without quotes, brackets/],
    ['remote', '$(HOME)', 'invalid-annotation', /must be the name of a DVC remote/],
    ['remote', 'a\u2028b', 'invalid-annotation', /must be the name of a DVC remote/],
    ['remote', 'r'.repeat(201), 'invalid-annotation', /at most 200 characters/],
    ['data-dir', '../data', 'invalid-annotation', /dvc\.io\/data-dir.*inside the repository/],
    ['split-dir', 'data.dvc', 'invalid-annotation', /dvc\.io\/split-dir.*name of the metadata file/],
    ['containers', '', 'invalid-annotation', /it names no container/],
    ['containers', ' , ', 'invalid-annotation', /it names no container/],
    ['containers', 'train,nope', 'invalid-annotation', /no container nope; it has train/],
    ['mount-path.nope', '/x', 'invalid-annotation', /there is no dvc\.io\/dataset\.nope, only dvc\.io\/dataset$/],
  ] as const) {
    it(`dvc.io/${name}: ${JSON.stringify(value.slice(0, 20))}`, () => {
      const denial = denialOf(podWith({ [name]: value }));
      assert.equal(denial.reason, reason);
      assert.match(denial.message, words);
    });
  }

  it('on every dataset but for a name belongs to none', () => {
    const pod = podWith();
    pod.metadata.annotations = { 'dvc.io/dataset.a': images, 'dvc.io/mount-path': '/x' };
    assert.match(denialOf(pod).message, /every dataset of this pod has a name; write dvc\.io\/mount-path\.a$/);
  });
});

describe('an annotation that is fine', () => {
  it('may have spaces around it', () => {
    const fetcher = fetcherOf(injected(podWith({ cpu: ' 2 ', memory: '4Gi\n', 'git-secret': ' my-git ' })));
    assert.deepStrictEqual((fetcher.resources as { limits: unknown }).limits, { cpu: '2', memory: '4Gi' });
  });

  it("may ask for exactly the admin's maximum", () => {
    assert.equal(decisionOn(podWith({ cpu: '8', memory: '32Gi', scratch: '1Ti' })).kind, 'inject');
  });

  it('may mount at a path with a slash at its end', () => {
    const [train] = injected(podWith({ 'mount-path': '/data/' })).spec.containers;
    assert.equal(train?.volumeMounts?.[0]?.mountPath, '/data');
  });
});

describe('the repositories that the admin allows', () => {
  const allowed = (glob: string, repository: string) =>
    decisionOn(
      podWith({ dataset: `${repository}@${sha}:train` }),
      JSON.stringify({ repositories: { allowed: [glob] } }),
    ).reason;

  for (const [glob, repository] of [
    ['**', 'git@anywhere:x/y'],
    ['https://git.example.com/**', 'https://git.example.com/ml/images'],
    ['https://git.example.com/**', 'https://GIT.example.com:443/ml/images.git'],
    ['https://git.example.com/ml/*', 'https://git.example.com/ml/images'],
    ['https://*.example.com/**', 'https://git.example.com/ml/images'],
    ['ssh://git@git.example.com/ml/**', 'git@git.example.com:ml/images'],
  ] as const) {
    it(`by ${glob} are ${repository}`, () => assert.equal(allowed(glob, repository), 'injected'));
  }

  for (const [glob, repository] of [
    ['https://git.example.com/ml/*', 'https://git.example.com/ml/team/images'],
    ['https://git.example.com/ml/**', 'https://git.example.com/secret/images'],
    ['https://git.example.com/ml/**', 'https://git.example.com//ml/images'],
    ['https://git.example.com/**', 'https://git.example.com.evil.org/ml/images'],
    ['https://git.example.com/**', 'https://git.example.com:8443/ml/images'],
    ['https://git.example.com/**', 'ssh://git.example.com/ml/images'],
    ['https://*.example.com/**', 'https://evil.org/x.example.com/images'],
    ['https://git.example.com/**', 'https://evil.org/https://git.example.com/images'],
    ['!https://evil.org/**', 'https://git.example.com/ml/images'],
  ] as const) {
    it(`by ${glob} are not ${repository}`, () => assert.equal(allowed(glob, repository), 'repository-not-allowed'));
  }
});

describe('a mount path', () => {
  it('that the kubelet would expand in the environment only is refused', () => {
    const { reason, message } = denialOf(podWith({ 'mount-path': '/data/$(HOME)' }));
    assert.equal(reason, 'invalid-annotation');
    assert.match(message, /dvc\.io\/mount-path: the mount path holds "\$\(", which begins a reference to a variable/);
    assert.equal(decisionOn(podWith({ 'mount-path': '/data/$HOME' })).kind, 'inject');
  });

  it("at or below one of the kernel's folders is refused", () => {
    for (const path of ['/proc', '/proc/', '/proc/1', '/dev', '/dev/shm/x', '/sys', '/sys/fs']) {
      const { reason, message } = denialOf(podWith({ 'mount-path': path }));
      assert.equal(reason, 'invalid-annotation', path);
      assert.match(message, /lies in \/proc, \/dev, \/sys/);
    }
    for (const path of ['/process', '/devices/x', '/mnt/proc']) {
      assert.equal(decisionOn(podWith({ 'mount-path': path })).kind, 'inject', path);
    }
  });

  it('that is suggested collides with no other dataset', () => {
    const suggestion = (annotations: Record<string, string>) =>
      /: (\/[^ ]*)$/.exec(denialOf(podWith(annotations)).message)?.[1] ?? '';
    assert.equal(suggestion({ 'dataset.a': images }), '/mnt/main');
    assert.equal(suggestion({ 'dataset.main': images }), '/dataset');
    assert.equal(suggestion({ 'dataset.main': images, 'dataset.b': images, 'mount-path.b': '/dataset' }), '/dataset-2');
    const [main, b] = [{ 'dataset.main': images }, { 'dataset.b': images, 'mount-path.b': '/dataset' }];
    const obeyed = podWith({ ...main, ...b, 'mount-path': suggestion({ ...main, ...b }) });
    assert.equal(decisionOn(obeyed).kind, 'inject');
  });
});

describe('an annotation that hardly means what it says', () => {
  const warnings = (annotations: Record<string, string>) => injectionOf(podWith(annotations)).warnings;

  it('is the split with its folder in front', () => {
    const dataset = images.replace(':train', ':data-split/train');
    assert.deepStrictEqual(warnings({ dataset }), [
      'annotation dvc.io/dataset means the list data-split/data-split/train, as a split is a path below data-split; if you mean data-split/train, write :train',
    ]);
    const named = { 'dataset.a': images.replace(':train', ':lists/x'), 'split-dir.a': 'lists', 'mount-path': '/b' };
    assert.match(warnings(named).join('|'), /^annotation dvc\.io\/dataset\.a means the list lists\/lists\/x, [^|]*$/);
    assert.deepStrictEqual(warnings({ dataset: images.replace(':train', ':data-splits/train') }), []);
  });

  it('is several splits behind one another, as a comma may stand in the name of a list', () => {
    assert.deepStrictEqual(warnings({ dataset: images.replace(':train', ':train,val') }), [
      'annotation dvc.io/dataset means the one list data-split/train,val, comma and all; if you mean several lists, name one here and each other by an annotation such as dvc.io/dataset.val',
    ]);
  });

  it('is no glob, which may hold commas and begin with the name of the split directory', () => {
    for (const glob of ['*.{jpg,png}', 'data-split/**']) {
      assert.deepStrictEqual(warnings({ dataset: images.replace(':train', `:${glob}`) }), []);
    }
  });

  it("is the data directory by the name of DVC's file", () => {
    assert.deepStrictEqual(warnings({ 'data-dir': 'ml/data.dvc' }), [
      'annotation dvc.io/data-dir means the folder ml/data.dvc, whose metadata is ml/data.dvc.dvc; if you mean the folder that ml/data.dvc describes, write ml/data',
    ]);
  });

  it('is said when the pod comes a second time, too', () => {
    const decision = decisionOn(injected(podWith({ 'data-dir': 'data.dvc' })));
    assert.ok(decision.kind === 'unchanged' && decision.warnings.length === 1, JSON.stringify(decision));
  });
});

describe('unknown annotations', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, '']));

  it('are named up to five and counted beyond, so that they fill no answer', () => {
    assert.equal(injectionOf(podWith(many(5))).warnings.length, 5);
    const { warnings } = injectionOf(podWith(many(20)));
    assert.equal(warnings.length, 6);
    assert.equal(warnings.at(-1), '15 more annotations are unknown and ignored');
  });

  it('come after all that is said of the known ones', () => {
    const containers = [{ name: 'a' }, { name: 'b' }];
    const first = podWith({ ...many(1), dataset: images.replace(':train', ':data-split/train') }, { containers });
    for (const decision of [decisionOn(first), decisionOn(injected(first))]) {
      assert.ok(decision.kind === 'inject' || decision.kind === 'unchanged');
      assert.ok(decision.warnings.length >= 2);
      assert.match(decision.warnings.at(-1) ?? '', /^annotation dvc\.io\/x0 is unknown/);
    }
  });
});
