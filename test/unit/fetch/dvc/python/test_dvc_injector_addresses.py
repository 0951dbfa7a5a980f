"""The rules for addresses, by real connections of the libraries that DVC has, and names that resolve to loopback."""

import json
import unittest

from support import StartCase

URLLIB = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)"
REQUESTS = "import sys, requests; print(requests.get(sys.argv[1], timeout=9).status_code)"
AIOHTTP = """
import asyncio, sys, aiohttp
async def get():
    async with aiohttp.ClientSession() as session, session.get(sys.argv[1]) as answer:
        print(answer.status)
asyncio.run(get())
"""
HTTPX = "import sys, httpx; print(httpx.get(sys.argv[1], follow_redirects=True).status_code)"
ASYNCSSH = """
import asyncio, sys, asyncssh, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
async def connect():
    await asyncssh.connect(url.hostname, url.port, known_hosts=None)
asyncio.run(connect())
"""
BOTO = """
import sys, botocore.session
from botocore.config import Config
client = botocore.session.get_session().create_client(
    "s3", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s",
    config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}))
print(client.get_object(Bucket="b", Key="k")["ResponseMetadata"]["HTTPStatusCode"])
"""
CLIENTS = {"urllib": URLLIB, "requests": REQUESTS, "aiohttp": AIOHTTP, "httpx": HTTPX, "botocore": BOTO}

# As a hostile name server would answer, by what every client of these resolves with; loopback stands for what it names.
RESOLVER = """
import socket
real = socket.getaddrinfo
def answer(host, port, *args, **options):
    name = host.decode() if isinstance(host, bytes) else host
    known = {
        "rebound.example.com": "127.0.0.1",
        "imds.example.com": "169.254.169.254",
        "mapped.example.com": "::ffff:127.0.0.1",
        "metadata.google.internal": "127.0.0.1",
    }
    return real(known.get(name, host), port, *args, **options)
socket.getaddrinfo = answer
"""


