"""Generate the stubs from the .proto files beside this script, in an environment of requirements.txt.

`make stubs` makes that environment and runs this. With a directory as its argument, it writes below that.
"""

from __future__ import annotations

import os
import sys
from importlib import resources

from grpc_tools import protoc  # type: ignore[import-not-found, import-untyped, unused-ignore]

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = "manifestgen/authz/stubs"


def generate(root: str) -> int:
    """Write the modules and type stubs of every .proto file.

    Args:
        root: the directory below which they go to `manifestgen/authz/stubs`; it exists.

    Returns:
        protoc's exit status.
    """
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    names = sorted(name for name in os.listdir(HERE) if name.endswith(".proto"))
    services = [name for name in names if "\nservice " in _text(name)]
    return _protoc(root, ("python", "mypy"), names) or _protoc(root, ("grpc_python", "mypy_grpc"), services)


def _protoc(root: str, kinds: tuple[str, str], names: list[str]) -> int:
    module, types = kinds
    # The files are named after the package of the stubs, so that the stubs import each other from it.
    paths = [f"--proto_path={PACKAGE}={HERE}", f"--proto_path={resources.files('grpc_tools') / '_proto'}"]
    outputs = [f"--{module}_out={root}", f"--{types}_out=quiet:{root}"]
    return int(protoc.main(["protoc", *paths, *outputs, *(f"{PACKAGE}/{name}" for name in names)]))


def _text(name: str) -> str:
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    sys.exit(generate(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "..")))
