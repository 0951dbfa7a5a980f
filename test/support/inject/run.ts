/** Runs the offline command as users do: as a process, with manifests on stdin or in files. */
import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';

const command = join(import.meta.dirname, '..', '..', '..', 'src', 'cli.ts');

export interface Ran {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** `dvc-injector inject …` with `stdin` as its input. */
export async function inject(stdin: string | Uint8Array, ...args: string[]): Promise<Ran> {
  const options = { input: stdin, reject: false, stripFinalNewline: false } as const;
  const { exitCode, stdout, stderr } = await execa(process.execPath, [command, 'inject', ...args], options);
  return { code: exitCode, stdout, stderr };
}

export const reference = `https://git.example.com/ml/images@${'0123456789abcdef0123456789abcdef01234567'}:train`;

/** A pod as people write one. */
export const pod = `apiVersion: v1
kind: Pod
metadata:
  name: train
  annotations:
    dvc.io/dataset: ${reference}
spec:
  containers:
    - name: main
      image: registry.example.com/train:1
`;

/** A manifest that is no business of ours. */
export const configMap = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}   # oddly   spaced
data: {"mode":   'fast' }
`;

// biome-ignore lint/suspicious/noExplicitAny: tests look into manifests of every kind
export type Any = any;

/** The documents of a text as plain values, empty ones left out. */
export function documentsOf(text: string): Any[] {
  return parseAllDocuments(text, { version: '1.1', merge: true })
    .map((document) => {
      for (const error of document.errors) throw error;
      return document.toJS();
    })
    .filter((value) => value !== null);
}

/** The only document of a text. */
export function documentOf(text: string): Any {
  const [document] = documentsOf(text);
  return document;
}

/** The names of a pod's init containers. */
export function fetchersOf(podSpec: Any): string[] {
  return (podSpec.initContainers ?? []).map((container: { name: string }) => container.name);
}
