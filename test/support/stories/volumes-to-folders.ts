/**
 * A post-renderer for Helm: PersistentVolumes of the chart become folders of the node, as EFS' driver can't run here. The
 * folder is the argument. Hooks are not given to post-renderers, and are what the chart renders.
 */
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';

const [, , path] = process.argv;
for (const document of parseAllDocuments(await text(process.stdin))) {
  if (document.get('kind') === 'PersistentVolume') {
    document.deleteIn(['spec', 'csi']);
    document.setIn(['spec', 'hostPath'], { path, type: 'Directory' });
  }
  process.stdout.write(`---\n${document}`);
}
