"""Start positions as Microsoft's client writes them."""

from __future__ import annotations

import datetime

import pytest
from azure.eventhub._utils import event_position_selector

from local_azure.event_hubs.codec import Described, Symbol, Ulong
from local_azure.event_hubs.hub import Start
from local_azure.event_hubs.performatives import AmqpError, source
from local_azure.event_hubs.selector import FROM_THE_FIRST, SELECTOR_CODE, SELECTOR_FILTER, parse_selector, start_of

MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize(
    ("position", "key", "value"),
    [
        ("-1", "offset", -1),
        ("1234", "offset", 1234),
        (42, "sequence", 42),
        (MOMENT, "enqueued_ms", int(MOMENT.timestamp() * 1000)),
    ],
)
def test_the_sdks_positions_are_understood(
    position: str | int | datetime.datetime, key: str, value: int, inclusive: bool
) -> None:
    text = event_position_selector(position, inclusive).decode()
    assert parse_selector(text) == (key, value, inclusive)


def test_latest_is_the_end() -> None:
    assert parse_selector(event_position_selector("@latest").decode()) == Start(None)


def test_no_filter_is_the_first_event() -> None:
    assert start_of(source("orders")) == FROM_THE_FIRST


def test_the_filter_is_found_in_the_source() -> None:
    text = "amqp.annotation.x-opt-sequence-number >= '7'"
    described = Described(Symbol(SELECTOR_FILTER), text)
    for value in (described, text):
        assert start_of(source("orders", {Symbol(SELECTOR_FILTER): value})) == ("sequence", 7, True)


@pytest.mark.parametrize("descriptor", [Symbol(SELECTOR_FILTER), Ulong(SELECTOR_CODE)])
@pytest.mark.parametrize("name", [SELECTOR_FILTER, "selector", "anything"])
def test_a_filter_is_known_by_its_descriptor_whatever_it_is_called(descriptor: object, name: str) -> None:
    filters = {Symbol("other"): Described(Symbol("apache.org:no-local-filter:list"), [])}
    filters[Symbol(name)] = Described(descriptor, "amqp.annotation.x-opt-offset > '7'")
    assert start_of(source("orders", filters)) == ("offset", 7, False)


@pytest.mark.parametrize(
    "text", ["", "1 = 1", "amqp.annotation.x-opt-offset < '5'", "amqp.annotation.x-opt-offset > 'x'", 5]
)
def test_another_expression_is_refused_not_guessed(text: object) -> None:
    with pytest.raises(AmqpError) as refused:
        parse_selector(text)
    assert refused.value.condition == "amqp:invalid-field"
