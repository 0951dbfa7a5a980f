"""Keeps every connection of this process off loopback, link-local and metadata addresses, whichever library makes it.

A name that is allowed may lead anywhere, and loopback is the pod's neighbours, while at link-local addresses nodes give
out credentials, which some clouds do at addresses of other kinds. So names are looked at where they are resolved, and
addresses where a socket connects (an audit hook, which sees all of them, also those after a redirect).

addresses.json beside this file (guard-addresses.ts writes it) has the `listed` servers, which may be there, and the
`identities`: what gives this pod its own credentials. Both are lists of {"host": "169.254.170.23", "port": 80}, where
the port null means any. A name that isn't such a server's leads to none of these addresses.
"""

import ipaddress
import json
import os
import socket
import sys

with open(os.path.join(os.path.dirname(__file__), "addresses.json"), encoding="utf-8") as file:
    servers = json.load(file)

GUARDED = [
    ipaddress.ip_network(network) for network in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/127", "fe80::/10")
]
# What gives a node or a pod its credentials or its settings: no name leads there, not even one that is listed.
IDENTITY_SERVICES = {
    ipaddress.ip_address(address)
    for address in (
        "169.254.169.254",
        "fd00:ec2::254",  # AWS, by IPv6
        "169.254.170.2",  # ECS
        "169.254.170.23",  # EKS Pod Identity
        "fd00:ec2::23",
        "168.63.129.16",  # Azure's host
        "fd20:ce::254",  # Google, by IPv6
        "100.100.100.200",  # Alibaba
        "fd00:c1::a9fe:a9fe",  # Oracle, by IPv6
        "fd00:42::42",  # Scaleway, by IPv6
    )
}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
COMPATIBLE = ipaddress.ip_network("::/96")
TRANSLATED = ipaddress.ip_network("::ffff:0:0:0/96")
# NAT64 of an operator's own (RFC 8215), who chooses in which octets an IPv4 address stands among the forms of RFC 6052.
OWN_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
OWN_PLACES = ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12), (12, 13, 14, 15))

resolve = socket.getaddrinfo
# What listed names were resolved to, with the port that was asked for.
resolved = set()
told = set()


class AddressRefused(OSError):
    """A connection that may not be made."""


def read(host):
    """Read an address, as the IPv4 address that it holds if it holds one; None for a name."""
    try:
        address = ipaddress.ip_address(str(host).strip("[]"))
    except ValueError:
        return None
    if address.version == 4:
        return address
    if address in NAT64 or address in TRANSLATED or (address in COMPATIBLE and int(address) > 1):
        return ipaddress.ip_address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def readings(address):
    """Return the address, and every IPv4 address as which the gateway of an operator may read it."""
    if address not in OWN_NAT64:
        return [address]
    found = [bytes(address.packed[octet] for octet in place) for place in OWN_PLACES]
    # The zeros of another form are no address.
    return [address, *(ipaddress.ip_address(octets) for octets in found if octets[0] != 0)]


def is_identity_service(address):
    """Whether an address is that of a service which gives out credentials."""
    return any(reading in IDENTITY_SERVICES for reading in readings(address))


def is_guarded(address):
    """Whether an address may be connected to by those only for whom it stands in addresses.json."""
    return is_identity_service(address) or any(
        reading in network for reading in readings(address) for network in GUARDED
    )


def is_written(host, port, *kinds):
    """Whether addresses.json has this host, by its name or address, on this port."""
    wanted = read(host) or str(host).lower()
    return any(
        (read(server["host"]) or server["host"].lower()) == wanted and server["port"] in (None, port)
        for kind in kinds
        for server in servers[kind]
    )


def guarded_getaddrinfo(host, port, *args, **options):
    """Resolve a name to those of its addresses that may be connected to."""
    found = resolve(host, port, *args, **options)
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or read(name) is not None:
        return found
    allowed = []
    for entry in found:
        address, number = read(entry[4][0]), entry[4][1]
        if address is not None and is_guarded(address):
            listed = is_written(name, number, "listed") and not is_identity_service(address)
            if not listed and not is_written(name, number, "identities"):
                continue
            resolved.add((address, number))
        allowed.append(entry)
    if found and not allowed:
        refuse(f"{name} ({found[0][4][0]})")
    return allowed


def look_at_connection(event, arguments):
    """Refuse to connect to a guarded address that is neither written in addresses.json nor a listed name's."""
    if event != "socket.connect" or arguments[0].family not in (socket.AF_INET, socket.AF_INET6):
        return
    host, port = arguments[1][:2]
    address = read(host)
    if address is None:
        refuse(host)  # a name that would be resolved behind our back; no library does so
    if is_guarded(address) and (address, port) not in resolved and not is_written(host, port, "listed", "identities"):
        refuse(host)


def refuse(where):
    """Raise AddressRefused, and print why: whoever catches the error may take it for an object that is not there.

    The fetcher finds the words in what DVC prints (guard-addresses.ts).
    """
    message = f"dvc-injector: no connection to {where}, a loopback, link-local or metadata address"
    if message not in told:
        print(message, file=sys.stderr, flush=True)
        told.add(message)
    raise AddressRefused(message)


socket.getaddrinfo = guarded_getaddrinfo
sys.addaudithook(look_at_connection)
