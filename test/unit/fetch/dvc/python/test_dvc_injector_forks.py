"""The process that runs are forks of: its protocol over real pipes, with a stand-in for `dvc` and with DVC itself."""

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import unittest
from pathlib import Path

from support import SOURCES, StartCase

MARK = "a-mark"
SETTINGS = json.dumps({"mark": MARK, "ready": "can", "unable": "can-not"})

# It says what it was given, and ends as its arguments ask for.
STAND_IN = """
import json, os, signal, sys
given = {"args": sys.argv[1:], "cwd": os.getcwd(), "stdin": sys.stdin.read(), "pid": os.getpid()}
given["parent"], given["asked"] = os.getppid(), "DVC_INJECTOR_FORKS" in os.environ
given["name"] = open("/proc/self/comm").read().strip() if os.path.exists("/proc/self/comm") else None
print("nobody reads this")
print(json.dumps(given), file=sys.stderr, flush=True)
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "exit":
    sys.exit(int(sys.argv[2]))
"""
# DVC's modules take most of a second to load, which a stand-in has no use for.
NO_MODULES = "import dvc_injector_forks\ndvc_injector_forks.MODULES.clear()\n"


class Conversation:
    """A process of forks, and what is said between it and us."""

    def __init__(self, command, environment, cwd):
        """Start it."""
        pipe = subprocess.PIPE
        arguments = [*command, "--version"]
        self.process = subprocess.Popen(
            arguments, env=environment, cwd=cwd, stdin=pipe, stdout=pipe, stderr=pipe, process_group=0
        )
        # All of it, as a run that is left behind would keep the pipes open: an answer that never comes is a failure.
        self.patience = threading.Timer(60, os.killpg, [self.process.pid, signal.SIGKILL])
        self.patience.start()

    def ask(self, *args, cwd="/"):
        """Ask for a run."""
        self.process.stdin.write(json.dumps({"args": args, "cwd": str(cwd)}).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self):
        """Wait for a line with the mark; returns what it says, and what was said before it. None for the end."""
        said = ""
        for line in self.process.stderr:
            text = line.decode()
            if text.startswith(f"{MARK} "):
                return text.removeprefix(f"{MARK} ").strip(), said.removesuffix("\n")
            said += text
        return None, said

    def end(self):
        """Close stdin; returns the exit code and stdout."""
        self.process.stdin.close()
        return self.process.wait(60), self.process.stdout.read()

    def close(self):
        """End it, whatever it does."""
        self.patience.cancel()
        with contextlib.suppress(ProcessLookupError), self.process:  # which closes all pipes
            os.killpg(self.process.pid, signal.SIGKILL)


