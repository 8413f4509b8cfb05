"""A certificate authority for a test, and one certificate of it for 127.0.0.1 and for names of a test's own."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def authority(folder: Path, names: Sequence[str] = ()) -> tuple[Path, Path, Path]:
    """The authority's certificate, the server's, and the server's key, as PEM files in the folder."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "visibly fake authority")])
    keys = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _signed(name, name, keys[0], keys[0], now, x509.BasicConstraints(ca=True, path_length=0))
    more = [x509.DNSName(one) for one in names]
    local = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *more])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    server = _signed(subject, name, keys[1], keys[0], now, local)
    paths = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    plain = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, content in zip(
        paths, (*(one.public_bytes(serialization.Encoding.PEM) for one in (ca, server)), plain), strict=True
    ):
        path.write_bytes(content)
    paths[2].chmod(0o600)
    return paths


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    now: datetime,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    return builder.add_extension(extension, critical=False).sign(by, hashes.SHA256())
