"""CSV files behind the API, by a mapping in YAML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import source_file
from ingestion.mapping import Mapper
from local_azure.customer_api.csv_source import CsvSource, MappingError
from local_azure.customer_api.source import ledger

REAL = Path(__file__).parents[5] / "shared" / "data" / "adventureworks"
ORDERS = "order,line,day,who,mail,amount,tax\nO1,1,2026-01-02,Ana Maria Costa, A@x.org ,2,0.1\n"
MORE = "O2,1,2026-01-01,Bo,b@x.org,1.10,0\nO1,2,2026-01-02,Ana Maria Costa, A@x.org ,3,0.2\n"
MAPPING = """
tables:
  orders: {path: "*.csv"}
records:
  - department: sales
    type: order.placed
    table: orders
    key: {text: "{order}"}
    customer_id: {hash: mail}
    occurred_at: {date: day}
    amount: {sum: [[line, amount], [tax]]}
    attributes:
      fixed: {value: [1, null]}
      text: {text: "{order}-{line}"}
      number: {integer: line}
      first: {before: [who, " "]}
      rest: {after: [who, " "]}
      total: {sum: [[line, amount], [tax]]}
      lines: {each: {line: {integer: line}, amount: {text: "{amount}"}}}
"""
COUNTED = """
select count(distinct SalesOrderNumber), count(*), sum(Quantity * UnitPrice + TaxAmount)::varchar
from read_csv(?, header = true, types = {'UnitPrice': 'decimal(19, 4)', 'TaxAmount': 'decimal(19, 4)'})
"""
Make = Callable[..., CsvSource]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(mapping: str = MAPPING, data: str = ORDERS + MORE) -> CsvSource:
        (tmp_path / "map.yml").write_text(mapping)
        (tmp_path / "orders.csv").write_text(data)
        return CsvSource(tmp_path, tmp_path / "map.yml")

    return made


def test_rows_of_one_key_make_one_record_in_order_of_time(make: Make) -> None:
    records = make().records(0, 10)
    assert [record.record_id for record in records] == ["sales-order.placed-orders-O2", "sales-order.placed-orders-O1"]
    assert [record.amount for record in records] == [Decimal("1.10"), Decimal("8.3")]


def test_each_kind_of_value(make: Make) -> None:
    record: dict[str, Any] = json.loads(make().records(1, 1)[0].body)
    assert record == {
        "id": "sales-order.placed-orders-O1",
        "department": "sales",
        "type": "order.placed",
        "customer_id": hashlib.sha256(b"a@x.org").hexdigest()[:24],
        "occurred_at": "2026-01-02T00:00:00Z",
        "attributes": {
            "fixed": [1, None],
            "text": "O1-1",
            "number": 1,
            "first": "Ana",
            "rest": "Maria Costa",
            "total": "8.3",
            "lines": [{"line": 1, "amount": "2"}, {"line": 2, "amount": "3"}],
        },
    }


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{hash: mail}", "{hash: nothing}", "nothing"),
        ("{order}-{line}", "{nothing}", "nothing"),
        ("{order}-{line}", "{}", "sales order.placed"),
        ("{integer: line}", "{integer: who}", "invalid literal"),
        ("{date: day}", "{date: who}", "Invalid isoformat"),
        ("{date: day}", "{moment: day}", "a value is one of"),
        ("{date: day}", "day", "TypeError|a value is one of"),
        ("table: orders", "table: others", "others"),
        ('"*.csv"', '"*.tsv"', "no file"),
        ("key:", "chave:", "key"),
        ("tables:", "tables: [", "map.yml"),
        ("records:", "rows:", "records"),
    ],
)
def test_a_mapping_that_does_not_fit_says_where(make: Make, old: str, new: str, reason: str) -> None:
    assert old in MAPPING
    with pytest.raises(MappingError, match=reason):
        make(MAPPING.replace(old, new, 1))


def test_an_empty_mapping_is_refused(make: Make) -> None:
    with pytest.raises(MappingError):
        make("")


@pytest.mark.parametrize("row", ["O3,1\n", "O3,1,2026-01-01,Bo,b@x.org,1,0,surplus\n"])
def test_a_row_of_another_length_is_refused_with_its_line(make: Make, row: str) -> None:
    with pytest.raises(MappingError, match=r"orders.csv, line 5"):
        make(data=ORDERS + MORE + row)


def test_a_missing_mapping_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"no mapping .*absent\.yml"):
        CsvSource(tmp_path, tmp_path / "absent.yml")


def test_adventureworks_agrees_with_its_files_and_the_contracts() -> None:
    if not REAL.is_dir():
        pytest.skip("no ../shared/data/adventureworks: the real sales files are not part of the project")
    source = CsvSource(REAL)
    orders = [record for record in source.records(0, source.size) if record.department == "sales"]
    lines = sum(len(json.loads(record.body)["attributes"]["lines"]) for record in orders)
    expected = duckdb.execute(COUNTED, [str(REAL / "sales_*.csv")]).fetchone()
    total = sum((record.amount for record in orders), Decimal(0))
    assert expected and (len(orders), lines) == expected[:2] and total == Decimal(expected[2])
    assert Decimal(ledger(source).as_json()["money"]["sales"]) == total
    mapper = Mapper(source_file.read("customer_api").resources[0], "/x")
    assert all(isinstance(mapper.messages(record.body), list) for record in source.records(0, source.size))
