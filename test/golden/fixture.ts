/** Reads golden fixtures: real manifests with the result that the contract promises for them, written by hand. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { AdmissionRequest } from '../../src/admission/review.ts';
import { version } from '../../src/version.ts';

/** A manifest as plain JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

const object = z.record(z.string(), z.json());
const injected = z.strictObject({ pod: object, warnings: z.array(z.string()) });
const denied = z.strictObject({
  denied: z.strictObject({ reason: z.string(), code: z.int(), message: z.string() }),
});
const unchanged = z.strictObject({ unchanged: z.literal('already-injected'), warnings: z.array(z.string()) });
const skipped = z.strictObject({ skipped: z.string() });

const fixtureSchema = z.strictObject({
  /** One sentence. */
  situation: z.string(),
  /** The admin's configuration file. */
  config: object,
  /** Parts of the admission request that differ from the ordinary one. */
  request: z
    .strictObject({
      namespace: z.string().default('research'),
      operation: z.string().default('CREATE'),
      subResource: z.string().default(''),
      kind: z
        .strictObject({ group: z.string(), version: z.string(), kind: z.string() })
        .default({ group: '', version: 'v1', kind: 'Pod' }),
    })
    .prefault({}),
  /** What stands nowhere in the decision. */
  secrets: z.array(z.string()).default([]),
  pod: object,
  expect: z.union([injected, denied, unchanged, skipped]),
});

export type Fixture = z.output<typeof fixtureSchema> & { file: string };

const standardParameters = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{32}$/),
  dataset: z.string(),
  name: z.string().default('dvc-fetch'),
  gitVolume: z.string().default('dvc-git'),
  remoteVolume: z.string().default('dvc-remote'),
  claimVolume: z.string().default('dvc-dataset'),
  dataDir: z.string().default('data'),
  splitDir: z.string().default('data-split'),
  remote: z.string().default(''),
  fallback: z.string().default(''),
  fallbackRegion: z.string().default(''),
  fallbackEndpoint: z.string().default(''),
  cpu: z.string().default('1'),
  memory: z.string().default('1Gi'),
  scratch: z.string().default('10Gi'),
  /** Laid over the standard: maps are merged, anything else replaces, null removes. */
  with: object.default({}),
  moreEnv: z.array(z.json()).default([]),
  moreMounts: z.array(z.json()).default([]),
});

const standardFetcher = readFileSync(join(import.meta.dirname, 'standard-fetcher.yaml'), 'utf8');

/** All fixtures by file name. */
export function readFixtures(): Fixture[] {
  return globSync(join(import.meta.dirname, 'manifests', '*.yaml'))
    .sort()
    .map((file) => {
      const fixture = fixtureSchema.parse(parse(readFileSync(file, 'utf8')));
      return {
        ...fixture,
        pod: expanded(fixture.pod) as JsonObject,
        expect: expanded(fixture.expect) as Fixture['expect'],
        file: basename(file),
      };
    });
}

/** The admission request that brings `pod` to the webhook. */
export function requestFor(fixture: Fixture, pod: Json, dryRun = false): AdmissionRequest {
  const { name } = (fixture.pod.metadata ?? {}) as { name?: string };
  return {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    name: name ?? '',
    dryRun,
    object: pod,
    ...fixture.request,
  };
}

/** Replaces each `{standardFetcher: …}` by the container it stands for. */
function expanded(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => expanded(item) as Json);
  if (value === null || typeof value !== 'object') return value;
  if ('standardFetcher' in value) return fetcherFrom(value.standardFetcher);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expanded(item) as Json]));
}

function fetcherFrom(written: Json | undefined): Json {
  const { with: overlay, moreEnv, moreMounts, ...parameters } = standardParameters.parse(written);
  const words: Record<string, string> = { ...parameters, version };
  const filled = (value: Json): Json => {
    if (typeof value === 'string') return value.replace(/<(\w+)>/g, (_, word: string) => words[word] ?? '');
    if (Array.isArray(value)) return value.map(filled);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item)]));
  };
  const container = laidOver(filled(parse(standardFetcher) as Json), overlay) as JsonObject;
  return {
    ...container,
    env: [...(container.env as Json[]), ...moreEnv],
    volumeMounts: [...(container.volumeMounts as Json[]), ...moreMounts],
  };
}

function laidOver(base: Json | undefined, overlay: Json): Json {
  if (!isMap(base) || !isMap(overlay)) return overlay;
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    if (value === null) delete merged[key];
    else merged[key] = laidOver(base[key], value);
  }
  return merged;
}

function isMap(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
