"""What an analyst would change in the project's own query: each edit, and what its new output then holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local_azure.stream_analytics import local_run, project
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.project import FileOutput

from .conftest import PROJECT

Rows = list[dict[str, Any]]
GOOD = "FROM routed WHERE reason IS NULL"


def order(number: int, second: int, customer: str, amount: float, **more: Any) -> dict[str, Any]:
    data = {"amount": amount, "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": number}]}
    return {
        "specversion": "1.0", "id": f"e{number}", "source": "/api", "type": "sales.order.placed.v1", "subject": customer,
        "time": f"2026-07-01T12:{second // 60:02d}:{second % 60:02d}Z", "dataschema": "x", "data": json.dumps(data),
        "EventEnqueuedUtcTime": f"2026-07-01T12:{second // 60:02d}:{second % 60:02d}Z",
    } | more  # fmt: skip


EVENTS = [
    order(1, 10, "C1", 10.0),
    order(2, 20, "C2", 20.5),
    order(3, 70, "C1", 30.0),
    order(4, 80, "C1", 5.0, type="finance.invoice.issued.v1"),
    order(5, 290, "C3", 7.0),
]
EDITS: list[tuple[str, str, Rows]] = [
    ("a five-minute window beside the minute's",
     f"SELECT department, COUNT(*) AS n INTO x {GOOD} GROUP BY department, TumblingWindow(minute, 5)",
     [{"department": "sales", "n": 4}, {"department": "finance", "n": 1}]),
    ("only busy minutes",
     f"SELECT System.Timestamp() AS w, COUNT(*) AS n INTO x {GOOD} GROUP BY TumblingWindow(minute, 1) HAVING COUNT(*) > 1",
     [{"w": "2026-07-01T12:01:00.0000000Z", "n": 2}, {"w": "2026-07-01T12:02:00.0000000Z", "n": 2}]),
    ("each customer's event before",
     "SELECT event_id, LAG(event_id) OVER (PARTITION BY customer_id LIMIT DURATION(minute, 10)) AS before INTO x FROM routed "
     "WHERE customer_id = 'C1'",
     [{"event_id": "e1", "before": None}, {"event_id": "e3", "before": "e1"}, {"event_id": "e4", "before": "e3"}]),
    ("a field of the payload", "SELECT id, JSON_PARSE(data).amount INTO x FROM [customer-events] WHERE JSON_PARSE(data).amount > 20.5",
     [{"id": "e3", "amount": 30.0}]),
    ("the first line of the payload", "SELECT GetArrayElement(JSON_PARSE(data).lines, 0).sku AS sku INTO x FROM [customer-events] WHERE id = 'e1'",
     [{"sku": "a"}]),
    ("a row for each line", "SELECT e.id, l.ArrayValue.n AS n INTO x FROM [customer-events] e CROSS APPLY GetArrayElements(JSON_PARSE(e.data).lines) AS l "
     "WHERE e.id = 'e2'", [{"id": "e2", "n": 1}, {"id": "e2", "n": 2}]),
    ("orders with an invoice within a minute",
     "SELECT a.event_id AS o, b.event_id AS i INTO x FROM routed a JOIN routed b ON a.customer_id = b.customer_id AND "
     "DATEDIFF(second, a, b) BETWEEN 0 AND 60 WHERE a.department = 'sales' AND b.department = 'finance'", [{"o": "e3", "i": "e4"}]),
    ("orders without one",
     "SELECT a.event_id AS o INTO x FROM routed a LEFT JOIN routed b ON a.customer_id = b.customer_id AND b.department = 'finance' AND "
     "DATEDIFF(second, a, b) BETWEEN 0 AND 60 WHERE a.department = 'sales' AND b.event_id IS NULL", [{"o": "e1"}, {"o": "e2"}, {"o": "e5"}]),
    ("two departments in one output", f"SELECT event_id INTO x {GOOD} AND department = 'finance' UNION SELECT event_id {GOOD} AND customer_id = 'C3'",
     [{"event_id": "e4"}, {"event_id": "e5"}]),
    ("the same output twice", "SELECT event_id INTO x FROM routed WHERE department = 'finance' SELECT event_id INTO x FROM routed WHERE customer_id = 'C2'",
     [{"event_id": "e4"}, {"event_id": "e2"}]),
    ("IN, LIKE and BETWEEN", "SELECT event_id INTO x FROM routed WHERE customer_id IN ('C1', 'C2') AND event_type LIKE 'sales.%' AND "
     "occurred_at BETWEEN '2026-07-01T12:00:15Z' AND '2026-07-01T12:01:15Z'", [{"event_id": "e2"}, {"event_id": "e3"}]),
    ("CASE with an operand", "SELECT CASE department WHEN 'finance' THEN 1 ELSE -1 END AS sign INTO x FROM routed WHERE customer_id = 'C1' AND event_id <> 'e1'",
     [{"sign": -1}, {"sign": 1}]),
    ("every column", "SELECT * INTO x FROM routed WHERE event_id = 'e9'", []),
    ("the time without brackets", "SELECT System.Timestamp AS t INTO x FROM routed WHERE event_id = 'e1'", [{"t": "2026-07-01T12:00:10.0000000Z"}]),
    ("partitioned", "SELECT COUNT(*) AS n INTO x FROM routed PARTITION BY partition_id GROUP BY partition_id, TumblingWindow(hour, 1)", [{"n": 5}]),
    ("date arithmetic", "SELECT DATEADD(day, -1, occurred_at) AS d, DATEDIFF(second, occurred_at, enqueued_at) AS lag INTO x FROM routed WHERE event_id = 'e1'",
     [{"d": "2026-06-30T12:00:10.0000000Z", "lag": 0}]),
    ("numbers", "SELECT JSON_PARSE(data).amount / 4 AS q, JSON_PARSE(data).amount * -1 AS m, 7 % 4 AS r INTO x FROM [customer-events] WHERE id = 'e1'", [{"q": 2.5, "m": -10.0, "r": 3}]),
    ("texts", "SELECT CONCAT(UPPER(department), ':', REPLACE(event_id, 'e', '#')) AS t INTO x FROM routed WHERE event_id = 'e1'", [{"t": "SALES:#1"}]),
    ("a window straight over the hub, by the event's own time",
     "SELECT COUNT(*) AS n, SUM(JSON_PARSE(data).amount) AS total INTO x FROM [customer-events] TIMESTAMP BY time GROUP BY TumblingWindow(minute, 5)",
     [{"n": 5, "total": 72.5}]),
    ("hopping", f"SELECT COUNT(*) AS n INTO x {GOOD} GROUP BY HoppingWindow(minute, 5, 5)", [{"n": 5}]),
    ("sessions", f"SELECT customer_id, COUNT(*) AS n INTO x {GOOD} GROUP BY customer_id, SessionWindow(second, 70, 600) OVER (PARTITION BY customer_id)",
     [{"customer_id": "C1", "n": 3}, {"customer_id": "C2", "n": 1}, {"customer_id": "C3", "n": 1}]),
    ("the largest order of each window", "SELECT TopOne() OVER (ORDER BY amount DESC) AS top INTO x FROM amounts GROUP BY TumblingWindow(hour, 1)",
     [{"top": {"id": "e3", "amount": 30.0}}]),
    ("the first of each customer", "SELECT event_id INTO x FROM routed WHERE ISFIRST(hour, 1) OVER (PARTITION BY customer_id) = 1",
     [{"event_id": "e1"}, {"event_id": "e2"}, {"event_id": "e5"}]),
    ("several lengths at once", f"SELECT System.Window().Id AS w, COUNT(*) AS n INTO x {GOOD} AND customer_id = 'C1' GROUP BY Windows("
     "Window('5', TumblingWindow(minute, 5)), Window('60', TumblingWindow(hour, 1)))", [{"w": "5", "n": 3}, {"w": "60", "n": 3}]),
    ("a running sum", "SELECT SUM(amount) OVER (LIMIT DURATION(minute, 10)) AS s INTO x FROM amounts WHERE id = 'e3'", [{"s": 60.5}]),
]  # fmt: skip
STEP = ",\n\namounts AS (SELECT id, CAST(JSON_PARSE(data).amount AS float) AS amount FROM [customer-events])\n\nSELECT"


@pytest.fixture(scope="module")
def hub_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("edits") / "events.json"
    path.write_text("\n".join(json.dumps(each) for each in EVENTS))
    return path


def edited(text: str) -> project.Project:
    loaded = project.load(PROJECT)
    steps, _, outputs = loaded.query.partition(")\n\nSELECT")
    query = f"{steps}){STEP}{outputs}\n\n{text}"
    return replace(loaded, query=query, outputs=(*loaded.outputs, FileOutput("x", "c", "", "json")))


@pytest.mark.parametrize(("edit", "text", "expected"), EDITS, ids=[name for name, *_ in EDITS])
def test_an_analysts_edit_works(hub_file: Path, edit: str, text: str, expected: Rows) -> None:
    changed = edited(text)
    found = local_run.run(changed, local_run.mocks(changed, [f"customer-events={hub_file}"])).outputs
    assert sorted(map(repr, found["x"])) == sorted(map(repr, expected))
    assert len(found["raw-sales"]) == 4


def test_an_edit_that_is_wrong_is_told_by_line_and_column() -> None:
    with pytest.raises(JobError, match=r"line \d+, column 8: column amount is unknown; the columns are event_id"):
        local_run.run(edited("SELECT amount INTO x FROM routed"), {})
