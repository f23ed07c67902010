"""A dbt project of a dozen lines with this project's own macros and configuration, built through the real endpoints."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.connections import lakehouse, warehouse

from ..conftest import PROJECT
from ._dbt import environment

# one value runs through all of it: 13 fails a test of gold, 14 a test of a mart, 15 the build of a gold model
VALUE = "{{ var('value', 1) }}"
BRONZE = "{{ config(materialized='table') }}"
FILES = {
    "models/bronze/bronze_events.sql": f"{BRONZE} select 'E1' as id, {VALUE} as value, current_date() as ingested_on",
    "models/bronze/bronze_people.sql": f"{BRONZE} select 'P1' as id, {VALUE} as value, current_date() as ingested_on",
    "models/silver/silver_events.sql": "{{ config(materialized='table') }} select * from {{ ref('bronze_events') }}",
    "models/gold/sales/fct_events.sql": (
        "select id, if(value = 15, raise_error('planted'), value) as value from {{ ref('silver_events') }}"
    ),
    "models/gold/sales/fct_sums.sql": "select max(id) as id, max(value) as value from {{ ref('fct_events') }}",
    "models/gold/customer/dim_people.sql": "select id, value from {{ ref('bronze_people') }}",
    "models/marts/sales/mart_events.sql": "select id, value from {{ ref('fct_events') }}",
    "models/marts/sales/mart_sums.sql": "select id, value from {{ ref('fct_sums') }}",
    "models/marts/customer/mart_people.sql": "select id, value from {{ ref('dim_people') }}",
    "models/marts/live/mart_now.sql": "select id, value from {{ ref('dim_people') }}",
    "tests/gold_holds.sql": "select * from {{ ref('fct_events') }} where value = 13",
    "tests/mart_holds.sql": "select * from {{ ref('mart_events') }} where value = 14",
    "models/_groups.yml": "groups: [" + ", ".join(
        f"{{name: {name}, owner: {{name: x, email: x@example.com}}}}"
        for name in ("core", "sales", "marketing", "support", "finance")
    ) + "]",
}  # fmt: skip
LINKED = ("macros", "profiles", "selectors.yml", "dbt_project.yml", "security.yml")


def contract(name: str, text: str) -> str:
    return (
        f"models:\n  - name: {name}\n    columns:\n"
        f"      - {{name: id, data_type: {text}, data_tests: [not_null, unique]}}\n"
        "      - {name: value, data_type: int}\n"
    )


@dataclass
class Small:
    """The project in a folder and a schema of its own."""

    folder: Path
    schema: str
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, text in FILES.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            layer = name.split("/")[1]
            if layer in ("gold", "marts"):
                path.with_suffix(".yml").write_text(contract(path.stem, "string" if layer == "gold" else "varchar(36)"))
        for name in LINKED:
            if (PROJECT / name).exists():
                (self.folder / name).symlink_to(PROJECT / name)

    def dbt(self, target: str, *words: str, value: int = 1, fails: bool = False, **settings_: Any) -> str:
        """What dbt said; fails unless it succeeded, or with `fails` if it did."""
        where = ["--profiles-dir", "profiles", "--target", target, "--target-path", f"target/{target}"]
        variables = json.dumps({"value": value} | settings_)
        done = subprocess.run(
            [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *words, *where, "--vars", variables],
            cwd=self.folder, env=environment() | {"DBT_SCHEMA": self.schema},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout[-6000:]
        self.said.append(done.stdout)
        return done.stdout

    def lake(self, *words: str, **options: Any) -> str:
        return self.dbt("local", *(words or ("build",)), **options)

    def pool(self, *words: str, **options: Any) -> str:
        return self.dbt("local_warehouse", *(words or ("build",)), **options)

    def served(self) -> dict[str, int]:
        """The value in each mart."""
        marts = ("mart_sales.mart_events", "mart_sales.mart_sums", "mart_customer.mart_people", "mart_live.mart_now")
        answers = warehouse(*(f"select value from {self.schema}_{mart}" for mart in marts))
        return {mart.partition(".")[2]: rows[0][0] for mart, rows in zip(marts, answers, strict=True)}

    def drop(self) -> None:
        self.lake("run-operation", "drop_own_schemas")
        self.pool("run-operation", "drop_own_schemas")


@contextmanager
def reading(read: Callable[[], Any]) -> Iterator[list[Any]]:
    """What a reader in a loop saw meanwhile; an error among it, where one came."""
    seen: list[Any] = []
    over = threading.Event()

    def loop() -> None:
        while not over.is_set():
            try:
                seen.append(read())
            except Exception as error:
                seen.append(error)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def query_lake(sql: str) -> list[tuple[Any, ...]]:
    return lakehouse(sql)[0]


def query_pool(sql: str) -> list[tuple[Any, ...]]:
    return warehouse(sql)[0]
