/**
 * Lets only clients with a certificate of the configured authorities send reviews (`webhook.tls.clientCA`). The handshake
 * itself refuses nobody: the kubelet's probes, on the same port, have no certificate.
 */
import { constants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { longestObjectName } from '../dns-names.ts';
import { clipped, oneLine } from '../text.ts';
import { watchClientAuthorities } from '../tls/client-authorities.ts';
import type { Pair } from '../tls/make.ts';
import type { Metrics, refusedCallerReasons } from './metrics.ts';

/** Answers the request itself and returns true where it may not be served. */
export type RefuseCaller = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface Callers {
  /** Serves this certificate on connections that begin from now on. */
  serve(pair: Pair): void;
  refuse: RefuseCaller;
  stop(): void;
}

export interface CallersOptions {
  server: Server;
  tls: Config['webhook']['tls'];
  metrics: Pick<Metrics, 'callerRefused'>;
  log: Logger;
  /** Milliseconds between two reads of the authorities' file. */
  poll?: number;
}

interface Refusal {
  reason: (typeof refusedCallerReasons)[number];
  /** One line. */
  message: string;
}

/** What a server needs from its creation on, so that clients are asked for their certificate. */
export function callerOptions({ clientCA }: Config['webhook']['tls']): {
  requestCert?: true;
  rejectUnauthorized?: false;
} {
  return clientCA === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
}

// Whoever is refused can ask a thousand times a second; one line for each reason in this time tells as much.
const logInterval = 60_000;

/** @throws {InvalidConfig} where the file of the authorities can't be used at the start */
export function openCallers({ server, tls, metrics, log, poll }: CallersOptions): Callers {
  const { clientCA, clientNames } = tls;
  if (clientCA === undefined) {
    return { serve: (pair) => server.setSecureContext(pair), refuse: () => false, stop() {} };
  }
  let pair: Pair | undefined;
  let authorities = '';
  const renew = () => {
    if (pair) server.setSecureContext(contextOf(pair, authorities));
  };
  const watch = watchClientAuthorities({
    file: clientCA,
    log,
    ...(poll === undefined ? {} : { poll }),
    onChange(pem) {
      authorities = pem;
      renew();
      // A connection is checked when it begins. Those of the authorities before go, each after the answer it waits for.
      server.closeIdleConnections();
    },
  });
  // By connection, as a connection is checked once and may carry thousands of reviews.
  const verdicts = new WeakMap<object, { authorities: string; refusal: Refusal | null }>();
  server.on('secureConnection', (socket) => {
    verdicts.set(socket, { authorities, refusal: refusalOf(socket, clientNames) });
  });
  const logged = new Map<string, number>();

  return {
    serve(next) {
      pair = next;
      renew();
    },
    refuse(request, response) {
      const socket = request.socket as TLSSocket;
      const verdict = verdicts.get(socket) ?? { authorities, refusal: refusalOf(socket, clientNames) };
      if (verdict.authorities !== authorities) response.setHeader('Connection', 'close');
      if (verdict.refusal === null) return false;
      const { reason, message } = verdict.refusal;
      metrics.callerRefused(reason);
      const now = performance.now();
      if (now - (logged.get(reason) ?? Number.NEGATIVE_INFINITY) >= logInterval) {
        logged.set(reason, now);
        log.warn({ reason, from: socket.remoteAddress, cause: message }, 'a caller was refused');
      }
      // Closed, so that nothing more of what it sends has to be read.
      response.writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }).end(`${message}\n`);
      return true;
    },
    stop: () => watch.stop(),
  };
}

/** Without session tickets: a resumed session isn't checked again, and could outlive the authority that it was checked by. */
function contextOf(pair: Pair, ca: string): SecureContextOptions {
  return { ...pair, ca, secureOptions: constants.SSL_OP_NO_TICKET };
}

function refusalOf(socket: TLSSocket, names: readonly string[] | undefined): Refusal | null {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) {
    return {
      reason: 'no-certificate',
      message:
        'reviews are taken only from clients with a certificate of webhook.tls.clientCA, and this one showed none; ' +
        'docs/install.md says how the API server is given one',
    };
  }
  if (!socket.authorized) {
    return {
      reason: 'untrusted-certificate',
      message: oneLine(
        `the client's certificate is not accepted (${String(socket.authorizationError)}); it must be signed by an ` +
          `authority of webhook.tls.clientCA, be valid now, and be meant for clients`,
      ),
    };
  }
  if (names === undefined) return null;
  const { CN } = certificate.toLegacyObject().subject;
  // A name is compared whole. `subject: never`, as the subject is looked at here and not by OpenSSL's rules for hosts.
  const isAllowed = (name: string) =>
    CN === name || certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
  if (names.some(isAllowed)) return null;
  return {
    reason: 'other-name',
    message: oneLine(
      `the client's certificate is of ${clipped(String(CN), longestObjectName)}, which is none of webhook.tls.clientNames`,
    ),
  };
}
