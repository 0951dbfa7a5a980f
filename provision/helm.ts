/** Helm, with which the chart's tests render and install it: built from a locked Go module, so it needs no download page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { provideGoProgram } from './go.ts';

const source = join(import.meta.dirname, 'helm');
/** The path of the `helm` program, built the first time (about two minutes); at once and offline ever after. */
export async function provideHelm(): Promise<string> {
  const version = requiredVersion('helm.sh/helm/v3');
  return provideGoProgram({
    file: 'helm',
    entry: `helm-${version}`,
    name: `Helm ${version}`,
    module: source,
    command: 'helm.sh/helm/v3/cmd/helm',
    linkerFlags: facts(version),
  });
}

/** As go.mod states it, such as `v3.19.2`. */
function requiredVersion(module: string): string {
  const lines = readFileSync(join(source, 'go.mod'), 'utf8').split('\n');
  const version = lines.map((line) => line.trim().split(/\s+/)).find((words) => words[0] === module)?.[1];
  if (!version) throw new Error(`${source}/go.mod requires no ${module}`);
  return version;
}

/** What Helm's own build writes into the program. */
function facts(version: string): string[] {
  // `helm template` asks no cluster and believes in the version that it was built for: client-go 0.34 is Kubernetes 1.34.
  const [, minor] = requiredVersion('k8s.io/client-go').split('.');
  const values = {
    'internal/version.version': version,
    'pkg/chartutil.k8sVersionMajor': '1',
    'pkg/chartutil.k8sVersionMinor': minor,
    'pkg/lint/rules.k8sVersionMajor': '1',
    'pkg/lint/rules.k8sVersionMinor': minor,
  };
  return Object.entries(values).map(([name, value]) => `-X helm.sh/helm/v3/${name}=${value}`);
}
