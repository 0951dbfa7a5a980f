"""The guard against redirects, with the client that DVC reads S3 by."""

import unittest

from support import StartCase

TOKEN = "a-long-session-token"
PROGRAM = f"""
import sys
from s3fs import S3FileSystem
S3FileSystem.retries = 1
once = {{"retries": {{"max_attempts": 0}}}}
system = S3FileSystem(key="k", secret="s", token="{TOKEN}", endpoint_url=sys.argv[1], config_kwargs=once)
print(system.cat_file("bucket/a"))
"""


class Redirects(StartCase):
    def fetch(self, server, guarded=True):
        """Read an object from an endpoint."""
        start = self.start_folder("guard_redirects.py") if guarded else None
        return self.python(PROGRAM, server.url, start=start, AWS_EC2_METADATA_DISABLED="true")

    def test_the_endpoint_itself_gives_its_objects(self):
        server = self.server()
        done = self.fetch(server)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("FileStatus", done.stdout)
        self.assertEqual({headers["x-amz-security-token"] for headers in server.seen}, {TOKEN})

    def test_without_the_guard_a_redirect_takes_the_session_token_anywhere(self):
        other = self.server()
        self.fetch(self.server(moved=other), guarded=False)
        self.assertIn(TOKEN, [headers.get("x-amz-security-token") for headers in other.seen])

    def test_with_it_a_redirect_is_an_answer_that_has_no_object(self):
        other = self.server()
        server = self.server(moved=other)
        done = self.fetch(server)
        self.assertNotEqual(done.returncode, 0)
        self.assertTrue(server.seen)
        self.assertEqual(other.seen, [])

    def test_a_library_that_the_guard_does_not_fit_runs_nothing(self):
        libraries = self.folder / "libraries" / "aiohttp"
        libraries.mkdir(parents=True)
        (libraries / "__init__.py").write_text("class ClientSession:\n    pass\n")
        start = self.start_folder("guard_redirects.py")
        done = self.python('print("ran")', start=start, libraries=libraries.parent)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^dvc-injector: DVC can not be guarded \(AttributeError\(.*\)\)\n$")


if __name__ == "__main__":
    unittest.main()
