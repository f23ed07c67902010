"""Where a consumer wants to begin, from the filter of its link's source.

`amqp.annotation.x-opt-offset > '1234'`, `...x-opt-sequence-number >= '5'`, `...x-opt-enqueued-time > '...'`;
`'-1'` is the first event kept, `'@latest'` the next to come. Source: azure-eventhub's
`event_position_selector`, and the protocol guide on learn.microsoft.com.
"""

from __future__ import annotations

import re
from typing import Any

from local_azure.event_hubs.codec import Described
from local_azure.event_hubs.hub import Start
from local_azure.event_hubs.log import Key
from local_azure.event_hubs.performatives import AmqpError

SELECTOR_FILTER = "apache.org:selector-filter:string"
SELECTOR_CODE = 0x0000468C00000004  # the same as a number: Apache's registered AMQP filters
_EXPRESSION = re.compile(
    r"amqp\.annotation\.x-opt-(?P<key>offset|sequence-number|enqueued-time(?:-utc)?)\s*"
    r"(?P<operator>>=?)\s*'?(?P<value>-?\d{1,19}|@latest)'?"
)
_KEYS: dict[str, Key] = {"offset": "offset", "sequence-number": "sequence"}
FROM_THE_FIRST = Start("offset", -1)


def start_of(source: Described) -> Start:
    """The start a link's source asks for; the first event where it does not say."""
    wanted = selector_of(source)
    return FROM_THE_FIRST if wanted is None else parse_selector(wanted)


def selector_of(source: Described | None) -> Any:
    """The selector among a source's filters, or None.

    A filter is known by its descriptor, under whatever name it stands (part 3, section 3.5.8); some clients
    leave the descriptor out and give its name only.
    """
    fields = source.value if source else None
    filters = fields[7] if isinstance(fields, list) and len(fields) > 7 else None
    for name, value in filters.items() if isinstance(filters, dict) else ():
        if isinstance(value, Described) and value.descriptor in (SELECTOR_FILTER, SELECTOR_CODE):
            return value.value
        if name == SELECTOR_FILTER:
            return value.value if isinstance(value, Described) else value
    return None


def parse_selector(text: Any) -> Start:
    """Raises AmqpError (amqp:invalid-field) for an expression that is not one of the above."""
    found = _EXPRESSION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise AmqpError("amqp:invalid-field", f"The selector {text!r} is not understood.")
    if found["value"] == "@latest":
        return Start(None)
    return Start(_KEYS.get(found["key"], "enqueued_ms"), int(found["value"]), found["operator"] == ">=")
