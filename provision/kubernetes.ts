/** The parts of a control plane and kubectl: those of `$KUBEBUILDER_ASSETS`, else built once from provision/kubernetes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { findExecutable } from './binaries.ts';
import { cached, fingerprint } from './cache.ts';
import { findGo } from './go.ts';
import { announced } from './progress.ts';

/** What the binary of provision/kubernetes can be, by its first argument. */
export type Part =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'kubectl';

/** A program and its first arguments; flags follow. */
export type Command = readonly [program: string, ...args: string[]];

const source = join(import.meta.dirname, 'kubernetes');
const lifeline = join(import.meta.dirname, 'lifeline.ts');

/**
 * The commands of these parts. Each that lies in the folder `$KUBEBUILDER_ASSETS` (envtest's convention) is taken from
 * there, which is said on stderr; for the others our own binary is built the first time: that takes minutes and needs
 * Go and its modules, and is at once and offline ever after.
 *
 * All but kubectl end when their stdin closes, if `DVC_INJECTOR_LIFELINE` is set: see test/support/process/component.ts.
 */
export async function provideKubernetes<P extends Part>(parts: readonly P[]): Promise<Record<P, Command>> {
  const commands: Partial<Record<P, Command>> = {};
  for (const part of parts) commands[part] = fromAssets(part) ?? [await build(), part];
  return commands as Record<P, Command>;
}

function fromAssets(part: Part): Command | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (!assets) return undefined;
  const file = findExecutable(part, [assets]);
  process.stderr.write(`${part}: ${file ?? `not in KUBEBUILDER_ASSETS (${assets}), so our own build`}\n`);
  if (!file) return undefined;
  return part === 'kubectl' ? [file] : [process.execPath, lifeline, file];
}

async function build(): Promise<string> {
  const files = ['go.mod', 'go.sum', 'main.go'].map((name) => join(source, name));
  const version = kubernetesVersion();
  const key = fingerprint({ files, words: [process.platform, process.arch] });
  const entry = await cached(`kubernetes-${version}-${key}`, async (directory) => {
    const go = await findGo();
    const what = `building Kubernetes ${version} from its Go modules (minutes, once)`;
    await announced(what, () => compile(go, version, join(directory, 'kubernetes')));
  });
  return join(entry, 'kubernetes');
}

/** The version that go.mod requires, such as `v1.34.3`: the only place that states it. */
export function kubernetesVersion(): string {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(readFileSync(join(source, 'go.mod'), 'utf8'))?.[1];
  if (!version) throw new Error(`${source}/go.mod requires no k8s.io/kubernetes`);
  return version;
}

async function compile(go: string, version: string, output: string): Promise<void> {
  const [major, minor] = version.slice(1).split('.');
  const facts = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const linkerFlags = ['-s', '-w'];
  for (const home of ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']) {
    for (const [name, value] of Object.entries(facts)) linkerFlags.push(`-X ${home}.${name}=${value}`);
  }
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags.join(' ')];
  await execa(go, ['build', ...flags, '-o', output, '.'], {
    cwd: source,
    // Static, so that the e2e suite may run it anywhere; and no go.work of a folder above may change the versions.
    env: { CGO_ENABLED: '0', GOWORK: 'off' },
  });
}
