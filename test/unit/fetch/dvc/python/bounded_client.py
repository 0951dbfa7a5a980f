"""What each guard of an HTTP library must hold: one set of tests, which each library's own file runs."""

import json

from support import StartCase

LOGIN = "a-long-token"


class BoundedClient(StartCase):
    """The tests; the name of this file and this class keep unittest from running them by themselves."""

    # The guard's file; and a program that reads from the server of its first argument and sends the second as a login.
    guard = ""
    program = ""
    # Names and texts of files that stand for another version of the library.
    other_version = {}

    def fetch(self, server, listed=(), guarded=True):
        """Run the program against a server, which is the remote's own."""
        servers = {"own": server.entry, "listed": [other.entry for other in listed]}
        start = self.start_folder(self.guard, ["dvc_injector_bounds.py"], {"servers.json": json.dumps(servers)})
        return self.python(self.program, server.url, LOGIN, start=start if guarded else None)

    def logins(self, server):
        """Whether each request that the server saw had the login."""
        return [LOGIN in str(headers) for headers in server.seen]

    def test_the_remote_s_own_server_gets_the_login(self):
        server = self.server()
        done = self.fetch(server)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(self.logins(server))
        self.assertTrue(all(self.logins(server)))

    def test_without_the_guard_a_redirect_takes_the_login_anywhere(self):
        other = self.server()
        done = self.fetch(self.server(moved=other), guarded=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(True, self.logins(other))

    def test_a_redirect_to_a_server_that_is_not_listed_is_not_followed(self):
        other = self.server()
        done = self.fetch(self.server(moved=other))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"dvc-injector: no request to {other.url}, which is not allowed\n", done.stderr)
        self.assertEqual(other.seen, [])

    def test_a_redirect_to_a_listed_server_is_followed_without_the_login(self):
        other = self.server()
        server = self.server(moved=other)
        done = self.fetch(server, listed=[other])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(all(self.logins(server)))
        self.assertTrue(other.seen)
        self.assertNotIn(True, self.logins(other))

    def test_a_library_that_the_guard_does_not_fit_runs_nothing(self):
        libraries = self.folder / "libraries"
        for name, text in self.other_version.items():
            (libraries / name).parent.mkdir(parents=True, exist_ok=True)
            (libraries / name).write_text(text)
        servers = {"own": {"scheme": "http", "host": "h", "port": 80}, "listed": []}
        start = self.start_folder(self.guard, ["dvc_injector_bounds.py"], {"servers.json": json.dumps(servers)})
        done = self.python('print("ran")', start=start, libraries=libraries)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^dvc-injector: DVC can not be guarded \(AttributeError\(.*\)\)\n$")
