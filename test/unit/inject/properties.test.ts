/** Injection offline for pods and texts of any shape: what holds for all of them, with inputs that nobody thought of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Document, visit } from 'yaml';
import { patched } from '../../../src/admission/patch.ts';
import { defaultConfig } from '../../../src/config/load.ts';
import { findObjects } from '../../../src/inject/find-objects.ts';
import { injectManifests } from '../../../src/inject/inject-manifests.ts';
import { injectObject } from '../../../src/inject/inject-object.ts';
import { readDocument } from '../../../src/inject/kubectl-yaml.ts';
import { splitDocuments, UnreadableManifest } from '../../../src/inject/split-documents.ts';
import { type Any, reference } from '../../support/inject/run.ts';

const config = defaultConfig();
const awkward = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    'yes',
    'on',
    '012',
    '0o7',
    '1e3',
    '~',
    '',
    ' x',
    'x ',
    'a\nb\n',
    '\n',
    '#',
    '- a',
    'a: b',
    '"',
    "'",
    '\t',
    '%a',
    '---',
    '\uFEFF',
    '<<',
  ),
);
const container = fc.record(
  {
    name: fc.constantFrom('main', 'helper', 'istio-proxy'),
    image: awkward,
    args: fc.array(awkward),
    env: fc.array(fc.record({ name: awkward, value: awkward })),
    volumeMounts: fc.constantFrom(null, [], [{ name: 'own', mountPath: '/own' }]),
    invented: fc.oneof(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
  },
  { requiredKeys: ['name'] },
);
const pod = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: fc.record({
    name: fc.constant('train'),
    labels: fc.option(fc.dictionary(awkward, awkward)),
    annotations: fc.dictionary(awkward, awkward).map((more) => ({ 'dvc.io/dataset': reference, ...more })),
  }),
  spec: fc.record(
    {
      containers: fc.array(container, { minLength: 1, maxLength: 3 }),
      initContainers: fc.oneof(fc.constant(null), fc.array(container, { maxLength: 2 })),
      volumes: fc.constantFrom(null, [], [{ name: 'own', emptyDir: {} }]),
    },
    { requiredKeys: ['containers'] },
  ),
});

/** The same manifest as people and tools write it: JSON, block, flow and indented YAML. */
const written = fc
  .tuple(pod, fc.constantFrom('json', 'pretty', 'flow', 'yaml', 'flush'))
  .map(([manifest, style]): [Any, string] => {
    if (style === 'json') return [manifest, JSON.stringify(manifest)];
    if (style === 'pretty') return [manifest, JSON.stringify(manifest, null, '\t')];
    const document = new Document(manifest, { aliasDuplicateObjects: false });
    visit(document, {
      Collection(_, node) {
        node.flow = style === 'flow' || node.items.length === 0;
      },
      Scalar(_, node) {
        if (String(node.value).includes('\n')) node.type = 'BLOCK_LITERAL';
      },
    });
    // Quoted, as the package that writes this and kubectl disagree about plain words.
    const defaultStringType = style === 'yaml' ? 'QUOTE_DOUBLE' : 'QUOTE_SINGLE';
    return [manifest, document.toString({ indentSeq: style !== 'flush', defaultStringType })];
  });

const inject = (text: string) => injectManifests(text, null, config);
const read = (text: string) => asJson(readDocument({ text, line: 1, kind: 'document' })?.toJS());
const asJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? Number(each) : each)));

describe('for any pod, however it is written', () => {
  it('what is printed is what the webhook’s patch makes of it', () => {
    fc.assert(
      fc.property(written, ([manifest, text]) => {
        const original = asJson(manifest);
        const [found] = findObjects(original);
        assert.ok(found);
        const outcome = injectObject(found, null, config);
        const result = inject(text);
        assert.equal(result.denials.length, outcome.denials.length);
        if (outcome.denials.length === 0) {
          const operations = outcome.edits.flatMap((edit) => edit.operations);
          assert.deepEqual(read(result.text), patched(original, operations));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a second pass changes nothing', () => {
    fc.assert(
      fc.property(written, fc.boolean(), ([, text], crlf) => {
        const once = inject(crlf ? text.replaceAll('\n', '\r\n') : text);
        if (once.denials.length === 0) assert.equal(inject(once.text).text, once.text);
      }),
      { numRuns: 200 },
    );
  });
});

describe('for any text', () => {
  it('the pieces joined are the text, and nothing is thrown but the typed error', () => {
    const line = fc.oneof(
      awkward,
      fc.constantFrom(
        '---',
        '--- # c',
        '---\r',
        'apiVersion: v1',
        'kind: Pod',
        'a: &a 1',
        'b: *a',
        '  - c',
        '{',
        '}',
        '...',
      ),
    );
    fc.assert(
      fc.property(
        fc.array(line).map((lines) => lines.join('\n')),
        (text) => {
          try {
            assert.equal(
              splitDocuments(text)
                .map((piece) => piece.text)
                .join(''),
              text,
            );
            assert.equal(inject(text).text, text);
          } catch (error) {
            if (!(error instanceof UnreadableManifest)) throw error;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
