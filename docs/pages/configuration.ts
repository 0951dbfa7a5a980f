/** The reference page of the configuration file, generated from its schema. */
import { z } from 'zod';
import { defaultConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { version } from '../../src/version.ts';
import { page, table } from './page.ts';

interface SchemaNode {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | false;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
}

export function configurationPage(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;
  return page(
    'Configuration',
    'src/config/schema.ts',
    'One YAML file, `--config FILE`. Every key has a default; an unknown key or a wrong type ends the start with exit code 78 and the path of the key.',
    table(['key', 'type', 'default', 'meaning'], rowsOf(schema, defaultConfig(), '')),
  );
}

function rowsOf(node: SchemaNode, defaults: unknown, path: string): string[][] {
  // Keys of variants, as those of webhook.tls, stand in one list.
  const properties = Object.assign({}, ...(node.anyOf ?? node.oneOf ?? []).map((variant) => variant.properties), {
    ...node.properties,
  }) as Record<string, SchemaNode>;
  return Object.entries(properties).flatMap(([name, child]) => {
    const key = path === '' ? name : `${path}.${name}`;
    const value = (defaults as Record<string, unknown> | undefined)?.[name];
    const own = child.description ? [[`\`${key}\``, typeOf(child), defaultCell(value), child.description]] : [];
    return [...own, ...rowsOf(child, value, key)];
  });
}

function typeOf(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(' or ');
  const variants = node.anyOf ?? node.oneOf;
  if (variants) return [...new Set(variants.map(typeOf))].join(' or ');
  if (node.type === 'array') return `list of ${node.items ? typeOf(node.items) : 'anything'}`;
  if (node.type === 'object' && node.additionalProperties) return `map to ${typeOf(node.additionalProperties)}`;
  return [node.type ?? 'anything'].flat().join(' or ');
}

function defaultCell(value: unknown): string {
  return value === undefined ? '–' : `\`${JSON.stringify(value).replace(`:${version}`, ':<version>')}\``;
}
