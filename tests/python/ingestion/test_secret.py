# ruff: noqa: E501 - answers as Key Vault gives them
"""Secrets are names: from the environment, or from Key Vault as who this process is; their values are never told."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import IngestionError
from ingestion.secret import references, secret

from ._reading import EVENT
from ._services import Asked, Reply, command, site

VAULT = "https://shop.vault.azure.net"
REFUSAL = 'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"'


def test_references_are_found_wherever_they_stand() -> None:
    assert references({"a": "${A}/x", "b": ["${B}", 1], "c": {"d": f"${{{VAULT}/secrets/s}}"}}) == [
        "A",
        "B",
        f"{VAULT}/secrets/s",
    ]


@pytest.mark.parametrize("name", ["", "A B", "http://x.vault.azure.net/secrets/s", "https://x/keys/s", "A;B"])
def test_what_names_no_secret_is_refused(name: str) -> None:
    with pytest.raises(IngestionError, match="names neither a variable nor a secret"):
        secret(name)


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\x7fb"])
def test_a_value_that_no_secret_has_is_refused_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "\x00" not in value:  # no variable can hold one
        monkeypatch.setenv("TOKEN", value)
        with pytest.raises(IngestionError) as told:
            secret("TOKEN")
        assert "TOKEN holds characters" in str(told.value) and value not in str(told.value)


class Vault:
    """Key Vault's REST API (learn.microsoft.com, "Get Secret") behind a proxy, so that its real address is asked."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=shop.vault.azure.net",
             "-addext", "subjectAltName=DNS:shop.vault.azure.net", "-keyout", folder / "key.pem", "-out", self.certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, folder / "key.pem")

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.close_connection = False
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # type: ignore[assignment]

            def finish(self) -> None:
                super().finish()
                self.connection.close()

            def do_GET(self) -> None:
                known = self.path.startswith("/secrets/api-token")
                status = 401 if "Authorization" not in self.headers else 200 if known else 404
                told: Any = {
                    "value": "from-the-vault",
                    "id": f"{VAULT}/secrets/api-token/00",
                    "attributes": {"enabled": True},
                }
                body = json.dumps(
                    told if status == 200 else {"error": {"code": "SecretNotFound", "message": "no"}}
                ).encode()
                self.send_response(status)
                self.send_header("WWW-Authenticate", REFUSAL)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.proxy = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    made = Vault(tmp_path)
    yield made
    made.close()


@pytest.mark.slow
def test_a_secret_comes_from_key_vault_as_who_this_process_is(vault: Vault, tmp_path: Path) -> None:
    def identity(asked: Asked) -> Reply:
        assert asked.params["resource"] == "https://vault.azure.net"
        return Reply({"access_token": "t", "expires_on": str(int(time.time()) + 3600), "token_type": "Bearer"})

    with site(identity) as endpoint, site(lambda asked: Reply([{"id": 1}])) as api:
        said = []
        for name in ("api-token", "another"):
            file = tmp_path / "x.yml"
            client = {"base_url": api.url, "auth": {"type": "bearer", "token": f"${{{VAULT}/secrets/{name}}}"}}
            resources = [{"name": "r", "endpoint": {"path": "p"}, "events": [EVENT]}]
            file.write_text(json.dumps({"name": "x", "client": client, "resources": resources}))
            said.append(command(
                "check", str(file), HTTPS_PROXY=vault.proxy, REQUESTS_CA_BUNDLE=str(vault.certificate),
                IDENTITY_ENDPOINT=endpoint.url, IDENTITY_HEADER="here",
            ))  # fmt: skip
        assert said[0].returncode == 0, said[0]
        assert [each.headers["authorization"] for each in api.asked] == ["Bearer from-the-vault"]
    assert said[0].returncode == 0 and "from-the-vault" not in said[0].stdout + said[0].stderr
    assert said[1].stderr.startswith(f"ingestion: Key Vault {VAULT} does not give another: ")
    assert said[1].stderr.count("\n") == 1
