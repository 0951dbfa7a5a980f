// Asked a few times: right after an installation a node may not know the Service yet.
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { rootCertificates } from 'node:tls';

const { URL: url, CA_FILE: caFile, CA_BUNDLE: caBundle } = process.env;
const ca = [
  ...rootCertificates,
  ...(caBundle ? [caBundle] : []),
  ...(existsSync(caFile) ? [readFileSync(caFile)] : []),
];
const ask = () =>
  new Promise((resolve, reject) => {
    const request = get(url, { ca, timeout: 5000, agent: false }, async (answer) => {
      const text = (await answer.setEncoding('utf8').toArray()).join('').trim();
      resolve({ status: answer.statusCode, text });
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 5 s'))).on('error', reject);
  });
let last = 'no answer';
for (let attempt = 0; attempt < 30; attempt += 1) {
  try {
    const { status, text } = await ask();
    last = `HTTP ${status}: ${text}`;
    if (status === 200) {
      console.log(`${url} is ready`);
      process.exit(0);
    }
  } catch (error) {
    last = error.message;
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
console.error(`${url} is not ready: ${last}`);
process.exit(1);
