"""A self-signed certificate for 127.0.0.1, and TLS 1.2 and 1.3 as SQL clients speak them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CERTIFICATE = "certificate.pem"


def context(state: Path, *, strict: bool = False) -> ssl.SSLContext:
    """A server context whose certificate lies in `state`; made on first use, readable by the owner only.

    TLS 1.3 for `strict` encryption alone (Microsoft Learn, "TDS 8.0"): inside PRELOGIN packets clients speak 1.2.
    """
    path = state / CERTIFICATE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_certificate())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    if strict:
        tls.set_alpn_protocols(["tds/8.0"])
    else:
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(path)
    return tls


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=3650))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + signed.public_bytes(serialization.Encoding.PEM)
