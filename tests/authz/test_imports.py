from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

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
    """Of manifestgen it imports its own modules and the errors."""
    files = list((PACKAGE / "authz").glob("*.py"))
    names = {name for file in files for name in imported(file) if name.split(".")[0] == "manifestgen"}
    assert "manifestgen.errors" in names
    assert not [name for name in names if not name.startswith(("manifestgen.authz", "manifestgen.errors"))]


def test_the_commands_cost_click_alone_to_import() -> None:
    """Neither grpc, protobuf, attrs nor the YAML parser is loaded for the help of `authz`."""
    heavy = ("grpc", "google.protobuf", "attr", "ruamel", "ssl", "asyncio")
    code = f"import manifestgen.cli.authz, sys; print([name for name in {heavy} if name in sys.modules])"
    assert run(code) == "[]"


def test_no_grpcio_is_said_in_words() -> None:
    """Without the extra, what to install is said, as an ImportError too."""
    code = (
        "import sys; sys.modules['grpc'] = None\n"
        "try:\n import manifestgen.authz.client\nexcept ImportError as error:\n print(error)"
    )
    assert "pip install 'manifestgen[authz]'" in run(code)


def test_the_official_protos_can_be_loaded_beside_the_client_and_the_server() -> None:
    """Envoy's packages are taken only where the service stubs are imported: two copies cannot live in one process."""
    code = (
        "import manifestgen.authz.client, manifestgen.authz.server\n"
        "from google.protobuf import descriptor_pool\n"
        "pool = descriptor_pool.Default()\n"
        "try:\n pool.FindServiceByName('envoy.service.auth.v3.Authorization')\nexcept KeyError:\n print('free')"
    )
    assert run(code) == "free"
