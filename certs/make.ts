/** `npm run certs`: an authority and a serving certificate for this machine, for development without a cluster. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeServingCertificate } from '../src/tls/make.ts';

const folder = import.meta.dirname;
const { ca, cert, key } = await makeServingCertificate({ names: ['localhost'], ips: ['127.0.0.1', '::1'] });
for (const [name, text] of Object.entries({ 'ca.pem': ca, 'tls.pem': cert, 'tls-key.pem': key })) {
  writeFileSync(join(folder, name), text);
  console.log(`certs/${name}`);
}
// writeFileSync's mode only counts for a file that it creates.
chmodSync(join(folder, 'tls-key.pem'), 0o600);
