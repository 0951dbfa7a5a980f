"""Which requests may leave, and what they may carry: the rule that the guards of three libraries share."""

import contextlib
import importlib.util
import io
import json
import shutil
import tempfile
import unittest
from pathlib import Path

from support import SOURCES

OWN = {"scheme": "https", "host": "data.example.com", "port": 443}
LISTED = [
    {"scheme": "https", "host": "mirror.example.com", "port": 8443},
    {"scheme": "https", "host": "any.example.com", "port": None},
    {"scheme": "http", "host": "[2001:db8:0:0::1]", "port": 80},
]


def bounds(own=OWN, listed=LISTED):
    """The module with these servers, loaded anew."""
    with tempfile.TemporaryDirectory(prefix="dvc-injector-bounds-") as folder:
        path = shutil.copy(SOURCES / "dvc_injector_bounds.py", folder)
        Path(folder, "servers.json").write_text(json.dumps({"own": own, "listed": listed}))
        spec = importlib.util.spec_from_file_location("dvc_injector_bounds", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


class Bounds(unittest.TestCase):
    def left(self, scheme, host, port, headers=("Host", "X-Api-Key")):
        """The headers that a request to this address leaves with; None where it may not leave, which must be said."""
        module, said = bounds(), io.StringIO()
        kept = dict.fromkeys(headers, "x")
        try:
            with contextlib.redirect_stderr(said):
                module.bound(scheme, host, port, kept)
        except module.RequestRefused as error:
            self.assertEqual(said.getvalue(), f"{error}\n")
            self.assertEqual(list(kept), list(headers))
            return None
        self.assertEqual(said.getvalue(), "")
        return list(kept)

    def test_the_remote_s_own_server_gets_everything_however_its_address_is_written(self):
        for host, port in [("data.example.com", 443), ("DATA.example.com", None)]:
            self.assertEqual(self.left("https", host, port), ["Host", "X-Api-Key"])

    def test_a_listed_server_gets_no_login_and_one_without_a_port_is_listed_with_every_one(self):
        for scheme, host, port in [
            ("https", "mirror.example.com", 8443),
            ("https", "any.example.com", 1),
            ("https", "any.example.com", None),
            ("http", "2001:db8::1", None),
            ("http", "[2001:DB8::0:1]", 80),
        ]:
            self.assertEqual(self.left(scheme, host, port), ["Host"], (scheme, host, port))

    def test_any_other_server_scheme_or_port_is_refused(self):
        for scheme, host, port in [
            ("http", "data.example.com", 443),
            ("http", "data.example.com", None),
            ("https", "data.example.com", 8443),
            ("https", "data.example.com.", 443),
            ("https", "x.data.example.com", 443),
            ("https", "mirror.example.com", None),
            ("http", "any.example.com", 80),
            ("http", "169.254.169.254", 80),
            ("ftp", "data.example.com", None),
            ("http", "2001:db8::2", 80),
        ]:
            self.assertIsNone(self.left(scheme, host, port), (scheme, host, port))

    def test_what_is_no_login_passes_whatever_its_letters_and_all_else_is_taken_away(self):
        harmless = ["ACCEPT", "Accept-Encoding", "connection", "Content-Length", "Content-Type", "Depth", "Range"]
        harmful = ["Authorization", "Cookie", "X-Amz-Security-Token", "Proxy-Authorization", "Referer", "x-API-key"]
        headers = [*harmful, *harmless, "User-Agent"]
        self.assertEqual(self.left("https", "any.example.com", 443, headers), [*harmless, "User-Agent"])

    def test_a_refusal_names_the_server_as_people_write_it(self):
        for (scheme, host, port), origin in [
            (("https", "Other.example.com", 443), "https://other.example.com"),
            (("https", "other.example.com", 80), "https://other.example.com:80"),
            (("http", "2001:db8::2", None), "http://[2001:db8::2]"),
            (("http", "2001:db8::2", 8080), "http://[2001:db8::2]:8080"),
        ]:
            module = bounds()
            message = f"dvc-injector: no request to {origin}, which is not allowed"
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(module.RequestRefused) as refused:
                module.bound(scheme, host, port, {})
            self.assertEqual(str(refused.exception), message)

    def test_a_refusal_is_said_once_and_made_each_time(self):
        module, said = bounds(), io.StringIO()
        with contextlib.redirect_stderr(said):
            for host in ["a.example.com", "a.example.com", "b.example.com"]:
                with self.assertRaises(module.RequestRefused):
                    module.bound("https", host, 443, {})
        self.assertEqual(len(said.getvalue().splitlines()), 2)


if __name__ == "__main__":
    unittest.main()
