"""Children: which of their parents' members and values they take along, and when one counts as read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ._reading import EVENT, reading_of
from ._services import Asked, Reply, site

CUSTOMERS: dict[str, Any] = {"name": "customers", "endpoint": {"path": "customers"}}
ORDERS: dict[str, Any] = {
    "name": "orders", "endpoint": {"path": "customers/{resources.customers.id}/orders"}, "events": [EVENT],
}  # fmt: skip
SINCE = {"cursor_path": "at", "start_param": "since", "initial_value": "2025-01-01T00:00:00Z"}
CHANGED = {"cursor_path": "updated_at", "start_param": "updated_since", "initial_value": "2024-01-01T00:00:00Z"}


def with_incremental(resource: dict[str, Any], incremental: dict[str, Any] | None) -> dict[str, Any]:
    return resource | {"endpoint": resource["endpoint"] | ({"incremental": incremental} if incremental else {})}


@pytest.mark.parametrize("own", [SINCE, None])
def test_a_parent_is_asked_from_its_own_value_and_a_child_from_its_own(
    tmp_path: Path, own: dict[str, Any] | None
) -> None:
    customers = [{"id": 1, "updated_at": "2024-06-01T00:00:00Z"}, {"id": 2, "updated_at": "2025-06-01T00:00:00Z"}]
    orders = {"1": [{"id": 11, "at": "2025-01-02T00:00:00Z"}], "2": [{"id": 21, "at": "2025-06-02T00:00:00Z"}]}

    def answer(asked: Asked) -> Reply:
        if asked.path == "/customers":
            return Reply([each for each in customers if each["updated_at"] >= asked.params["updated_since"]])
        return Reply([each for each in orders[asked.path[11]] if each["at"] >= asked.params.get("since", "")])

    with site(answer) as api:
        resources = [with_incremental(CUSTOMERS, CHANGED), with_incremental(ORDERS, own)]
        made = reading_of(tmp_path, resources, base_url=api.url)
        made.run()
        orders["1"].append({"id": 12, "at": "2025-06-15T00:00:00Z"})  # its customer did not change
        made.run()
    assert sorted(made.kept.ids) == ["11", "12", "21"]
    assert [each.params for each in api.asked if each.path == "/customers"] == [
        {"updated_since": CHANGED["initial_value"]}
    ] * 2
    sent = [each.params for each in api.asked if each.path != "/customers"]
    since = ["2025-01-01T00:00:00Z"] * 2 + ["2025-06-02T00:00:00Z"] * 2
    assert sent == ([{"since": each} for each in since] if own else [{}] * 4)


def test_equal_children_of_two_parents_are_two_records(tmp_path: Path) -> None:
    parents = [{"id": 1}]
    event = EVENT | {"id": "format('{}-{}', _customers_id, sku)", "subject": "string(_customers_id)"}

    def answer(asked: Asked) -> Reply:
        return Reply(parents if asked.path == "/customers" else [{"sku": "A"}])

    with site(answer) as api:
        orders = ORDERS | {"include_from_parent": ["id"], "events": [event]}
        made = reading_of(tmp_path, [CUSTOMERS, orders], base_url=api.url)
        made.run()
        parents.append({"id": 2})
        assert (made.run().events, made.run().unchanged) == (1, 2)
    assert made.kept.ids == ["1-A", "2-A"]
