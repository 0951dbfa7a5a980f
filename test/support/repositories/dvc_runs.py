"""Runs the installed DVC for each line of stdin, in a fork that has its modules already: to load them is most of a run.

A line is {"id": 1, "cwd": "...", "args": ["add", "data"], "output": "a file"}; what DVC prints goes to that file, and
{"id": 1, "exitCode": 0} is the answer on stdout, once it has ended. Several may run at once. The one command that DVC
hasn't is `outputs`: it prints every output of the project as JSON, by DVC's own reading of the folder.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import sys

# Where `main` is: in DVC 2 and 3, and in DVC 1.
ENTRIES = ["dvc.cli", "dvc.main"]

# What most commands load on the way. A version that lacks one does without.
MODULES = [
    "dvc.cli.parser",
    "dvc.repo",
    "dvc.repo.datasets",
    "dvc.repo.artifacts",
    "dvc.repo.metrics",
    "dvc.repo.params",
    "dvc.repo.plots",
    "dvc.repo.stage",
    "dvc.data_cloud",
    "dvc.scm",
    "dvc.utils.strictyaml",
    "dvc_data.index.checkout",
    "dvc_data.index.collect",
    "dvc_data.index.fetch",
    "dvc_data.hashfile.db.local",
    "fsspec.implementations.memory",
    "rich.console",
]


def load_main():
    """Import DVC's modules; return its `main`."""
    found = None
    for name in ENTRIES + MODULES:
        with contextlib.suppress(ImportError):
            module = importlib.import_module(name)
            found = found or getattr(module, "main", None)
    if found is None:
        sys.exit("this Python has no DVC")
    return found


def serve():
    """Fork for each request until stdin ends."""
    main = load_main()
    gc.freeze()  # a fork's garbage collection would copy all of the memory that it shares with this process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks: each tells its end by itself
    for line in sys.stdin:
        request = json.loads(line)
        if os.fork() == 0:
            answer(main, request)


def answer(main, request):
    """Run DVC in a fork of this fork, which tells of its end however it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        run(main, request)
    exit_code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(1, (json.dumps({"id": request["id"], "exitCode": exit_code}) + "\n").encode())
    os._exit(0)


def run(main, request):
    """Become `dvc <args>` in the folder of the request."""
    exit_code = 255
    try:
        output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, source in enumerate([nothing, output, output]):
            os.dup2(source, descriptor)
        os.chdir(request["cwd"])
        os.environ["PWD"] = request["cwd"]
        sys.argv = ["dvc", *request["args"]]
        exit_code = print_outputs() if request["args"] == ["outputs"] else main(request["args"])
    except Exception as error:
        print(repr(error), file=sys.stderr)
    except SystemExit as end:
        exit_code = end.code
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(exit_code if isinstance(exit_code, int) else 255)


def print_outputs():
    """Print each output's path, and whether DVC keeps its bytes; return the exit code."""
    from dvc.repo import Repo

    with Repo(".") as repo:
        top = os.path.realpath(repo.scm.root_dir)
        outputs = [
            {"path": os.path.relpath(out.fs_path, top), "cached": out.use_cache}
            for out in repo.index.outs
            if out.is_in_repo
        ]
    print(json.dumps(outputs))
    return 0


serve()
