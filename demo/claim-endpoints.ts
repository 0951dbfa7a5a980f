/** The only part of the demo that isn't real: a server with the few endpoints of the Kubernetes API that the webhook uses. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [more: string]: unknown };
  [more: string]: unknown;
}

/** A claim that the webhook created. */
export interface Claim extends KubernetesObject {
  spec: { accessModes: string[]; resources: { requests: { storage: string } } };
}

export interface ClaimEndpoints {
  url: string;
  claims(): readonly Claim[];
  close(): void;
}

/** A collection with its watchers. */
class Collection {
  readonly kind: string;
  readonly objects: KubernetesObject[];
  readonly #watchers = new Set<ServerResponse>();

  constructor(kind: string, objects: KubernetesObject[] = []) {
    this.kind = kind;
    this.objects = objects;
  }

  add(object: KubernetesObject): void {
    this.objects.push(object);
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
  }

  /** A list, or with `watch` what is added from now on. */
  answer(query: URLSearchParams, response: ServerResponse): void {
    response.setHeader('Content-Type', 'application/json');
    if (query.has('watch')) {
      this.#watchers.add(response);
      response.on('close', () => this.#watchers.delete(response));
      response.flushHeaders();
      return;
    }
    const metadata = { resourceVersion: String(this.objects.length + 1) };
    response.end(JSON.stringify({ apiVersion: 'v1', kind: `${this.kind}List`, metadata, items: this.objects }));
  }
}

const claimOfNamespace = /^\/api\/v1\/namespaces\/([^/]+)\/persistentvolumeclaims(?:\/([^/]+))?$/;

/** Serves one opted-in namespace, and claims that are bound as soon as they are created. */
export async function startClaimEndpoints(namespace: string, labels: Record<string, string>): Promise<ClaimEndpoints> {
  const metadata = { name: namespace, labels, resourceVersion: '1', uid: 'namespace' };
  const namespaces = new Collection('Namespace', [
    { apiVersion: 'v1', kind: 'Namespace', metadata, status: { phase: 'Active' } },
  ]);
  const claims = new Collection('PersistentVolumeClaim');
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const [, inNamespace, name] = claimOfNamespace.exec(pathname) ?? [];
    if (request.method === 'GET' && pathname === '/api/v1/namespaces') namespaces.answer(searchParams, response);
    else if (request.method === 'GET' && pathname === '/api/v1/persistentvolumeclaims')
      claims.answer(searchParams, response);
    else if (request.method === 'POST' && inNamespace && !name)
      await createClaim(claims, inNamespace, request, response);
    else if (request.method === 'GET' && name) {
      const found = claims.objects.find(
        (claim) => claim.metadata.name === name && claim.metadata.namespace === inNamespace,
      );
      if (found) sendObject(response, 200, found);
      else sendStatus(response, 404, 'NotFound', `persistentvolumeclaims "${name}" not found`);
    } else sendStatus(response, 404, 'NotFound', `the demo's stand-in has no ${request.method} ${pathname}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    claims: () => claims.objects as Claim[],
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function createClaim(
  claims: Collection,
  namespace: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const claim = (await json(request)) as KubernetesObject;
  const { name } = claim.metadata;
  if (claims.objects.some((other) => other.metadata.name === name && other.metadata.namespace === namespace)) {
    sendStatus(response, 409, 'AlreadyExists', `persistentvolumeclaims "${name}" already exists`);
    return;
  }
  claim.metadata = { ...claim.metadata, namespace, uid: 'claim', resourceVersion: String(claims.objects.length + 2) };
  claim.status = { phase: 'Bound' };
  claims.add(claim);
  sendObject(response, 201, claim);
}

function sendObject(response: ServerResponse, status: number, object: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(object));
}

function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  sendObject(response, code, { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message });
}
