"""The guard of httpx, with the client that DVC reads WebDAV by."""

import unittest

from bounded_client import BoundedClient


class Httpx(BoundedClient):
    guard = "guard_httpx.py"
    program = """
import io, sys
from webdav4.client import Client
url, login = sys.argv[1:]
client = Client(url, headers={"X-Api-Key": login})
client.download_fileobj("a", io.BytesIO())
"""
    other_version = {"httpx/__init__.py": "class HTTPTransport:\n    pass\n"}


del BoundedClient  # or its tests would run by themselves

if __name__ == "__main__":
    unittest.main()
