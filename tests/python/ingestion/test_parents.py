"""Children: which of their parents' members and values they take along, and when one counts as read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import IngestionError

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


FAMILY = [
    {"name": "posts", "endpoint": {"path": "posts"}, "events": []},
    {
        "name": "comments",
        "endpoint": {
            "path": "posts/{post_id}/comments",
            "params": {"post_id": {"type": "resolve", "resource": "posts", "field": "id"}},
            "response_actions": [{"status_code": 404, "action": "ignore"}],
        },
        "include_from_parent": ["title"],
        "events": [{
            "type": "loyalty.points.earned.v1", "id": "string(id)", "subject": "_posts_title",
            "time": "'2026-07-01T12:00:00Z'", "data": "@",
        }],
    },
]  # fmt: skip


@pytest.mark.parametrize("modern", [True, False])
def test_children_are_asked_for_by_a_member_of_their_parent(tmp_path: Path, modern: bool) -> None:
    resources: Any = json.loads(json.dumps(FAMILY))
    if modern:
        resources[1]["endpoint"] |= {"path": "posts/{resources.posts.id}/comments", "params": {}}

    def answer(asked: Asked) -> Reply:
        posts = [{"id": "a/b", "title": "x"}, {"title": "no id"}, {"id": "gone", "title": "y"}, {"id": 3, "title": "z"}]
        return {
            "/posts": Reply(posts), "/posts/a%2Fb/comments": Reply([{"id": 1}, {"id": 2}]),
            "/posts/3/comments": Reply([{"id": 3}]),
        }.get(asked.path, Reply(b"", 404))  # fmt: skip

    with site(answer) as api:
        made = reading_of(tmp_path, resources, base_url=api.url)
        made.run()
    assert [(each["id"], each["subject"]) for each in made.kept.events] == [("1", "x"), ("2", "x"), ("3", "z")]
    assert [each.reason for each in made.kept.letters] == ["posts: a member that comments needs is missing"]


def test_a_child_that_fails_leaves_its_parents_page_to_the_next_run(tmp_path: Path) -> None:
    resources: Any = json.loads(json.dumps(FAMILY))
    resources[0]["endpoint"]["paginator"] = {
        "type": "page_number",
        "base_page": 1,
        "page_param": "page",
        "total_path": None,
    }
    resources[1]["endpoint"]["params"]["post_id"]["field"] = "id"
    broken = [True]

    def answer(asked: Asked) -> Reply:
        if asked.path == "/posts":
            return Reply([{"id": int(asked.params["page"]), "title": "t"}] if int(asked.params["page"]) < 4 else [])
        if asked.path == "/posts/2/comments" and broken:
            return Reply(b"", 400)
        return Reply([{"id": int(asked.path.split("/")[2])}])

    with site(answer) as api:
        made = reading_of(tmp_path, resources, base_url=api.url)
        with pytest.raises(IngestionError):
            made.run()
        broken.clear()
        made.run()
    assert set(made.kept.ids) == {"1", "2", "3"}
