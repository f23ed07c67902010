"""What the records of an answer are: one object, a list, lines; broken ones, in any encoding."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import IngestionError
from ingestion.pages import PageError, cut, path_of

from ._reading import EVENT, Reading, reading, reading_of
from ._services import Asked, Reply, site


def read(folder: Path, body: Any, selector: str | None = None, kind: str = "application/json") -> Reading:
    with site(lambda asked: Reply(body, headers={"Content-Type": kind})) as api:
        made = reading(folder, api.url, {"data_selector": selector} if selector else None)
        made.run()
    return made


@pytest.mark.parametrize(("selector", "within"), [("$", None), ("order", "order")])
def test_an_object_that_is_selected_is_one_record_whatever_is_in_it(
    tmp_path: Path, selector: str, within: str | None
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/orders":
            return Reply([{"id": 7}, {"id": 8}])
        bad, order = asked.path.endswith("8"), '{"id":7,"lines":[{"sku":"a"}],"x":0}'
        body = order.replace('"x":0', '"x":"\\ud800"') if bad else order
        return Reply((f'{{"{within}":{body}}}' if within else body).encode())

    details = {"path": "orders/{resources.orders.id}", "data_selector": selector}
    resources: list[dict[str, Any]] = [
        {"name": "orders", "endpoint": {"path": "orders"}},
        {"name": "details", "endpoint": details, "events": [EVENT]},
    ]
    with site(answer) as api:
        made = reading_of(tmp_path, resources, base_url=api.url)
        made.run()
    assert made.kept.events[0]["data"] == {"id": 7, "lines": [{"sku": "a"}], "x": 0}
    assert [each.original[:8] for each in made.kept.letters] == [b'{"id":7,']


def test_a_broken_object_without_a_selector_is_a_record_only_if_no_list_is_in_it(tmp_path: Path) -> None:
    assert len(read(tmp_path, b'{"id":7,"x":NaN}').kept.letters) == 1
    with pytest.raises(IngestionError, match=r"an object where records should be; set data_selector, to \$ for"):
        read(tmp_path, b'{"data":[{"id":NaN}]}')


def test_the_page_around_one_record_is_the_record(tmp_path: Path) -> None:
    with site(lambda asked: Reply({"id": len(asked.params), "next": None if asked.params else "?page=2"})) as api:
        made = reading(tmp_path, api.url, {"data_selector": "$", "paginator": "json_link"})
        made.run()
    assert made.kept.ids == ["0", "1"]


LINES = b'{"id":1,"tags":[1]}\r\n\n{"id":2,"x":"\\ud800"}\n{"id":3}\n'


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/jsonl; charset=utf-8", "application/json"])
def test_lines_of_objects_are_records(tmp_path: Path, kind: str) -> None:
    made = read(tmp_path, LINES, kind=kind)
    assert made.kept.ids == ["1", "3"]
    assert [each.original for each in made.kept.letters] == [b'{"id":2,"x":"\\ud800"}']


def test_lines_that_the_answer_names_may_be_one_or_none(tmp_path: Path) -> None:
    assert read(tmp_path, LINES.splitlines()[0], kind="application/x-ndjson").kept.ids == ["1"]
    assert read(tmp_path, b"", kind="application/x-ndjson").kept.ids == []
    with pytest.raises(IngestionError):
        read(tmp_path, b"")


def test_an_object_over_several_lines_is_one_record() -> None:
    assert len(cut(b'{"a":\n{"b":1}}', None)[0]) == 1
    assert len(cut(b'{"a":\n{"b":NaN}}', None)[0]) == 1


@pytest.mark.parametrize("selector", ["data", "$", "$.data", "$data", "a-b._c[*]", "$[*]", "result.items"])
def test_a_selector_is_a_path_of_keys(selector: str) -> None:
    path_of(selector)


@pytest.mark.parametrize("selector", ["a" * 5000 + "[0]", "a." * 5000 + "!", "a..b", "a b", "a[0]", "data\n"])
def test_what_is_no_path_of_keys_is_told_at_once(selector: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ValueError, match="is no path of keys"):
        path_of(selector)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("body", [b'["' + b'\\"' * 1_000_000, b'["' + b'\\"' * 1_000_000 + b"\\", b'["' + b'"' * 10**6])
def test_text_that_does_not_end_is_told_in_the_time_of_one_reading(body: bytes) -> None:
    begun = time.monotonic()
    with pytest.raises(PageError):
        cut(body, [])
    assert time.monotonic() - begun < 5


def in_utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (in_utf16('[{"id":1},{"id":2,"x":"\ud800"},{"id":3,"x":"é"}]'), ""),
        (in_utf16('[{"id":1},{"id":2,"x":"\udcc3\udca9"},{"id":3,"x":"é"}]'), ""),
        (b'[{"id":1},{"id":2,"x":"\x81"},{"id":3,"x":"\x83\x41"}]', "; charset=shift_jis"),
        (b'[{"id":1},{"id":2,"x":"\xff\xff"},{"id":3,"x":"\xc6\xfc"}]', "; charset=euc-jp"),
        (b'[{"id":1},{"id":2,"x":"\x81"},{"id":3,"x":"\x80"}]', "; charset=windows-1252"),
        ('[{"id":1},{"id":2,"x":"\ud800"},{"id":3,"x":"é"}]'.encode("utf-32", "surrogatepass"), ""),
    ],
)
def test_what_is_not_of_the_pages_encoding_costs_its_record_alone(tmp_path: Path, body: bytes, charset: str) -> None:
    made = read(tmp_path, body, kind=f"application/json{charset}")
    assert made.kept.ids == ["1", "3"] and len(made.kept.letters) == 1
    assert made.kept.letters[0].original.startswith(b'{"id":2,')
    assert made.kept.events[1]["data"]["x"] in "éア日€"
