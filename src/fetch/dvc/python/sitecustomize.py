"""What Python runs at its start, before the first line of DVC: PYTHONPATH names the folder that this file is copied to.

First come the rules for addresses (dvc_injector_addresses.py), then the guard, if this type of remote needs one: one of
the modules guard_*.py, which lies beside this file as dvc_injector_guard.py and makes DVC's libraries check what they
don't check by themselves. Then, where the fetcher asks for it, the process becomes the one of which all runs of DVC are
forks (dvc_injector_forks.py). And where the arguments ask what no command of DVC tells, it answers that
(dvc_injector_exists.py), as a fork or by itself.
"""

import os
import sys


def refuse(error):
    """End Python: where a guard does not fit the installed libraries, no request may be made without it.

    The fetcher finds the words in what DVC prints (sitecustomize.ts).
    """
    print(f"dvc-injector: DVC can not be guarded ({error!r})", file=sys.stderr, flush=True)
    os._exit(1)


try:
    import dvc_injector_addresses  # noqa: F401 - to import it is to install it
except BaseException as error:
    refuse(error)

try:
    import dvc_injector_guard  # noqa: F401 - to import it is to install it
except ModuleNotFoundError as error:
    # Either there is no guard, or a library that it guards is absent: then DVC can't make requests by it either.
    if error.name == "dvc_injector_bounds":
        refuse(error)
except BaseException as error:
    refuse(error)

# Not in another program that a script of the name `dvc` runs before DVC, and which has another name.
if "DVC_INJECTOR_FORKS" in os.environ and os.path.basename(sys.argv[0]) == "dvc":
    import dvc_injector_forks

    dvc_injector_forks.serve()

if sys.argv[1:2] == ["dvc-injector-exists"] and os.path.basename(sys.argv[0]) == "dvc":
    import dvc_injector_exists

    dvc_injector_exists.main()
