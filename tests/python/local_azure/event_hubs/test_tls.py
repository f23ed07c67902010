"""The certificate: made once, kept while it is good, and trusted by name."""

from __future__ import annotations

import datetime
import shutil
import socket
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from local_azure import settings
from local_azure.event_hubs import tls
from local_azure.event_hubs.tls import CERTIFICATE, KEY, server_context

from .conftest import Service


def test_it_is_made_once_and_the_key_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    server_context(folder, settings.HOST)
    made = (folder / CERTIFICATE).read_bytes()
    assert stat.S_IMODE((folder / KEY).stat().st_mode) == 0o600
    server_context(folder, settings.HOST)
    assert (folder / CERTIFICATE).read_bytes() == made
    certificate = x509.load_pem_x509_certificate(made)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def _lose_key(folder: Path) -> None:
    (folder / KEY).unlink()


def _damage(folder: Path) -> None:
    (folder / CERTIFICATE).write_bytes(b"nonsense")


def _swap_key(folder: Path) -> None:
    server_context(folder / "other", settings.HOST)
    shutil.copy(folder / "other" / KEY, folder / KEY)


@pytest.mark.parametrize("harm", [_lose_key, _damage, _swap_key])
def test_one_that_is_of_no_use_is_made_anew(tmp_path: Path, harm: object) -> None:
    server_context(tmp_path, settings.HOST)
    made = (tmp_path / CERTIFICATE).read_bytes()
    assert callable(harm)
    harm(tmp_path)
    server_context(tmp_path, settings.HOST)
    assert (tmp_path / CERTIFICATE).read_bytes() != made


def test_one_that_runs_out_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(tls, "LIFETIME", datetime.timedelta(days=6))
        server_context(tmp_path, settings.HOST)
    made = (tmp_path / CERTIFICATE).read_bytes()
    server_context(tmp_path, settings.HOST)
    assert (tmp_path / CERTIFICATE).read_bytes() != made


def test_another_host_is_named_too(tmp_path: Path) -> None:
    server_context(tmp_path, settings.HOST)
    made = (tmp_path / CERTIFICATE).read_bytes()
    server_context(tmp_path, "192.0.2.7")
    assert (tmp_path / CERTIFICATE).read_bytes() != made


def connected(service: Service) -> socket.socket:
    return socket.create_connection((settings.HOST, service.port), 5)


@pytest.mark.slow
def test_the_port_speaks_tls_to_those_who_trust_the_certificate(
    service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    service.more = ("--tls",)
    service.start()
    file = service.state / "tls" / CERTIFICATE
    assert f"clients trust {file}" in capfd.readouterr().out
    trusting = ssl.create_default_context(cafile=str(file))
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in ("localhost", "127.0.0.1"):
        with connected(service) as plain, trusting.wrap_socket(plain, server_hostname=name) as secure:
            secure.sendall(b"AMQP\x00\x01\x00\x00")
            assert secure.recv(8) == b"AMQP\x00\x01\x00\x00"
    with connected(service) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    with connected(service) as plain:
        plain.sendall(b"AMQP\x00\x01\x00\x00")  # without TLS: ended, not answered
        assert not plain.recv(100).startswith(b"AMQP")
    assert service.end() == (0, "")
