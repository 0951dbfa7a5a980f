/** Starts a server, prints where it is and waits to be killed: the other process in a test of that. */
import { startS3 } from './s3.ts';

const s3 = await startS3();
process.stdout.write(`${JSON.stringify({ endpoint: s3.endpoint, directory: s3.directory('') })}\n`);
setInterval(() => {}, 60_000); // the server alone keeps no process alive