class Forks(StartCase):
    def converse(self, guard=NO_MODULES, settings=SETTINGS):
        """Begin a conversation with the stand-in's process, which says first that it is ready."""
        command = self.folder / "dvc"
        command.write_text(STAND_IN)
        start = self.start_folder(program=guard)
        environment = self.environment(start, DVC_INJECTOR_FORKS=settings)
        forks = Conversation([sys.executable, str(command)], environment, self.folder)
        self.addCleanup(forks.close)
        return forks

    def test_a_run_has_its_own_arguments_and_folder_and_nothing_to_read(self):
        forks = self.converse()
        self.assertEqual(forks.answer(), ("can", ""))
        forks.ask("pull", "--jobs", "2", cwd=self.folder)
        code, said = forks.answer()
        given = json.loads(said)
        self.assertEqual(code, "0")
        self.assertEqual(given["args"], ["pull", "--jobs", "2"])
        self.assertEqual(given["cwd"], os.path.realpath(self.folder))
        self.assertEqual((given["stdin"], given["asked"]), ("", False))
        self.assertEqual(given["parent"], forks.process.pid)
        self.assertEqual(forks.end(), (0, b""))

    def test_each_run_is_a_process_of_its_own_and_its_exit_code_is_told(self):
        forks = self.converse()
        forks.answer()
        pids = set()
        for code in ["0", "1", "254"]:
            forks.ask("exit", code)
            answer, said = forks.answer()
            self.assertEqual(answer, code)
            pids.add(json.loads(said)["pid"])
        self.assertEqual(len(pids), 3)

    def test_a_run_that_is_killed_is_told_by_its_signal_and_the_next_one_is_as_if_nothing_had_been(self):
        forks = self.converse()
        forks.answer()
        forks.ask("kill")
        self.assertEqual(forks.answer()[0], str(-signal.SIGKILL))
        forks.ask("exit", "0")
        self.assertEqual(forks.answer()[0], "0")

    @unittest.skipUnless(sys.platform == "linux", "no other system has names of processes that can be set so")
    def test_top_can_tell_them_apart(self):
        forks = self.converse()
        forks.answer()
        self.assertEqual(Path(f"/proc/{forks.process.pid}/comm").read_text(), "dvc-forks\n")
        forks.ask("pull")
        self.assertEqual(json.loads(forks.answer()[1])["name"], "dvc-pull")

    def test_a_run_that_can_not_begin_is_none_that_succeeded(self):
        forks = self.converse()
        forks.answer()
        forks.ask("pull", cwd=self.folder / "absent")
        code, said = forks.answer()
        self.assertEqual(code, "255")
        self.assertRegex(said, r"^dvc-injector: DVC can not be started \(FileNotFoundError\(.*\)\)$")
        for line in [b"no JSON\n", b'{"args": []}\n', b'{"args": [], "cwd": "/"}\n']:
            forks.process.stdin.write(line)
            forks.process.stdin.flush()
            self.assertEqual(forks.answer()[0], "255")

    def test_where_there_can_be_no_further_process_that_is_said_and_a_later_run_is_a_fork_again(self):
        forks = self.converse(
            NO_MODULES
            + """
import os
fork = os.fork
def no_fork():
    os.fork = fork
    raise BlockingIOError(11, "Resource temporarily unavailable")
os.fork = no_fork
"""
        )
        forks.answer()
        forks.ask("exit", "3")
        self.assertEqual(forks.answer(), ("can-not", ""))
        forks.ask("exit", "3")
        self.assertEqual(forks.answer()[0], "3")

    def test_an_error_of_its_own_ends_it_and_the_command_that_it_was_started_by_does_not_run(self):
        forks = self.converse(
            NO_MODULES
            + """
import os
def waitpid(pid, options):
    raise RuntimeError("no")
os.waitpid = waitpid
"""
        )
        forks.answer()
        forks.ask("exit", "0")
        answer, said = forks.answer()
        self.assertIsNone(answer)
        self.assertIn("dvc-injector: DVC can not be forked (RuntimeError('no'))\n", said)
        self.assertNotIn("--version", said)
        self.assertEqual(forks.end(), (1, b""))

    def test_the_end_of_stdin_ends_it_and_the_command_that_it_was_started_by_does_not_run(self):
        forks = self.converse()
        forks.answer()
        self.assertEqual(forks.end(), (0, b""))

    def test_with_settings_that_it_can_not_read_it_says_nothing_and_the_command_runs_as_it_would(self):
        forks = self.converse(settings="no JSON")
        forks.process.stdin.close()
        answer, said = forks.answer()
        self.assertIsNone(answer)
        self.assertIn('"args": ["--version"]', said)

    def test_a_module_that_this_version_of_dvc_lacks_is_done_without(self):
        forks = self.converse(NO_MODULES + 'dvc_injector_forks.MODULES.append("no.such.module")\n')
        self.assertEqual(forks.answer(), ("can", ""))


class RealDvc(StartCase):
    def test_dvc_runs_in_a_fork_with_its_modules_loaded(self):
        dvc = shutil.which("dvc", path=str(Path(sys.executable).parent))
        environment = self.environment(self.start_folder(), DVC_INJECTOR_FORKS=SETTINGS)
        forks = Conversation([dvc], environment, self.folder)
        self.addCleanup(forks.close)
        self.assertEqual(forks.answer()[0], "can")
        forks.ask("no-such-command", cwd=self.folder)
        code, said = forks.answer()
        self.assertEqual(code, "254")
        self.assertIn("invalid choice", said)
        forks.ask("init", "--no-scm", "--quiet", cwd=self.folder)
        self.assertEqual(forks.answer(), ("0", ""))
        self.assertTrue((self.folder / ".dvc" / "config").exists())

    def test_the_locked_dvc_has_every_module_that_is_loaded_before(self):
        spec = importlib.util.spec_from_file_location("dvc_injector_forks", SOURCES / "dvc_injector_forks.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.assertTrue(module.MODULES)
        for name in module.MODULES:
            self.assertIsNotNone(importlib.util.find_spec(name), name)


if __name__ == "__main__":
    unittest.main()
