"""The guard of requests, with the client that DVC reads WebHDFS by."""

import unittest

from bounded_client import BoundedClient


class Requests(BoundedClient):
    guard = "guard_requests.py"
    program = """
import sys
from urllib.parse import urlsplit
from fsspec.implementations.webhdfs import WebHDFS
url, login = sys.argv[1:]
system = WebHDFS(host=urlsplit(url).hostname, port=urlsplit(url).port)
system.session.headers["X-Api-Key"] = login
print(system.info("/a"))
"""
    other_version = {"requests/__init__.py": "", "requests/adapters.py": "class HTTPAdapter:\n    pass\n"}


del BoundedClient  # or its tests would run by themselves

if __name__ == "__main__":
    unittest.main()
