/** Says where pods ask for a dataset in a namespace that isn't opted in, as far as one text of manifests can know. */
import { optInLabel } from '../config/opt-in.ts';
import type { FoundObject } from './find-objects.ts';
import type { Outcome } from './inject-object.ts';
import { valueAt } from './manifest.ts';

/** Collects what the objects of the text say about namespaces. */
export interface OptIn {
  /** The Namespace objects by name. */
  namespaces: Map<string, { where: string; isOptedIn: boolean }>;
  /** Namespaces in which pods will ask for a dataset. */
  asking: Set<string>;
  /** Whether the webhook has to inject pods in a namespace whose object isn't in the text; null is one that nobody names. */
  leftIn: Set<string | null>;
}

export function noOptIn(): OptIn {
  return { namespaces: new Map(), asking: new Set(), leftIn: new Set() };
}

/** Notes one object: `namespace` is where its pods will be, null where nobody says. */
export function noteObject(optIn: OptIn, found: FoundObject, where: string): void {
  const name = valueAt(found.object, ['metadata', 'name']);
  if (found.key !== 'Namespace' || typeof name !== 'string') return;
  const isOptedIn = valueAt(found.object, ['metadata', 'labels', optInLabel.key]) === optInLabel.value;
  optIn.namespaces.set(name, { where, isOptedIn });
}

/** Notes what becomes of one object's pods in a namespace; null where nobody says which. */
export function noteOutcome(optIn: OptIn, { asks, isLeft }: Outcome, namespace: string | null): void {
  if (asks && namespace !== null) optIn.asking.add(namespace);
  if (isLeft) optIn.leftIn.add(namespace);
}

/** One warning for each Namespace of the text that lacks the label and in which pods ask for a dataset. */
export function notOptedInWarnings({ namespaces, asking }: OptIn): { where: string; text: string }[] {
  return [...namespaces].flatMap(([name, { where, isOptedIn }]) =>
    isOptedIn || !asking.has(name) ? [] : [{ where, text: notOptedInWarning() }],
  );
}

function notOptedInWarning(): string {
  return `pods ask for a dataset there, but the namespace is not opted in: the webhook neither injects them nor makes their claim; add the label ${optInLabel.key}: ${optInLabel.value}`;
}

/** What the user has to see to where something is left to the webhook and no Namespace of the text answers it; else null. */
export function optInNote({ namespaces, leftIn }: OptIn): string | null {
  const isOpen = [...leftIn].some((namespace) => namespace === null || !namespaces.has(namespace));
  if (!isOpen) return null;
  return `what is left to the webhook is injected in a namespace with the label ${optInLabel.key}: ${optInLabel.value}`;
}
