/** What the chart gives the webhook's container, as Helm renders it: its memory and its variables. */
import { quantityValue } from '../../../src/config/quantity.ts';
import { only, render } from '../../support/chart/helm.ts';

export interface ChartContainer {
  memoryBytes: number;
  /** Variables with a value of their own; what comes of the cluster's objects isn't among them. */
  env: Record<string, string>;
}

export async function chartContainer(): Promise<ChartContainer> {
  const deployment = only(await render(), 'Deployment');
  const container = deployment.spec.template.spec.containers.find(({ name }: { name: string }) => name === 'webhook');
  const memoryBytes = quantityValue(container?.resources?.limits?.memory ?? '');
  if (memoryBytes === null) throw new Error('the chart gives its webhook no memory limit');
  const variables: { name: string; value?: string }[] = container.env ?? [];
  const env = Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  return { memoryBytes, env };
}
