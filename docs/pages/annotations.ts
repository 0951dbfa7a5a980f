/** The reference page of the annotations. */
import { annotations } from '../../src/admission/annotations.ts';
import { page, table } from './page.ts';

export function annotationsPage(): string {
  const rows = Object.entries(annotations).map(([name, row]) => [
    row.named ? `\`dvc.io/${name}\`, \`dvc.io/${name}.<name>\`` : `\`dvc.io/${name}\``,
    row.value,
    row.fallback,
    row.meaning,
  ]);
  return page(
    'Annotations',
    'src/admission/annotations.ts',
    'On the pod, or [where the kind of its workload takes them from](kinds.md). A dataset named by `dvc.io/dataset.<name>` takes its own `….<name>` annotation where there is one, else the one without a name, else the default; only the mount path is never shared.',
    table(['annotation', 'value', 'default', 'meaning'], rows),
  );
}
