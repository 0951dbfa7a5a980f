"""What Python runs at its start: a guard that does not fit ends it, and only `dvc` becomes a process of forks."""

import subprocess
import sys
import unittest

from support import StartCase

RAN = 'print("ran")'


class Guard(StartCase):
    def test_without_a_guard_a_program_runs_as_it_would(self):
        done = self.python(RAN, start=self.start_folder())
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ran\n", ""))

    def test_a_guard_is_there_before_the_program(self):
        program = "import colorsys\ncolorsys.guarded = True\n"
        done = self.python("import colorsys; print(colorsys.guarded)", start=self.start_folder(program=program))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "True\n", ""))

    def test_a_guard_that_fails_in_any_way_ends_python_before_the_program(self):
        for program, error in [
            ("import os\nos.no_such_call\n", "AttributeError"),
            ("from os import no_such_call\n", "ImportError"),
            ("def\n", "SyntaxError"),
            ("raise SystemExit(0)\n", "SystemExit"),
            ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ]:
            with self.subTest(error):
                done = self.python(RAN, start=self.start_folder(program=program))
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, rf"^dvc-injector: DVC can not be guarded \({error}\(.*\)\)\n$")

    def test_a_library_that_is_not_installed_needs_no_guard(self):
        done = self.python(RAN, start=self.start_folder(program="import no_such_library\n"))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ran\n", ""))

    def test_a_guard_without_a_part_of_ours_ends_python(self):
        done = self.python(RAN, start=self.start_folder("guard_requests.py"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("No module named 'dvc_injector_bounds'", done.stderr)

    def test_a_guard_without_its_settings_ends_python(self):
        for guard in ["guard_aiohttp.py", "guard_requests.py"]:
            done = self.python(RAN, start=self.start_folder(guard, ["dvc_injector_bounds.py"]))
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"can not be guarded \(FileNotFoundError\(.*\)\)")


class Forks(StartCase):
    def run_command(self, name, **more):
        """Run a command of this name, with a process of forks that does no more than say that it is one."""
        start = self.start_folder(files={"dvc_injector_forks.py": 'def serve():\n    print("serving")\n'})
        command = self.folder / name
        command.write_text(RAN)
        arguments = [sys.executable, str(command), "--version"]
        environment = self.environment(start, **more)
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.split()

    def test_dvc_becomes_one_where_the_fetcher_asks_for_it(self):
        self.assertEqual(self.run_command("dvc", DVC_INJECTOR_FORKS="{}"), ["serving", "ran"])
        self.assertEqual(self.run_command("dvc"), ["ran"])

    def test_another_program_that_a_script_of_this_name_runs_becomes_none(self):
        self.assertEqual(self.run_command("other", DVC_INJECTOR_FORKS="{}"), ["ran"])
        done = self.python(RAN, "dvc", start=self.start_folder(), DVC_INJECTOR_FORKS="{}")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ran\n", ""))


if __name__ == "__main__":
    unittest.main()
