"""The whole pipeline on an API that nobody mapped before, behind npm json-server, by one YAML file."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_azure.customer_api.source import id_checksum
from pipeline.errors import PipelineError
from pipeline.foreign import Foreign

from .._ports import free_port, of_services
from ..conftest import PROJECT, Pipeline

FILE = PROJECT / "ingestion" / "sources" / "northwind.yml"
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not here; .ci/run installs it")


def data_set(orders: int) -> dict[str, list[dict[str, Any]]]:
    """Records in the shape of Northwind's: made up, with prices as numbers, a discount as a share, and NULL as text."""
    address = {
        "street": "Weg 1",
        "city": "Luleå",
        "region": "NULL",
        "postalCode": 68306,
        "country": "Sweden",
        "phone": "1",
    }
    customers: list[dict[str, Any]] = [
        {"customerID": f"CUS{n:02}", "contactName": "Ana B. Cruz", "contactTitle": "Owner", "address": address}
        for n in range(60)
    ]
    details = [
        {"productID": 33, "unitPrice": 21.35, "quantity": 7, "discount": 0.15},
        {"productID": 4, "unitPrice": 2, "quantity": 24, "discount": 0},
    ]
    made: list[dict[str, Any]] = [
        {"orderID": 10_000 + n, "customerID": f"CUS{n % 60:02}", "orderDate": f"1996-08-{n % 28 + 1:02} 00:00:00.000",
         "shippedDate": f"1996-09-{n % 28 + 1:02} 00:00:00.000" if n % 3 else "NULL", "details": details}
        for n in range(orders)
    ]  # fmt: skip
    return {
        "customers": [*customers, {"customerID": None, "contactName": "Nobody"}],
        "orders": [*made, {"orderID": "x"}],
    }


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("api"), free_port()
    packages = PROJECT / ".local" / "npm" / "json-server"
    if not (packages / "node_modules" / "json-server").exists():
        packages.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--prefix", packages, "json-server@0.17.4"], check=True
        )
    (folder / "db.json").write_text(json.dumps(data_set(250)))
    script = packages / "node_modules" / "json-server" / "lib" / "cli" / "bin.js"
    words = ["node", script, "--host", "127.0.0.1", "--port", str(port), "--quiet", folder / "db.json"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=folder)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert process.poll() is None
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


@needs_npm
@pytest.mark.slow
def test_what_the_api_gives_is_counted_by_id(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORTHWIND_URL", "")  # put back when the test ends
    rows = {row["what"]: row for row in Foreign(FILE, api).ledger()["rows"]}
    issued = {what: row["issued"] for what, row in rows.items()}
    assert issued == {
        "customer.profile.updated.v1": 61, "sales.order.placed.v1": 251, "sales.order.status_changed.v1": 166,
    }  # fmt: skip
    shipped = sum(id_checksum(f"order-{10_000 + n}-shipped") for n in range(250) if n % 3)
    assert rows["sales.order.status_changed.v1"]["id_checksum"] == str(shipped)


@needs_npm
@pytest.mark.slow
def test_the_demo_follows_it_to_the_marts_and_balances(api: str, tmp_path: Path) -> None:
    ports = of_services("EVENT_HUBS", "DATABRICKS_SQL", "SYNAPSE")
    pipeline = Pipeline(tmp_path, ports | {"PIPELINE_STATE": str(tmp_path)})
    try:
        code, said = pipeline.run("demo", "--source-file", str(FILE), "--api", api)
    finally:
        pipeline.run("down")
        pipeline.kill_everything()
    assert code == 0, said
    report = pipeline.report()
    rows = {row["what"]: row for row in report["rows"]}
    placed = rows["sales.order.placed.v1"]
    assert report["balanced"] and (placed["issued"], placed["silver"], placed["dead_lettered"]) == (251, 250, 1)
    figures = {figure["name"]: figure["value"] for figure in report["figures"]}
    assert figures["orders"] == "250" and figures["order_lines"] == "500"


@pytest.mark.parametrize(
    ("base_url", "said"), [("http://x", "must be one"), ("${A}/${B}", "must be one"), (None, "missing required field")]
)
def test_a_file_whose_address_cannot_be_set_is_told(tmp_path: Path, base_url: str | None, said: str) -> None:
    event = {"type": "a.b.v1", "id": "id", "subject": "id", "time": "t", "data": "@"}
    client = {"base_url": base_url} if base_url else {}
    resources = [{"name": "r", "endpoint": {"path": "p"}, "events": [event]}]
    (tmp_path / "x.yml").write_text(json.dumps({"name": "x", "client": client, "resources": resources}))
    with pytest.raises(PipelineError, match=said):
        Foreign(tmp_path / "x.yml", "http://y").environment()
