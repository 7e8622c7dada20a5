from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import manifestgen

PACKAGE = Path(manifestgen.__file__).parent


def imported(file: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def run(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_grpc_and_protobuf_stay_in_their_package() -> None:
    """No module outside manifestgen/authz imports them."""
    files = [file for file in PACKAGE.rglob("*.py") if PACKAGE / "authz" not in file.parents]
    assert len(files) > 20
    found = [(file, name) for file in files for name in imported(file) if name.split(".")[0] in {"grpc", "google"}]
    assert not found


def test_the_package_stands_apart() -> None:
    """Of manifestgen it imports its own modules, errors, versions and the reading of YAML."""
    files = list((PACKAGE / "authz").glob("*.py"))
    names = {name for file in files for name in imported(file) if name.split(".")[0] == "manifestgen"}
    assert "manifestgen.errors" in names
    below = ("manifestgen.authz", "manifestgen.errors", "manifestgen.model", "manifestgen.yamlio")
    assert not [name for name in names if name != "manifestgen" and not name.startswith(below)]


def test_the_commands_cost_click_alone_to_import() -> None:
    """Neither grpc, protobuf, attrs nor the YAML parser is loaded for the help of `authz`."""
    heavy = ("grpc", "google.protobuf", "attr", "ruamel", "ssl", "asyncio")
    code = f"import manifestgen.cli.authz, sys; print([name for name in {heavy} if name in sys.modules])"
    assert run(code) == "[]"


@pytest.mark.parametrize("module", ["client", "server", "conformance", "request", "decision"])
@pytest.mark.parametrize("package", ["grpc", "google.protobuf"])
def test_without_the_extra_what_to_install_is_said(module: str, package: str) -> None:
    """Whichever of its packages is missing, as an ImportError too."""
    code = (
        f"import sys; sys.modules['{package}'] = None\n"
        f"try:\n import manifestgen.authz.{module}\nexcept ImportError as error:\n print(error)"
    )
    assert "pip install 'manifestgen[authz]'" in run(code)


def test_the_official_protos_can_be_loaded_beside_the_client_and_the_server() -> None:
    """Envoy's and Calico's packages are taken only where the service stubs are imported: two copies clash."""
    code = (
        "import manifestgen.authz.client, manifestgen.authz.server\n"
        "from google.protobuf import descriptor_pool\n"
        "pool = descriptor_pool.Default()\n"
        "for name in ('envoy.service.auth.v3.Authorization', 'dikastes.Healthz'):\n"
        " try: pool.FindServiceByName(name)\n"
        " except KeyError: print('free', end=' ')"
    )
    assert run(code) == "free free"
