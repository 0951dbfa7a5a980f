"""The guard of aiohttp, with the client that DVC reads http remotes by."""

import unittest

from bounded_client import BoundedClient


class Aiohttp(BoundedClient):
    guard = "guard_aiohttp.py"
    program = """
import sys
from dvc_http import HTTPFileSystem
url, login = sys.argv[1:]
system = HTTPFileSystem(auth="custom", custom_auth_header="X-Api-Key", password=login)
print(system.cat_file(f"{url}/a"))
"""
    other_version = {"aiohttp/__init__.py": "class BaseConnector:\n    pass\n"}


del BoundedClient  # or its tests would run by themselves

if __name__ == "__main__":
    unittest.main()
