/** The least that an admission webhook in Node can be: parses each review and answers with the patch that it was given. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [port = '', certFile = '', keyFile = '', patchFile = ''] = process.argv.slice(2);
const patch = readFileSync(patchFile).toString('base64');
const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };

createServer(tls, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { apiVersion, kind, request: asked } = JSON.parse(Buffer.concat(chunks).toString());
    const answer = { uid: asked.uid, allowed: true, patchType: 'JSONPatch', patch };
    const text = JSON.stringify({ apiVersion, kind, response: answer });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
  });
}).listen(Number(port), '127.0.0.1');
