/**
 * Keeps DVC's HTTP clients at the servers that were allowed. Each follows a redirect wherever it leads and takes along
 * what is no `Authorization` (`custom_auth_header`); WebHDFS's even asks, with its password, the address that it finds
 * in an answer. So each single request is looked at, where it leaves for its server.
 */

import { listedServers, remoteServer } from '../remote/allowed-servers.ts';
import type { Guard } from './sitecustomize.ts';

/** A type of remote whose requests can be bounded. */
export type BoundedType = keyof typeof hooks;

/** What bounds the requests of such a remote. */
export function requestBounds(
  type: BoundedType,
  settings: Readonly<Record<string, string>>,
  allowed: readonly string[],
): Guard {
  const servers = { own: remoteServer(type, settings), listed: listedServers(allowed) };
  return { program: common + hooks[type], files: { 'servers.json': JSON.stringify(servers) } };
}

/** What stderr says of a request that was refused: the server that it was for. */
export const refusedRequest = /dvc-injector: no request to (https?:\/\/[a-z0-9.:[\]_-]{1,300}), which is not allowed/;

/** The remote's own server gets the request as it is, a listed one without any login, and no other gets one. */
const common = `import ipaddress
import json
import os
import sys

with open(os.path.join(os.path.dirname(__file__), "servers.json"), encoding="utf-8") as file:
    servers = json.load(file)

no_login = {
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "depth",
    "host",
    "range",
    "user-agent",
}
ordinary_ports = {"http": 80, "https": 443}
told = set()


class RequestRefused(Exception):
    pass


def comparable(host):
    host = host.lower().strip("[]")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def is_server(server, scheme, host, port):
    return (
        server["scheme"] == scheme
        and comparable(server["host"]) == comparable(host)
        and server["port"] in (None, port)
    )


def bound(scheme, host, port, headers):
    port = port or ordinary_ports.get(scheme)
    if is_server(servers["own"], scheme, host, port):
        return
    if not any(is_server(server, scheme, host, port) for server in servers["listed"]):
        refuse(scheme, host, port)
    for name in [name for name in headers if name.lower() not in no_login]:
        headers.pop(name, None)


def refuse(scheme, host, port):
    where = f"[{host}]" if ":" in host else host
    if port != ordinary_ports.get(scheme):
        where += f":{port}"
    message = f"dvc-injector: no request to {scheme}://{where.lower()}, which is not allowed"
    if message not in told:
        # Whoever catches the error may take it for an object that is not there.
        print(message, file=sys.stderr, flush=True)
        told.add(message)
    raise RequestRefused(message)


`;

const aiohttp = `import aiohttp

connect = aiohttp.BaseConnector.connect


async def bounded_connect(self, request, *args, **options):
    bound(request.url.scheme, request.url.host, request.url.port, request.headers)
    return await connect(self, request, *args, **options)


aiohttp.BaseConnector.connect = bounded_connect
`;

const httpx = `import httpx

handle_request = httpx.HTTPTransport.handle_request


def bounded_handle_request(self, request):
    bound(request.url.scheme, request.url.host, request.url.port, request.headers)
    return handle_request(self, request)


httpx.HTTPTransport.handle_request = bounded_handle_request
`;

const requests = `import requests.adapters
from urllib3.util import parse_url

send = requests.adapters.HTTPAdapter.send


def bounded_send(self, request, *args, **options):
    url = parse_url(request.url)
    bound(url.scheme, url.host, url.port, request.headers)
    return send(self, request, *args, **options)


requests.adapters.HTTPAdapter.send = bounded_send
`;

/** Each type's library, with the call that every one of its requests goes through, also those after a redirect. */
const hooks = { http: aiohttp, https: aiohttp, webdav: httpx, webdavs: httpx, webhdfs: requests } as const;
