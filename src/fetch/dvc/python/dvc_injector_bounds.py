"""Says of a single HTTP request whether it may leave for its server, and what it may carry there.

DVC's HTTP clients follow a redirect wherever it leads, and take along what is no `Authorization`
(`custom_auth_header`); WebHDFS's even asks, with its password, the address that it finds in an answer. So each request
is looked at where it leaves: guard_aiohttp.py, guard_httpx.py and guard_requests.py each do so for one library.

servers.json beside this file (guard-requests.ts writes it) has the remote's `own` server and the `listed` ones, each
{"scheme": "https", "host": "data.example.com", "port": 443}, where the port null means any.
"""

import ipaddress
import json
import os
import sys

with open(os.path.join(os.path.dirname(__file__), "servers.json"), encoding="utf-8") as file:
    servers = json.load(file)

# All that a server which is not the remote's own gets to see: whatever else there is may be a login.
NO_LOGIN = {
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
ORDINARY_PORTS = {"http": 80, "https": 443}

told = set()


class RequestRefused(Exception):
    """A request that may not be made."""


def bound(scheme, host, port, headers):
    """Let a request to the remote's own server pass as it is, and one to a listed server without any login.

    `port` may be None for the scheme's ordinary one; `headers` is a mapping that headers are removed from.
    Raises RequestRefused for any other server.
    """
    port = port or ORDINARY_PORTS.get(scheme)
    if is_server(servers["own"], scheme, host, port):
        return
    if not any(is_server(server, scheme, host, port) for server in servers["listed"]):
        refuse(scheme, host, port)
    for name in [name for name in headers if name.lower() not in NO_LOGIN]:
        headers.pop(name, None)


def is_server(server, scheme, host, port):
    """Whether the address is that of a server of servers.json."""
    return (
        server["scheme"] == scheme and comparable(server["host"]) == comparable(host) and server["port"] in (None, port)
    )


def comparable(host):
    """Write a host the one way that it can be compared: libraries differ in letters, brackets and IPv6's zeros."""
    host = host.lower().strip("[]")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def refuse(scheme, host, port):
    """Raise RequestRefused, and print why: whoever catches the error may take it for an object that is not there.

    The fetcher finds the words in what DVC prints (guard-requests.ts).
    """
    where = f"[{host}]" if ":" in host else host
    if port != ORDINARY_PORTS.get(scheme):
        where += f":{port}"
    message = f"dvc-injector: no request to {scheme}://{where.lower()}, which is not allowed"
    if message not in told:
        print(message, file=sys.stderr, flush=True)
        told.add(message)
    raise RequestRefused(message)
