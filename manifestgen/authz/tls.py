"""TLS for the client: certificates read from files and checked before they are used."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import attrs

from manifestgen.authz.grpc_import import grpc
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location


class TlsFileError(ManifestgenError):
    """A file of certificates or keys cannot be used.

    Attributes:
        path: the file.
    """

    def __init__(self, path: str, what: str, why: str) -> None:
        super().__init__(what, where=Location(path), found=why, next_step="give a readable PEM file")
        self.path = path


class KeyWithoutCertificate(ManifestgenError):
    """A client certificate or its key was given without the other."""

    def __init__(self) -> None:
        super().__init__("a client certificate needs its key, and a key its certificate", next_step="give both")


@attrs.frozen(kw_only=True)
class Tls:
    """The TLS settings of a client, as PEM.

    Attributes:
        ca: the authorities that are trusted to sign the server's certificate; None for gRPC's defaults.
        certificate: the client's certificate chain, for mutual TLS.
        key: the client's private key; never shown.
        server_name: the expected name in the server's certificate; empty for the host in the address.
    """

    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = attrs.field(default=None, repr=False)
    server_name: str = ""

    def credentials(self) -> grpc.ChannelCredentials:
        """The credentials of a channel."""
        return grpc.ssl_channel_credentials(self.ca, self.key, self.certificate)


def read_tls(
    ca: str | None = None, *, certificate: str | None = None, key: str | None = None, server_name: str = ""
) -> Tls:
    """Read TLS settings from files and check that they are PEM and that the key belongs to the certificate.

    Args:
        ca: path of the authorities' certificates.
        certificate: path of the client's certificate chain.
        key: path of the client's key, without a passphrase.
        server_name: the expected name in the server's certificate.

    Raises:
        TlsFileError: a file cannot be read, or has the wrong content.
        KeyWithoutCertificate: one of the two is missing.
    """
    if (certificate is None) != (key is None):
        raise KeyWithoutCertificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is not None:
        _loaded(ca, "the authorities' certificates cannot be used", lambda: context.load_verify_locations(ca))
    if certificate is not None:
        _loaded(
            certificate,
            "the client's certificate and key cannot be used",
            lambda: context.load_cert_chain(certificate, key, password=lambda: b""),
        )
    return Tls(ca=_bytes(ca), certificate=_bytes(certificate), key=_bytes(key), server_name=server_name)


def _loaded(path: str, what: str, load: Callable[[], None]) -> None:
    try:
        load()
    except ssl.SSLError as error:
        raise TlsFileError(path, what, error.reason or "no PEM certificate") from error
    except OSError as error:
        raise TlsFileError(path, what, error.strerror or str(error)) from error


def _bytes(path: str | None) -> bytes | None:
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()
