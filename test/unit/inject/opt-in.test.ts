/** What injection offline says of namespaces: what the manifests themselves tell, and nothing that it can't know. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { defaultConfig } from '../../../src/config/load.ts';
import { injectManifests } from '../../../src/inject/inject-manifests.ts';
import { objectOf } from '../../support/inject/kinds.ts';
import { inject as injectCommand, reference } from '../../support/inject/run.ts';

const dataset = { 'dvc.io/dataset': reference };
const template = {
  metadata: { annotations: dataset },
  spec: { containers: [{ name: 'main', image: 'registry.example.com/train:1' }] },
};

const job = (namespace?: string) => objectOf('batch/v1', 'Job', { metadata: { namespace }, spec: { template } });
const workflow = (namespace?: string) =>
  objectOf('argoproj.io/v1alpha1', 'Workflow', {
    metadata: { namespace },
    spec: { podMetadata: { annotations: dataset }, templates: [] },
  });
const namespaceObject = (name: string, labels: object) => objectOf('v1', 'Namespace', { metadata: { name, labels } });
const optedIn = { 'dvc.io/dataset-injection': 'enabled' };

function said(objects: object[], namespace: string | null = null): string[] {
  const text = objects.map((object) => stringify(object)).join('---\n');
  const { notes, warnings, denials } = injectManifests(text, namespace, defaultConfig());
  assert.deepEqual(denials, []);
  return [...notes, ...warnings]
    .map((remark) => (remark.where === null ? remark.text : `${remark.where}: ${remark.text}`))
    .filter((line) => !/: right, and left to the webhook/.test(line));
}

const lacks = (where: string) =>
  `${where}: pods ask for a dataset there, but the namespace is not opted in: the webhook neither injects them nor makes their claim; add the label dvc.io/dataset-injection: enabled`;
const needs = 'what is left to the webhook is injected in a namespace with the label dvc.io/dataset-injection: enabled';

describe('a namespace in the same manifests', () => {
  it('without the label is named once, however many workloads ask for datasets there', () => {
    const objects = [job('team-a'), namespaceObject('team-a', {}), job('team-a'), workflow('team-a')];
    assert.deepEqual(said(objects), [lacks('document 2, Namespace/team-a')]);
  });

  it('with another value of the label is named too', () => {
    const other = { 'dvc.io/dataset-injection': 'true' };
    assert.deepEqual(said([namespaceObject('team-a', other), job('team-a')]), [lacks('document 1, Namespace/team-a')]);
  });

  it('with the label needs no word', () => {
    assert.deepEqual(said([namespaceObject('team-a', optedIn), job('team-a'), workflow('team-a')]), []);
  });

  it('is that of -n for workloads that name none', () => {
    const objects = [namespaceObject('team-a', {}), job()];
    assert.deepEqual(said(objects, 'team-a'), [lacks('document 1, Namespace/team-a')]);
    assert.deepEqual(said(objects), []);
  });

  it('in which nobody asks for a dataset is no matter', () => {
    assert.deepEqual(said([namespaceObject('team-a', {}), job('team-b')]), []);
  });

  it('is not compared with kinds that are in no namespace', () => {
    const cluster = objectOf('argoproj.io/v1alpha1', 'ClusterWorkflowTemplate', {
      spec: { podMetadata: { annotations: dataset } },
    });
    assert.deepEqual(said([namespaceObject('team-a', {}), cluster], 'team-a'), [needs]);
  });
});

describe('a namespace that is not in the manifests', () => {
  it('is spoken of once where something is left to the webhook', () => {
    assert.deepEqual(said([workflow('team-a'), workflow('team-b'), workflow()]), [needs]);
  });

  it('is not spoken of where everything is injected', () => {
    assert.deepEqual(said([job('team-a'), job()]), []);
  });
});

it('the command prints notes to stderr and the manifests all the same', async () => {
  const { code, stdout, stderr } = await injectCommand(stringify(workflow('team-a')));
  assert.equal(code, 0);
  assert.equal(stdout, stringify(workflow('team-a')));
  assert.equal(
    stderr,
    `note: document 1, Workflow/mine: right, and left to the webhook, which acts when pods are created with them: spec.podMetadata.annotations\nnote: ${needs}\n`,
  );
});
