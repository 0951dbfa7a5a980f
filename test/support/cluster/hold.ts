/** Starts a control plane, prints the path of its kubeconfig and waits to be killed: the other process in a test of that. */
import { startControlPlane } from './control-plane.ts';

const controlPlane = await startControlPlane();
process.stdout.write(`${controlPlane.kubeconfig}\n`);
setInterval(() => {}, 60_000); // the components alone keep no process alive
