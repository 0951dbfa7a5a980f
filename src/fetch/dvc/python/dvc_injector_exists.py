"""Answers which objects the workspace's remote has: what no command of DVC tells, its database of objects does.

sitecustomize.py calls `main` in the place of the first line of `dvc`, where its arguments are those of
locate-objects.ts: `dvc dvc-injector-exists <request> <answer>`, two files of JSON. The request is {"remote", "hash",
"jobs", "sized", "oids": [...]}, the answer {"found": {oid: length in bytes or null}}. Lengths are asked for where the
remote is a folder of this machine, and else of no more than `sized` objects, as each is a request more. No data is
read.
"""

import json
import os
import sys
import traceback


def main():
    """Answer and end Python: with 1 where the remote can't be asked, whose words are then on stderr."""
    try:
        request_path, answer_path = sys.argv[2:4]
        with open(request_path, encoding="utf-8") as file:
            request = json.load(file)
        found = locate(**request)
        with open(answer_path, "w", encoding="utf-8") as file:
            json.dump({"found": found}, file)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def locate(remote, hash, jobs, sized, oids):
    """Give the length of each object that the remote has, or None where it isn't asked for."""
    from dvc.repo import Repo

    odb = Repo(".").cloud.get_remote_odb(name=remote, hash_name=hash)
    found = list(odb.oids_exist(oids, jobs=jobs))
    if odb.fs.protocol != "local" and len(found) > sized:
        return dict.fromkeys(found)
    infos = odb.fs.info([odb.oid_to_path(oid) for oid in found], batch_size=jobs)
    return {oid: info.get("size") for oid, info in zip(found, infos, strict=True)}
