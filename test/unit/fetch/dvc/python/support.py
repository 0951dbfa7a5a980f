"""What the tests of our Python share: the folder that PYTHONPATH names, and web servers that note their requests."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SOURCES = Path(__file__).parents[5] / "src" / "fetch" / "dvc" / "python"


# addresses.json, for servers on loopback.
LISTED = '{"listed": [{"host": "127.0.0.1", "port": null}], "identities": []}'


class StartCase(unittest.TestCase):
    """Tests that run Python in processes of their own, with our modules as the fetcher puts them before DVC's."""

    def setUp(self):
        """Make a folder that is removed after the test."""
        folder = tempfile.TemporaryDirectory(prefix="dvc-injector-python-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start_folder(self, guard=None, parts=(), files=None, program=None):
        """Make the folder for PYTHONPATH as sitecustomize.ts does.

        `guard` and `parts` are names of our files; `program` is a guard of the test's own, as text; `files` are names
        and texts of what lies beside them. The servers of these tests are listed unless `files` says otherwise.
        """
        files = {"addresses.json": LISTED, **(files or {})}
        start = self.folder / "start"
        shutil.rmtree(start, ignore_errors=True)
        start.mkdir()
        for name in ["sitecustomize.py", "dvc_injector_addresses.py", "dvc_injector_forks.py", *parts]:
            shutil.copy(SOURCES / name, start)
        if guard is not None:
            shutil.copy(SOURCES / guard, start / "dvc_injector_guard.py")
        if program is not None:
            files = {**files, "dvc_injector_guard.py": program}
        for name, text in files.items():
            (start / name).write_text(text)
        return start

    def environment(self, start=None, libraries=None, **more):
        """Variables of a process whose Python begins with the folder `start`, and finds `libraries` before others."""
        folders = [start, libraries, os.environ.get("PYTHONPATH")]
        path = os.pathsep.join(str(folder) for folder in folders if folder)
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": path, **more}

    def python(self, program, *arguments, start=None, libraries=None, **more):
        """Run a program, given as text, and return its exit code and what it printed."""
        command = [sys.executable, "-c", program, *arguments]
        environment = self.environment(start, libraries, **more)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def server(self, moved=None):
        """Start a web server that ends with the test."""
        server = Server(moved)
        self.addCleanup(server.close)
        return server


# What WebHDFS says of a file, which will do as the content of a file too; and what WebDAV does.
FILE_STATUS = b'{"FileStatus": {"type": "FILE", "length": 4}}'
MULTISTATUS = b"""<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href><d:propstat>
<d:prop><d:resourcetype/></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"""


class Server:
    """A web server that has every file, or sends whoever reads one on to the same path of the server `moved`."""

    def __init__(self, moved=None):
        """Serve from a thread."""
        self.moved = moved
        self.seen = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if server.moved:
                    self.answer(307, b"", Location=f"{server.moved.url}{self.path}")
                else:
                    self.answer(200, FILE_STATUS)

            do_HEAD = do_GET

            def do_PROPFIND(self):
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self.answer(207, MULTISTATUS)

            def answer(self, status, body, **headers):
                server.seen.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.listener.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.listener.serve_forever, args=[0.01])
        self.thread.start()

    def close(self):
        """End it."""
        self.listener.shutdown()
        self.listener.server_close()
        self.thread.join()

    @property
    def entry(self):
        """As it stands in servers.json."""
        return {"scheme": "http", "host": "127.0.0.1", "port": self.port}
