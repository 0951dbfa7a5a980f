/** Requests to a server whose certificate is signed by an authority of the test's, or to one over plain HTTP. */
import { request as requestPlainly } from 'node:http';
import { type RequestOptions, request as requestSecurely } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** Sends one request on a connection of its own, unless `options.agent` says otherwise. */
export function ask(url: string, ca: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
  const request = url.startsWith('https:') ? requestSecurely : requestPlainly;
  return new Promise((resolve, reject) => {
    const call = request(url, { ca, agent: false, ...options }, (response) => {
      text(response).then(
        (received) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
        reject,
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** Posts a body to the webhook as the API server does. */
export function post(url: string, ca: string, body: string | Buffer, options: RequestOptions = {}): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  return ask(url, ca, { ...options, method: 'POST', headers }, body);
}
