"""Which objects a remote has, asked of real DVC in a project with a local remote of two objects."""

import json
import unittest

from support import StartCase

# DVC believes no object of a local folder by its name.
THERE = "9dd4e461268c8034f5c8564e155c67a6"
LONGER = "d16fb36f0911f878998c136191af705e"
ABSENT = "f" * 32
PROGRAM = "import os, sys; os.chdir(sys.argv.pop(1)); import dvc_injector_exists; dvc_injector_exists.main()"


class LocateTest(StartCase):
    """Each test has a project of its own."""

    def setUp(self):
        """Make a project whose remote has two objects."""
        super().setUp()
        self.root = self.folder / "project"
        remote = self.root / "remote"
        for oid, content in ((THERE, "x"), (LONGER, "xyz")):
            path = remote / "files" / "md5" / oid[:2] / oid[2:]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        (self.root / ".dvc").mkdir(parents=True)
        config = [
            "[core]",
            "    no_scm = true",
            "    analytics = false",
            "['remote \"origin\"']",
            f"    url = {remote}",
        ]
        (self.root / ".dvc" / "config").write_text("\n".join([*config, ""]))

    def ask(self, **changes):
        """Run it as the fetch does; the answer, or None where there is none, and what went wrong."""
        request = {
            "remote": "origin",
            "hash": "md5",
            "jobs": 2,
            "sized": 10,
            "oids": [THERE, LONGER, ABSENT],
            **changes,
        }
        (self.root / "request.json").write_text(json.dumps(request))
        answer = self.root / "answer.json"
        paths = [str(self.root), "dvc-injector-exists", str(self.root / "request.json"), str(answer)]
        ran = self.python(PROGRAM, *paths, start=self.start_folder(parts=["dvc_injector_exists.py"], program=""))
        return ran.returncode, json.loads(answer.read_text()) if answer.exists() else None, ran.stderr

    def test_those_that_are_there_have_their_length(self):
        code, answer, errors = self.ask()
        self.assertEqual((code, answer), (0, {"found": {THERE: 1, LONGER: 3}}), errors)

    def test_nothing_is_found_where_nothing_is(self):
        code, answer, errors = self.ask(oids=[ABSENT])
        self.assertEqual((code, answer), (0, {"found": {}}), errors)

    def test_a_remote_that_there_is_not_ends_with_one_and_dvcs_words(self):
        code, answer, errors = self.ask(remote="other")
        self.assertEqual((code, answer), (1, None))
        self.assertIn("other", errors)


if __name__ == "__main__":
    unittest.main()
