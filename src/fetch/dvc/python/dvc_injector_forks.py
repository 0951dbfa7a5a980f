"""Makes of this process, which was to run `dvc` once, the one of which every run of DVC is a fork.

To load DVC's modules is most of what a short run does, and so it is done once. sitecustomize.py calls `serve` before
the first line of `dvc`. It returns in the forks only, and there the installed `dvc` goes on as if it had just begun,
with the arguments and in the folder of its run.

The other side is fork-server.ts. It hands over the variable DVC_INJECTOR_FORKS, which is JSON: the random `mark` that
begins each line said to it (only this process and its forks know it), and the words `ready` and `unable`. It asks for
a run by a line of JSON on stdin, {"args": [...], "cwd": "..."}. It is answered on stderr, which all runs write to, by
an empty line and one of

    <mark> <ready>    the modules are loaded, and a first run can be asked for
    <mark> <unable>   this run can't be forked now; a later one perhaps
    <mark> <number>   the run is over: its exit code, or less than zero the number of the signal that ended it

The end of stdin ends the process.
"""

import contextlib
import gc
import importlib
import json
import os
import sys

# What a pull of objects that are there loads (DVC 3.67). A module that another version lacks, its runs do without.
MODULES = [
    "dvc._debug",
    "dvc.analytics",
    "dvc.cachemgr",
    "dvc.cli.parser",
    "dvc.compare",
    "dvc.data_cloud",
    "dvc.dirs",
    "dvc.lock",
    "dvc.scm",
    "dvc.ui",
    "dvc.repo",
    "dvc.repo.artifacts",
    "dvc.repo.brancher",
    "dvc.repo.datasets",
    "dvc.repo.index",
    "dvc.repo.metrics",
    "dvc.repo.open_repo",
    "dvc.repo.params",
    "dvc.repo.plots",
    "dvc.repo.stage",
    "dvc.utils.strictyaml",
    "dvc_data.hashfile._progress",
    "dvc_data.hashfile.db.index",
    "dvc_data.hashfile.db.local",
    "dvc_data.hashfile.status",
    "dvc_data.index.checkout",
    "dvc_data.index.collect",
    "dvc_data.index.fetch",
    "configobj",
    "fsspec.implementations.memory",
    "rich.console",
]


def serve():
    """Load the modules, then fork a run for each line of stdin. Returns in the forks only."""
    settings = json.loads(os.environ.pop("DVC_INJECTOR_FORKS"))
    load_modules()
    gc.freeze()  # a fork's garbage collection would copy all of the memory that it shares with this process
    name_process("dvc-forks")
    begin(fork_for_each_request(**settings))


def load_modules():
    """Load what the runs have in common."""
    for name in MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def name_process(name):
    """Name this process: as all of them have one command line, `top` could not tell what each does."""
    # OSError: no Linux.
    with contextlib.suppress(OSError), open("/proc/self/comm", "w") as file:
        file.write(name)


def fork_for_each_request(mark, ready, unable):
    """Fork a run for each line of stdin and tell what came of it, one run at a time; exit at the end of stdin.

    Returns, in each fork, the line that it was made for.
    """

    def tell(what):
        os.write(2, f"\n{mark} {what}\n".encode())

    requests = os.fdopen(0, "rb", closefd=False)
    tell(ready)
    try:
        while True:
            line = requests.readline()
            if not line:
                os._exit(0)
            try:
                child = os.fork()
            except OSError:
                tell(unable)
                continue
            if child == 0:
                return line
            status = os.waitpid(child, 0)[1]
            tell(-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
    except BaseException as error:
        # An error that left this module would make Python go on, with the command line that it has: `dvc --version`.
        print(f"dvc-injector: DVC can not be forked ({error!r})", file=sys.stderr, flush=True)
        os._exit(1)


def begin(line):
    """Give this fork the arguments and the folder of the run that `line` asks for, and neither stdin nor stdout."""
    try:
        request = json.loads(line)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.chdir(request["cwd"])
        sys.argv[1:] = request["args"]
        name_process(f"dvc-{sys.argv[1]}")
    except BaseException as error:
        print(f"dvc-injector: DVC can not be started ({error!r})", file=sys.stderr, flush=True)
        os._exit(255)
