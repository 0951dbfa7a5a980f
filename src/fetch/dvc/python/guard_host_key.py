"""Makes DVC check the key of an SSH server, and log in with what the fetcher gives it and nothing else.

DVC has no setting for known hosts, and sshfs, which it uses, switches the check off where it gets none
(`_client_args.setdefault("known_hosts", None)`, sshfs/spec.py).

Beside this file lie `known_hosts`, and `identity` (a private key) or `password`. As the credentials come by the same
way as the check, a DVC that reads no PYTHONPATH has nothing to log in with, rather than log in to an unchecked server.
"""

import os

import asyncssh

folder = os.path.dirname(__file__)
connect = asyncssh.connect


def checked_connect(*args, **options):
    """Connect to a server whose key is in `known_hosts`. What the options say of keys and logins counts for nothing."""
    options["known_hosts"] = os.path.join(folder, "known_hosts")
    options["config"] = None
    options["agent_path"] = None
    options["agent_forwarding"] = False
    options["client_factory"] = asyncssh.SSHClient
    identity = os.path.join(folder, "identity")
    if os.path.exists(identity):
        options["client_keys"] = [identity]
        options["preferred_auth"] = ["publickey"]
    else:
        with open(os.path.join(folder, "password"), encoding="utf-8") as file:
            options["password"] = file.read()
        options["client_keys"] = None
        options["preferred_auth"] = ["keyboard-interactive", "password"]
    return connect(*args, **options)


asyncssh.connect = checked_connect
