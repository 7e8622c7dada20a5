"""Certificates as Istio gives them to workloads: the identity is a SPIFFE URI among the alternative names."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


class Mesh:
    """A certificate authority and the certificates it issues.

    Args:
        directory: where the files go.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "cluster.local")])
        authority = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(True, None), True)
        self.root = directory / "root.pem"
        self.root.write_bytes(_pem(authority.sign(self._key, hashes.SHA256())))

    def issue(self, principal: str) -> Path:
        """A file with the certificate and key of a workload, such as `spiffe://cluster.local/ns/shop/sa/web`."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(principal)])
        certificate = self._builder(x509.Name([]), key).add_extension(names, True).sign(self._key, hashes.SHA256())
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path = self.directory / f"{principal.rpartition('/')[2]}.pem"
        path.write_bytes(_pem(certificate) + key.private_bytes(serialization.Encoding.PEM, *form))
        return path

    def listening(self, principal: str) -> dict[str, Any]:
        """Envoy's transport socket of a listener that wants a certificate of every caller."""
        own = {"filename": str(self.issue(principal))}
        return {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                "require_client_certificate": True,
                "common_tls_context": {
                    "tls_certificates": [{"certificate_chain": own, "private_key": own}],
                    "validation_context": {"trusted_ca": {"filename": str(self.root)}},
                },
            },
        }

    def calling(self, principal: str) -> ssl.SSLContext:
        """How a workload calls another: its own certificate, and anybody of the mesh at the other end."""
        context = ssl.create_default_context(cafile=str(self.root))
        context.check_hostname = False
        context.load_cert_chain(self.issue(principal))
        return context

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.timezone.utc)
        return x509.CertificateBuilder(
            self._name, subject, key.public_key(), x509.random_serial_number(), now - _DAY, now + _DAY
        )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
