/**
 * Makes DVC check an SSH server's key. DVC has no setting for known hosts, and sshfs, which it uses, switches the
 * check off where it gets none (`_client_args.setdefault("known_hosts", None)`, sshfs/spec.py).
 */

import type { Guard } from './sitecustomize.ts';

/**
 * What `files` holds: `known_hosts`, and `identity` or `password`. The credentials come by the same way, so that a DVC that reads
 * no PYTHONPATH (a frozen binary) has nothing to log in with and fails, rather than log in to an unchecked server.
 */
export function sshCheck(files: Guard['files']): Guard {
  return { program, files };
}

const program = `import os
import asyncssh

folder = os.path.dirname(__file__)
connect = asyncssh.connect


def checked_connect(*args, **options):
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
`;
