"""The only import of grpc and protobuf, which are in an extra: if they are missing the error says what to install."""

from __future__ import annotations

from manifestgen.errors import ManifestgenError

__all__ = ["DecodeError", "ExtraNotInstalled", "grpc"]


class ExtraNotInstalled(ManifestgenError, ImportError):
    """A package of the extra `authz` is not installed.

    Attributes:
        package: its name on PyPI.
    """

    def __init__(self, package: str) -> None:
        super().__init__(
            f"this needs the package {package}, which is not installed",
            next_step="pip install 'manifestgen[authz]'",
        )
        self.package = package


try:
    import grpc
except ModuleNotFoundError as _error:
    raise ExtraNotInstalled("grpcio") from _error
try:
    from google.protobuf.message import DecodeError
except ModuleNotFoundError as _error:
    raise ExtraNotInstalled("protobuf") from _error
