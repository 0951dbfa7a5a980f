"""The guard of SSH, with the client that DVC reads ssh remotes by, and a real server."""

import asyncio
import threading
import unittest

import asyncssh
from support import StartCase

PROGRAM = """
import sys
from sshfs import SSHFileSystem
host, port = sys.argv[1:]
# With the guard none of these counts.
options = {"username": "robot", "password": "wrong", "client_keys": None, "agent_forwarding": True}
system = SSHFileSystem(host, port=int(port), **options)
print(system.cat_file("/a"))
"""


class HostKey(StartCase):
    def setUp(self):
        """Start a server that lets in whoever has the password or the key."""
        super().setUp()
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.tried = tried = []
        (self.folder / "authorized").write_bytes(self.user_key.export_public_key())
        (self.folder / "root").mkdir()
        (self.folder / "root" / "a").write_text("what the file is")

        class Login(asyncssh.SSHServer):
            def password_auth_supported(self):
                return True

            def validate_password(self, username, password):
                tried.append(password)
                return password == "right"

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel):
                super().__init__(channel, chroot=str(root))

        root = self.folder / "root"
        listening = threading.Event()

        async def serve():
            self.loop, ended = asyncio.get_running_loop(), asyncio.Event()
            server = await asyncssh.listen(
                "127.0.0.1",
                0,
                server_factory=Login,
                server_host_keys=[self.host_key],
                authorized_client_keys=str(self.folder / "authorized"),
                sftp_factory=Files,
            )
            self.port, self.end = server.get_port(), ended.set
            listening.set()
            await ended.wait()
            server.close()
            await server.wait_closed()

        thread = threading.Thread(target=asyncio.run, args=[serve()])
        thread.start()
        self.assertTrue(listening.wait(30))
        self.addCleanup(thread.join)
        self.addCleanup(self.loop.call_soon_threadsafe, self.end)

    def fetch(self, known=None, guarded=True, **login):
        """Read a file; `known` is the server's key as known_hosts has it, by default the right one."""
        key = (known or self.host_key).export_public_key().decode()
        files = {"known_hosts": f"[127.0.0.1]:{self.port} {key}", **login}
        start = self.start_folder("guard_host_key.py", files=files) if guarded else None
        return self.python(PROGRAM, "127.0.0.1", str(self.port), start=start)

    def test_a_known_server_gives_its_files_for_the_password(self):
        done = self.fetch(password="right")
        self.assertEqual((done.returncode, done.stdout), (0, "b'what the file is'\n"), done.stderr)
        self.assertEqual(self.tried, ["right"])

    def test_a_known_server_gives_its_files_for_the_key_and_is_told_no_password(self):
        done = self.fetch(identity=self.user_key.export_private_key().decode())
        self.assertEqual((done.returncode, done.stdout), (0, "b'what the file is'\n"), done.stderr)
        self.assertEqual(self.tried, [])

    def test_a_server_with_another_key_is_told_nothing(self):
        done = self.fetch(known=asyncssh.generate_private_key("ssh-ed25519"), password="right")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Host key is not trusted", done.stderr)
        self.assertEqual(self.tried, [])

    def test_without_the_guard_any_server_is_told_the_password(self):
        self.assertNotEqual(self.fetch(guarded=False).returncode, 0)
        self.assertEqual(self.tried, ["wrong"])

    def test_a_key_that_the_server_does_not_take_is_no_login(self):
        other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        done = self.fetch(identity=other, password="right")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.tried, [])


if __name__ == "__main__":
    unittest.main()
