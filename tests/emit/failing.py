"""Writes directories while the operating system refuses calls, or kills it at one: see failing.c, preloaded into it.

Reads a request a line, as JSON, and answers each: how many calls were made, and the error.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

from manifestgen.emit.directory import File, write_directory
from manifestgen.errors import ManifestgenError

LIBRARY = ctypes.CDLL(None)
LIBRARY.arm.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_int)
LIBRARY.disarm.restype = ctypes.c_long


def write(request: dict[str, Any]) -> dict[str, Any]:
    """Write a directory, armed."""
    files = {path: File(text) for path, text in request["files"].items()}
    said = ""
    LIBRARY.lack(request["lacking"])
    LIBRARY.arm(request["at"], request["count"], request["errno"])
    try:
        write_directory(request["directory"], files)
    except ManifestgenError as error:
        said = str(error)
    finally:
        calls = LIBRARY.disarm()
    return {"calls": calls, "error": said}


def main() -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        request = json.loads(line)
        if request["errno"] >= 0:
            answer = write(request)
        else:
            child = os.fork()
            if not child:
                write(request)
                os._exit(0)
            answer = {"killed": os.WIFSIGNALED(os.waitpid(child, 0)[1])}
        print(json.dumps(answer), flush=True)


main()