class Addresses(StartCase):
    def run_program(self, program, url, listed=(), identities=()):
        """Run a program with these rules, and a resolver below them that knows hostile names."""
        rules = {"listed": list(listed), "identities": list(identities)}
        start = self.start_folder(files={"addresses.json": json.dumps(rules)})
        guard = (start / "dvc_injector_addresses.py").read_text()
        (start / "dvc_injector_addresses.py").write_text(RESOLVER + guard)
        return self.python(program, url, start=start)

    def assert_refused(self, done, where):
        """Ended by its refusal, which is printed once."""
        self.assertNotEqual(done.returncode, 0, done.stdout)
        message = f"dvc-injector: no connection to {where}, a loopback, link-local or metadata address"
        self.assertEqual(done.stderr.splitlines().count(message), 1, done.stderr)

    def test_every_client_is_refused_loopback_by_address_and_by_a_name_that_resolves_to_it(self):
        server = self.server()
        for client, program in CLIENTS.items():
            for host, where in [
                ("127.0.0.1", "127.0.0.1"),
                ("localhost", "localhost (127.0.0.1)"),
                ("rebound.example.com", "rebound.example.com (127.0.0.1)"),
            ]:
                with self.subTest(client, host=host):
                    self.assert_refused(self.run_program(program, f"http://{host}:{server.port}/b/k"), where)
        self.assertEqual(server.seen, [])

    def test_ssh_is_refused_too(self):
        for host, where in [("127.0.0.1", "127.0.0.1"), ("rebound.example.com", "rebound.example.com (127.0.0.1)")]:
            self.assert_refused(self.run_program(ASYNCSSH, f"ssh://{host}:22"), where)

    def test_every_form_of_an_address_is_known(self):
        for host in [
            "0.0.0.0",  # noqa: S104 - an address to connect to
            "127.8.9.1",
            "169.254.1.2",
            "[::]",
            "[::1]",
            "[fe80::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:7f00:1::]",
            "[fd00:ec2::254]",
            "100.100.100.200",
            "168.63.129.16",
            "[fd20:ce::254]",
            "[fd00:c1::a9fe:a9fe]",
            "[fd00:42::42]",
            "[::ffff:100.100.100.200]",
            "[64:ff9b::6464:64c8]",
            "[64:ff9b:1::a9fe:a9fe]",
            "[64:ff9b:1:fffe::a9fe:a9fe]",
            "[64:ff9b:1:a9fe:a9:fe00::]",
            "[64:ff9b:1:a9:fe:a9fe::]",
            "[64:ff9b:1:0:a9:fea9:fe00:0]",
            "[64:ff9b:1::7f00:1]",
            "[64:ff9b:1::a83f:8110]",
            "[::ffff:0:7f00:1]",
        ]:
            with self.subTest(host):
                done = self.run_program(REQUESTS, f"http://{host}:1/")
                self.assertRegex(done.stderr, r"dvc-injector: no connection to \S+, a loopback, link-local or metadata")
        for number in ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"]:
            with self.subTest(number):
                done = self.run_program(REQUESTS, f"http://{number}:1/")
                self.assertRegex(done.stderr, r"no connection to \S+( \(127\.0\.0\.1\))?, a loopback")

    def test_addresses_beside_those_are_free(self):
        program = """
import sys
from dvc_injector_addresses import is_guarded, read
print(*(address for address in sys.argv[1:] if is_guarded(read(address))))
"""
        neighbours = ["100.100.100.201", "168.63.129.17", "fd20:ce::253", "64:ff9b:2::7f00:1", "64:ff9b:0:1::7f00:1"]
        translated = ["64:ff9b::102:304", "64:ff9b:1::102:304", "64:ff9b:1:808:8:800::", "64:ff9b:1:8:8:808::"]
        start = self.start_folder()
        done = self.python(program, "10.0.0.1", "fd00::1", *neighbours, *translated, "127.0.0.1", start=start)
        self.assertEqual(done.stdout, "127.0.0.1\n", done.stderr)

    def test_a_name_that_resolves_to_a_mapped_address_is_refused(self):
        done = self.run_program(URLLIB, "http://mapped.example.com:1/")
        self.assertIn("no connection to mapped.example.com (::ffff:127.0.0.1), a loopback", done.stderr)

    def test_a_redirect_to_loopback_is_refused(self):
        other = self.server()
        server = self.server(moved=other)
        for client in ["urllib", "requests", "aiohttp", "httpx"]:
            with self.subTest(client):
                done = self.run_program(CLIENTS[client], f"{server.url}/", listed=[server.entry])
                self.assert_refused(done, "127.0.0.1")
        self.assertTrue(server.seen)
        self.assertEqual(other.seen, [])

    def test_a_listed_server_is_reached_by_its_address_and_by_its_name_on_its_port_only(self):
        server = self.server()
        for host in ["127.0.0.1", "localhost", "rebound.example.com"]:
            for port, reached in [(server.port, True), (None, True), (server.port + 1, False)]:
                with self.subTest(host, port=port):
                    done = self.run_program(AIOHTTP, f"http://{host}:{server.port}/", [{"host": host, "port": port}])
                    self.assertEqual(done.returncode == 0, reached, done.stderr)

    def test_identities_are_reached_as_they_are_written_and_by_no_name(self):
        server = self.server()
        own = {"host": "127.0.0.1", "port": server.port}
        done = self.run_program(REQUESTS, f"{server.url}/", identities=[own])
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_program(REQUESTS, f"http://rebound.example.com:{server.port}/", identities=[own])
        self.assert_refused(done, "rebound.example.com (127.0.0.1)")
        google = {"host": "metadata.google.internal", "port": server.port}
        done = self.run_program(REQUESTS, f"http://metadata.google.internal:{server.port}/", identities=[google])
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_listed_name_that_leads_to_a_service_of_credentials_is_refused(self):
        listed = [{"host": "imds.example.com", "port": None}]
        done = self.run_program(REQUESTS, "http://imds.example.com/", listed, [{"host": "169.254.169.254", "port": 80}])
        self.assert_refused(done, "imds.example.com (169.254.169.254)")

    def test_without_its_rules_python_runs_nothing(self):
        start = self.start_folder()
        (start / "addresses.json").unlink()
        done = self.python('print("ran")', start=start)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"can not be guarded \(FileNotFoundError\(.*\)\)")


if __name__ == "__main__":
    unittest.main()
