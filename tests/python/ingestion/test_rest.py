"""The reader against real HTTP: pages, patience, and where both end."""

from __future__ import annotations

import gzip
import json
import ssl
import subprocess
import threading
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import IngestionError, Unavailable
from ingestion.pages import cut, path_of
from ingestion.session import retry_after

from ._reading import Reading, reading
from ._services import Asked, Reply, Site, site

CURSOR = {"data_selector": "data", "paginator": {"type": "stream_cursor", "has_more_path": "has_more"}}


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    left = list(replies)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def ids(*numbers: int) -> list[dict[str, int]]:
    return [{"id": number} for number in numbers]


def read(folder: Path, *replies: Reply, endpoint: dict[str, Any] | None = None, **client: Any) -> tuple[Reading, Site]:
    with site(in_turn(*replies)) as api:
        made = reading(folder, api.url, endpoint, **client)
        made.run()
    return made, api


def refused(folder: Path, *replies: Reply, endpoint: dict[str, Any] | None = None, **client: Any) -> str:
    with pytest.raises(IngestionError) as told:
        read(folder, *replies, endpoint=endpoint, **client)
    assert "\n" not in str(told.value)
    return str(told.value)


GOOD = Reply([{"id": 1}])


@pytest.mark.parametrize(
    "bad",
    [
        b'{"id":7,"x":"\\ud800"}', b'{"id":7,"x":NaN}', b'{"id":7,"x":"a\x00b"}', b'{"id":7,"x":"\xff"}',
        b'{"id":7,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"id":7,"x":9223372036854775808}',
        b'{"id":7,"x":Infinity}', b'{"id":7,"x":01}', b'{"id":7,"x":"\\x"}', b'{"id":7,}', b"nonsense", b'"x"', b"7",
        b'{"id":7,"x":1' + b"0" * 5000 + b"}", b'{"id":null}', b"[1]", b"null", b'{"id":7,"x":"a\tb"}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("selector", ["$", "data", "page.items"])
def test_one_bad_record_is_one_dead_letter_and_the_others_go_on(tmp_path: Path, bad: bytes, selector: str) -> None:
    records = b'[{"id":1,"x":"],}"}, ' + bad + b' ,{"id":2}]'
    body = {"$": records, "data": b'{"n":[1,{"data":2}],"data":' + records + b"}"}.get(
        selector, b'{"page":{"items":' + records + b'},"more":false}'
    )
    made, _ = read(tmp_path, Reply(body), endpoint={"data_selector": selector})
    assert made.kept.ids == ["1", "2"]
    assert [each.original for each in made.kept.letters] == [bad]
    assert made.kept.letters[0].reason


@pytest.mark.parametrize(
    "bad", [b"{}", b'{"data":5}', b"<html>", b"", b'{"data":[{"id":1}', b'{"data":[{"id":1}]', b"7"]
)
def test_a_page_that_is_broken_is_named_and_the_next_run_starts_there(tmp_path: Path, bad: bytes) -> None:
    pages = [
        Reply({"data": ids(1), "next_cursor": "a", "has_more": True}),
        Reply(bad),
        Reply({"data": ids(2), "next_cursor": "b", "has_more": False}),
    ]
    with site(in_turn(*pages)) as api:
        made = reading(tmp_path, api.url, CURSOR)
        with pytest.raises(IngestionError, match=r"^things: .*the next run starts at this page"):
            made.run()
        made.run()
    assert made.kept.ids == ["1", "2"]
    assert [each.params.get("cursor") for each in api.asked] == [None, "a", "a"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_byte_order_mark_and_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    made, _ = read(tmp_path, Reply('[{"id":1,"x":"é€"}]'.encode(encoding)))
    assert made.kept.events[0]["data"]["x"] == "é€"


def test_an_encoding_that_the_answer_names_is_read_and_one_that_it_is_not_in_is_told(tmp_path: Path) -> None:
    latin = {"Content-Type": "application/json; charset=iso-8859-1"}
    made, _ = read(tmp_path, Reply('[{"id":1,"x":"é"}]'.encode("latin-1"), headers=latin))
    assert made.kept.events[0]["data"]["x"] == "é"
    wrong = {"Content-Type": "application/json; charset=utf-16"}
    assert "not in utf-16" in refused(tmp_path, Reply(b"[{}] ", headers=wrong))


def test_a_last_page_whose_cursor_is_null_arrives(tmp_path: Path) -> None:
    pages = [
        Reply({"data": ids(1), "next_cursor": "a", "has_more": True}),
        Reply({"data": ids(2), "next_cursor": None, "has_more": False}),
    ]
    with site(in_turn(*pages)) as api:
        made = reading(tmp_path, api.url, CURSOR)
        made.run()
        assert made.kept.ids == ["1", "2"]
        again = made.run()
    assert (again.events, again.unchanged) == (0, 1)
    assert [each.params.get("cursor") for each in api.asked] == [None, "a", "a"]


@pytest.mark.parametrize("kind", ["stream_cursor", "cursor"])
def test_integer_cursors_go_on(tmp_path: Path, kind: str) -> None:
    pages = [
        Reply({"data": ids(1), "next_cursor": 17, "has_more": True}),
        Reply({"data": ids(2), "next_cursor": 18, "has_more": False}),
    ]
    words = {"type": kind, "cursor_path": "next_cursor", "cursor_param": "cursor", "has_more_path": "has_more"}
    made, api = read(tmp_path, *pages, endpoint={"data_selector": "data", "paginator": words})
    assert made.kept.ids == ["1", "2"] and [each.params.get("cursor") for each in api.asked] == [None, "17"]


def test_more_without_a_cursor_is_an_error(tmp_path: Path) -> None:
    page = Reply({"data": ids(1), "next_cursor": None, "has_more": True})
    assert "there is more, and no cursor" in refused(tmp_path, page, endpoint=CURSOR)


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
def test_a_cursor_that_comes_again_ends_the_run(tmp_path: Path, cursors: list[str]) -> None:
    pages = [Reply({"data": ids(at), "next_cursor": each, "has_more": True}) for at, each in enumerate(cursors)]
    assert "same page twice" in refused(tmp_path, *pages, endpoint=CURSOR)


def test_fresh_cursors_with_empty_pages_without_end_end_the_run(tmp_path: Path) -> None:
    count = iter(range(10_000))
    with site(lambda asked: Reply({"data": [], "next_cursor": next(count), "has_more": True})) as api:
        with pytest.raises(IngestionError, match="20 pages without a record"):
            reading(tmp_path, api.url, CURSOR, max_empty_pages=20).run()
        assert len(api.asked) == 20


def test_an_api_that_ignores_the_page_number_is_told(tmp_path: Path) -> None:
    number = {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": None}
    said = refused(tmp_path, Reply(ids(1, 2)), endpoint={"paginator": number})
    assert "the same page 3 times; the API does not know what the paginator sends" in said


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 522, 529])
def test_a_passing_trouble_is_tried_again_with_growing_random_waits(tmp_path: Path, status: int) -> None:
    made, api = read(tmp_path, Reply(b"", status), Reply(b"", status), GOOD)
    assert made.kept.ids == ["1"] and len(api.asked) == 3
    assert 0.125 <= made.waits[0] <= 0.25 <= 0.5 and 0.25 <= made.waits[1] <= 0.5


@pytest.mark.parametrize("status", [400, 404, 409, 422, 501])
def test_another_refusal_is_told_at_once(tmp_path: Path, status: int) -> None:
    assert (
        refused(tmp_path, Reply(b'{"error":\n"why"}', status))
        == f'things: the API answers {status}: {{"error": "why"}}'
    )


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_secret_is_told_at_once_and_never_shown(tmp_path: Path, status: int) -> None:
    auth = {"type": "bearer", "token": "secret-token"}
    said = refused(tmp_path, Reply(b"no: secret-token", status), auth=auth)
    assert "refuses the secret" in said and "secret-token" not in said


def test_an_expired_cursor_names_the_way_out(tmp_path: Path) -> None:
    assert "read from the start again with --from-start" in refused(tmp_path, Reply(b"", 410))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_the_token_is_not_taken_along(tmp_path: Path, status: int) -> None:
    with site(lambda asked: GOOD) as other:
        said = refused(tmp_path, Reply(b"", status, {"Location": other.url}), auth={"type": "bearer", "token": "x"})
        assert other.asked == [] and "write that in client.base_url" in said


@pytest.mark.parametrize("kind", ["json_link", "header_link"])
def test_a_next_page_on_another_host_gets_no_token(tmp_path: Path, kind: str) -> None:
    with site(lambda asked: GOOD) as other:
        link = {"Link": f'<{other.url}/things>; rel="next"'}
        words = {"type": kind} | ({"next_url_path": "next"} if kind == "json_link" else {})
        page = Reply({"data": ids(1), "next": f"{other.url}/things"}, headers=link)
        said = refused(tmp_path, page, endpoint={"data_selector": "data", "paginator": words})
        assert other.asked == [] and "another host; the token is not sent there" in said


def test_retry_after_in_seconds_is_waited(tmp_path: Path) -> None:
    made, _ = read(tmp_path, Reply(b"", 429, {"Retry-After": "7"}), GOOD)
    assert made.waits == [7]


def test_retry_after_as_a_date_is_waited(tmp_path: Path) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    made, _ = read(tmp_path, Reply(b"", 503, {"Retry-After": date}), GOOD)
    assert 30 < made.waits[0] <= 40


def test_retry_after_beyond_patience_is_told_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, Reply(b"", 429, {"Retry-After": "3600"}))
    assert "asks to wait 3600 s (HTTP 429) and patience is 300 s; run again later, or set client.patience" in said
    made, _ = read(tmp_path, Reply(b"", 429, {"Retry-After": "3600"}), GOOD, patience=4000)
    assert made.waits == [3600]


@pytest.mark.parametrize("header", ["-5", "²", "", "soon", "Wed, 99 Oct 2026 07:28:00 GMT"])
def test_a_wait_that_makes_no_sense_is_our_own(tmp_path: Path, header: str) -> None:
    made, _ = read(tmp_path, Reply(b"", 429, {"Retry-After": header.encode().decode("latin-1")}), GOOD)
    assert 0 < made.waits[0] <= 0.25


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_retry_after_is_seconds_or_nothing(header: str) -> None:
    wait = retry_after(header)
    assert wait is None or wait >= 0


def test_a_long_outage_ends_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer: HTTP 503, tried for"):
        read(tmp_path, Reply(b"", 503), patience=20)


def test_nobody_there_is_tried_again_and_told(tmp_path: Path) -> None:
    made = reading(tmp_path, "http://127.0.0.1:1", patience=3)
    with pytest.raises(Unavailable, match=r"127.0.0.1:1 does not answer: .*refused"):
        made.run()
    assert len(made.waits) > 1


def test_a_certificate_that_is_not_trusted_is_told_at_once(tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with site(lambda asked: GOOD) as api:
        api._server.socket = context.wrap_socket(api._server.socket, server_side=True)
        made = reading(tmp_path, api.url.replace("http:", "https:"))
        with pytest.raises(IngestionError, match=r"the certificate of .* is not trusted: .*self.signed"):
            made.run()
    assert made.waits == []


def test_a_byte_now_and_then_ends_at_the_deadline(tmp_path: Path) -> None:
    said = refused(tmp_path, Reply(b"[" + b" " * 1000 + b"]", drip=0.05), page_deadline=1)
    assert "the answer was not whole after 1 s; set client.page_deadline" in said


def test_headers_that_never_end_end_at_the_deadline(tmp_path: Path) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        done = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not done.wait(0.1):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(Unavailable, match="did not answer within 2 s"):
                reading(tmp_path, f"http://127.0.0.1:{listener.getsockname()[1]}", page_deadline=1).run()
        finally:
            done.set()
            thread.join()


def test_an_answer_that_grows_too_large_when_unpacked_is_refused_within_its_limit(tmp_path: Path) -> None:
    import tracemalloc

    packer = zlib.compressobj(wbits=31)
    bomb = b"".join([packer.compress(b"[" + b" " * 2**20)] + [packer.compress(b" " * 2**20) for _ in range(300)])
    bomb += packer.compress(b"]") + packer.flush()
    tracemalloc.start()
    said = refused(tmp_path, Reply(bomb, headers={"Content-Encoding": "gzip"}), max_page_bytes=8 * 2**20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "an answer of more than 8388608 bytes; ask for smaller pages" in said
    assert peak < 64 * 2**20


@pytest.mark.parametrize("packed", ["gzip", "deflate"])
def test_a_packed_answer_is_read(tmp_path: Path, packed: str) -> None:
    body = json.dumps(ids(1)).encode()
    content = gzip.compress(body) if packed == "gzip" else zlib.compress(body)
    made, _ = read(tmp_path, Reply(content, headers={"Content-Encoding": packed}))
    assert made.kept.ids == ["1"]


def test_a_packing_that_was_not_asked_for_is_refused_and_a_broken_one_tried_again(tmp_path: Path) -> None:
    for other in ("br", "gzip, gzip"):
        assert "only gzip and deflate were asked for" in refused(
            tmp_path, Reply(b"x", headers={"Content-Encoding": other})
        )
    made, api = read(tmp_path, Reply(b"no gzip", headers={"Content-Encoding": "gzip"}), GOOD)
    assert made.kept.ids == ["1"] and len(api.asked) == 2


def test_an_answer_that_is_cut_short_is_asked_for_again(tmp_path: Path) -> None:
    short = Reply(b'[{"id":1}', headers={"Content-Length": "50", "Connection": "close"})
    made, api = read(tmp_path, short, GOOD)
    assert made.kept.ids == ["1"] and len(api.asked) == 2


def test_incremental_asks_from_the_greatest_value_minus_the_lag_and_sends_what_changed(tmp_path: Path) -> None:
    endpoint = {
        "incremental": {"cursor_path": "at", "initial_value": "2026-01-01T00:00:00Z", "start_param": "since", "lag": 60}
    }
    first = [{"id": 1, "at": "2026-07-01T12:00:00+02:00"}, {"id": 2, "at": "2026-07-01T10:30:00Z"}]
    late = [first[1], {"id": 3, "at": "2026-07-01T10:29:30Z"}]
    with site(in_turn(Reply(first), Reply(late), Reply(late))) as api:
        made = reading(tmp_path, api.url, endpoint)
        assert [made.run().events for _ in range(3)] == [2, 1, 0]
    assert made.kept.ids == ["1", "2", "3"]
    asked = [each.params["since"] for each in api.asked]
    assert asked == ["2026-01-01T00:00:00Z", "2026-07-01T10:29:00Z", "2026-07-01T10:29:00Z"]


def test_incremental_by_number_and_by_a_place_in_the_parameters(tmp_path: Path) -> None:
    endpoint = {
        "params": {"filter[gte]": "{incremental.start_value}", "q": "n > {incremental.start_value}"},
        "incremental": {"cursor_path": "n.v", "initial_value": 5},
    }
    with site(in_turn(Reply([{"id": 1, "n": {"v": 9}}]), Reply([]))) as api:
        made = reading(tmp_path, api.url, endpoint)
        made.run(), made.run()
    assert [each.params for each in api.asked] == [
        {"filter[gte]": "5", "q": "n > 5"}, {"filter[gte]": "9", "q": "n > 9"},
    ]  # fmt: skip


def test_what_did_not_change_is_not_sent_again_and_what_did_is(tmp_path: Path) -> None:
    pages = [Reply([{"id": 1}, {"id": 2}]), Reply([{"id": 1}, {"id": 2, "x": 1}])]
    with site(in_turn(*pages)) as api:
        made = reading(tmp_path, api.url)
        first, second, third = made.run(), made.run(), made.run()
    assert (first.events, second.events, second.unchanged, third.unchanged) == (2, 1, 1, 2)
    assert made.kept.events[-1]["data"] == {"id": 2, "x": 1}


def test_a_run_that_was_broken_off_goes_on_with_the_page_and_the_value_it_had(tmp_path: Path) -> None:
    endpoint = {
        "incremental": {"cursor_path": "at", "initial_value": "2026-01-01T00:00:00Z", "start_param": "since"},
        "paginator": {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": None},
    }
    pages = [
        Reply([{"id": 1, "at": "2026-07-01T00:00:00Z"}]), Reply(b"", 404),
        Reply([{"id": 2, "at": "2026-03-01T00:00:00Z"}]), Reply([]), Reply([]),
    ]  # fmt: skip
    with site(in_turn(*pages)) as api:
        made = reading(tmp_path, api.url, endpoint)
        with pytest.raises(IngestionError):
            made.run()
        made.run(), made.run()
    assert made.kept.ids == ["1", "2"]
    asked = [(each.params["page"], each.params["since"][:7]) for each in api.asked]
    assert asked == [("1", "2026-01"), ("2", "2026-01"), ("2", "2026-01"), ("3", "2026-01"), ("1", "2026-07")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"auth": {"type": "magic"}}, "client.auth.type 'magic' is none of: bearer"),
        ({"auth": {"type": "bearer", "tokn": "x"}}, "unexpected keyword argument 'tokn'"),
        ({"paginator": "magic"}, "paginator 'magic' is none of: single_page"),
        ({"paginator": {"type": "offset"}}, "paginator offset: "),
        ({"auth": {"type": "bearer", "token": "${NOT_SET_ANYWHERE}"}}, "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_a_word_that_there_is_not_is_told_before_a_request(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with site(lambda asked: GOOD) as api:
        with pytest.raises(IngestionError) as told:
            reading(tmp_path, api.url, **changes).run()
        assert said in str(told.value) and api.asked == []


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestionError, match="begins with https://"):
        reading(tmp_path, "api.example.com").run()


def test_an_object_where_records_should_be_names_its_lists(tmp_path: Path) -> None:
    assert "data_selector may be one of: data, errors" in refused(tmp_path, Reply({"data": [], "errors": [], "n": 1}))


def test_a_token_that_was_taken_back_is_asked_for_once_more(tmp_path: Path) -> None:
    tokens = iter(("first", "second"))

    def answer(asked: Asked) -> Reply:
        if asked.path == "/token":
            return Reply({"access_token": next(tokens), "token_type": "Bearer"})
        return GOOD if asked.headers["authorization"] == "Bearer second" else Reply(b"", 401)

    with site(answer) as api:
        auth = {
            "type": "oauth2_client_credentials", "access_token_url": f"{api.url}/token",
            "client_id": "me", "client_secret": "mine",
        }  # fmt: skip
        made = reading(tmp_path, api.url, auth=auth)
        made.run()
    assert made.kept.ids == ["1"]
    assert [each.path for each in api.asked] == ["/token", "/things", "/token", "/things"]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(records=st.lists(values, max_size=5), around=st.dictionaries(st.sampled_from('abcd[]{}\\"'), values, max_size=3))
def test_cutting_by_brackets_gives_what_decoding_gives(records: list[Any], around: dict[str, Any]) -> None:
    from ingestion.pages import _by_brackets

    body = json.dumps(around | {"data": records}, ensure_ascii=False).encode()
    found = _by_brackets(body, ["data"])[1]
    assert [json.loads(each) for each in found] == records
    assert [json.loads(each) for each in cut(body, path_of("data"))[0]] == records
