"""A real SSH server of a test's own: asyncssh, which DVC's locked packages hold, serves git and SFTP."""

import asyncio
import json
import os
import sys

import asyncssh

folder, password = sys.argv[1], json.loads(sys.argv[2])


class Server(asyncssh.SSHServer):
    """Lets in whoever has the password, or, where there is none, an authorized key."""

    def password_auth_supported(self):
        """Whether to ask for a password."""
        return password is not None

    def validate_password(self, username, given):
        """Whether it is the password."""
        return given == password


async def run(process):
    """Run a client's command, such as git-upload-pack, with nothing of this process's environment but one variable."""
    environment = {"GIT_PROTOCOL": process.env.get("GIT_PROTOCOL", "")}
    pipe = asyncio.subprocess.PIPE
    command = ["env", *(f"{name}={value}" for name, value in environment.items()), "sh", "-c", process.command]
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
    await process.stdout.drain()
    process.exit(await child.wait())


async def main():
    """Serve on a port that is written to the file `port` once the server answers, until it is killed."""
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Server,
        server_host_keys=[f"{folder}/host_key"],
        authorized_client_keys=f"{folder}/authorized_keys" if password is None else None,
        process_factory=run,
        sftp_factory=True,
        encoding=None,
    )
    with open(f"{folder}/port.new", "w") as file:
        file.write(str(server.get_port()))
    os.rename(f"{folder}/port.new", f"{folder}/port")
    await server.wait_closed()


asyncio.run(main())
