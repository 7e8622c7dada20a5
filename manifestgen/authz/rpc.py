"""The one import of grpc: it is an extra, and its absence is said in words."""

from __future__ import annotations

from manifestgen.errors import ManifestgenError

__all__ = ["GrpcMissing", "grpc"]


class GrpcMissing(ManifestgenError, ImportError):
    """The package grpcio is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "this needs the package grpcio, which is not installed",
            next_step="pip install 'manifestgen[authz]'",
        )


try:
    import grpc
except ModuleNotFoundError as _error:
    raise GrpcMissing from _error
