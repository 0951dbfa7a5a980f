/** The reference page of the kinds whose pods can be annotated. */
import { allKinds, type Kind } from '../../src/inject/kinds.ts';
import { page, table } from './page.ts';

export function kindsPage(): string {
  const kinds = allKinds();
  return page(
    'Kinds',
    'src/inject/kinds.ts',
    'Where annotations have to stand to reach the pods of each kind. `*` is every value of a map, `[]` every item of a list. Any other kind works too where its pods get the annotations: the webhook looks at pods only. `inject` and the policies know these.',
    '## With a pod template',
    "`inject` injects the template. The annotations are the template's own, `metadata.annotations` in it.",
    table(
      ['kind', 'API group', 'pod templates'],
      kinds.flatMap(([key, kind]) => (kind.templates ? [[...nameAndGroup(key), code(kind.templates)]] : [])),
    ),
    '## Whose controller passes annotations on',
    'The pods are made of something else than a pod template, so `inject` judges the annotations and leaves the rest to the webhook.',
    table(
      ['kind', 'API group', 'annotations', 'for all its pods'],
      kinds.flatMap(([key, kind]) => (kind.templates ? [] : [[...nameAndGroup(key), ...passedOn(kind)]])),
    ),
  );
}

function nameAndGroup(key: string): [name: string, group: string] {
  const [name = '', ...group] = key.split('.');
  return [`\`${name}\``, group.length > 0 ? `\`${group.join('.')}\`` : '–'];
}

function passedOn({ annotations = [], shared = [] }: Kind): string[] {
  return [code(annotations), shared.length > 0 ? code(shared) : '–'];
}

function code(places: readonly string[]): string {
  return places.map((place) => (place === '' ? 'the pod itself' : `\`${place.replaceAll('.[]', '[]')}\``)).join(', ');
}
