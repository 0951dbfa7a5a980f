"""Adds a folder to a DVC project as DVC 2 did, by the code that DVC 3 keeps for such data.

Arguments: the project, the folder's name in it, and a local folder to copy the objects to. Prints the oid of the
folder's list, then the path of each object that was copied.
"""

import shutil
import sys
from pathlib import Path

from dvc.repo import Repo
from dvc_data.hashfile.build import build
from dvc_data.hashfile.transfer import transfer

project, name, remote = sys.argv[1:]
with Repo(project) as repo:
    cache = repo.cache.legacy
    staging, meta, data = build(cache, str(Path(project, name)), cache.fs, "md5-dos2unix")
    transfer(staging, cache, {data.hash_info}, shallow=False)
    print(data.hash_info.value)
    for found in Path(cache.path).glob("??/*"):
        kept = Path(remote, found.parent.name, found.name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, kept)
        print(kept)
    lines = [
        f"- md5: {data.hash_info.value}",
        f"  size: {meta.size}",
        f"  nfiles: {meta.nfiles}",
        f"  path: {Path(name).name}",
    ]
    Path(project, f"{name}.dvc").write_text("\n".join(["outs:", *lines, ""]))
