"""Microsoft's clients of four languages, and Qpid Proton, against the real command.

Each client's cases are a program of its own under clients/; here each case is a test.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from functools import cache

import httpx
import pytest

from local_azure import settings

from ..._ports import free_port
from .._programs import Client, Results, each_case
from ._clients import AZURITE, CLIENTS, JAVASCRIPT
from .conftest import Service

pytestmark = pytest.mark.slow

# Azurite's well-known account: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
KEYS = {"sender": "c2VuZGVy", "listener": "bGlzdGVuZXI="}


def _connection(address: str, policy: str, key: str, more: str = "UseDevelopmentEmulator=true;") -> str:
    return f"Endpoint=sb://{address};SharedAccessKeyName={policy};SharedAccessKey={key};{more}"


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Azurite's connection string, for checkpoints."""
    JAVASCRIPT.prepare()
    port = free_port()
    folder = tmp_path_factory.mktemp("azurite")
    options = ["--location", str(folder), "--disableTelemetry", "--silent", "--skipApiVersionCheck"]
    process = subprocess.Popen(["node", str(AZURITE), "--blobPort", str(port), *options], stdout=subprocess.DEVNULL)
    address = f"http://{settings.HOST}:{port}/{AZURITE_ACCOUNT}"
    try:
        _wait_for(address, process)
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={AZURITE_ACCOUNT};AccountKey={AZURITE_KEY};"
            f"BlobEndpoint={address};"
        )
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(address)
            return
        except httpx.TransportError:
            assert process.poll() is None and time.monotonic() < deadline, "Azurite did not start"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, storage: str) -> Iterator[dict[str, str]]:
    """Two namespaces with a hub for each client, one of them with TLS; how to reach them."""
    folder = tmp_path_factory.mktemp("event-hubs")
    hubs = [f"{client.name}:2" for client in CLIENTS]
    groups = [word for c in CLIENTS for name in ("second", "processors") for word in _group(c, name)]
    plain, tls = Service(folder / "plain", *hubs), Service(folder / "tls", *hubs)
    plain.more = (*groups, "--policy", "sender:send", "--policy", "listener:listen")
    tls.more = (*groups, "--tls")
    with pytest.MonkeyPatch.context() as patch:
        for name, key in KEYS.items():
            patch.setenv(f"LOCAL_EVENT_HUBS_KEY_OF_{name.upper()}", key)
        try:
            plain.start()
            tls.start()
            yield _variables(plain, tls) | {"STORAGE": storage}
        finally:
            for service in (plain, tls):
                if service.process:
                    service.end()


def _group(client: Client, name: str) -> tuple[str, str]:
    return "--consumer-group", f"{client.name}/{name}"


def _variables(plain: Service, tls: Service) -> dict[str, str]:
    root, address = settings.EVENT_HUBS_KEY_NAME, f"{settings.HOST}:{plain.port}"
    certificate = str(tls.state / "tls" / "certificate.pem")
    return {
        "CONNECTION": plain.connection_string(),
        "WRONG_KEY": _connection(address, root, "d3Jvbmc="),
        "SEND_ONLY": _connection(address, "sender", KEYS["sender"]),
        "LISTEN_ONLY": _connection(address, "listener", KEYS["listener"]),
        "TLS_CONNECTION": _connection(f"localhost:{tls.port}", root, settings.EVENT_HUBS_KEY, ""),
        "TLS_CERTIFICATE": certificate,
        "NODE_EXTRA_CA_CERTS": certificate,
    }


@pytest.fixture(scope="module")
def results(environment: dict[str, str]) -> Callable[[Client], Results]:
    """What a client's program told, which runs once."""

    @cache
    def of(client: Client) -> Results:
        client.prepare()
        return client.run(environment)

    return of


@pytest.mark.parametrize(("client", "case"), each_case(CLIENTS))
def test_a_client_passes_its_case(client: Client, case: str, results: Callable[[Client], Results]) -> None:
    told = results(client)
    assert case in told, f"only {', '.join(told)} ran"
    assert told[case] is None, told[case]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_no_case_of_a_client_goes_unseen(client: Client, results: Callable[[Client], Results]) -> None:
    assert set(results(client)) == set(client.cases)


def test_nothing_that_was_downloaded_lies_in_the_tree() -> None:
    kept = {path.name for client in CLIENTS for path in client.source.iterdir()}
    assert kept <= {
        *("cases.js", "cases.py", "Cases.java", "main.go", "go.mod", "go.sum", "pom.xml"),
        *("package.json", "package-lock.json", "requirements.txt", "__pycache__"),
    }
