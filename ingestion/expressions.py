"""JMESPath (jmespath.org) with the few functions that real sources need; docs/sources.md shows each.

Fractions, of a record and of a literal, are Decimal, never float; a function that cannot do its work raises ValueError,
and the record becomes a dead letter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeVar

import jmespath
import msgspec
from jmespath import functions
from jmespath.exceptions import JMESPathError
from jmespath.functions import signature
from jmespath.parser import ParsedResult

Compiled = Callable[[Any], Any]
Method = TypeVar("Method", bound=Callable[..., Any])
FAILED = (JMESPathError, ValueError, ArithmeticError, TypeError, OverflowError)
"""What evaluating an expression over a record may raise."""
_TEXT = {"types": ["string"]}
_NUMBER = {"types": ["number", "string"]}
_ANY: dict[str, Any] = {"types": []}
_NO_MINOR_UNIT = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())  # noqa: SIM905
_THREE_PLACES = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
"""Currencies whose smallest unit is not a hundredth (docs.stripe.com/currencies; ISK and UGX, which have none, are
sent with two decimals there: its special cases)."""


def number(value: Any) -> Decimal:
    """A finite Decimal of at most 40 digits. Raises ValueError."""
    try:
        made = Decimal(value.strip() if isinstance(value, str) else value)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError(f"{str(value)[:40]!r} is no number") from None
    if isinstance(value, bool) or not made.is_finite() or abs(made.adjusted()) > 40 or len(made.as_tuple().digits) > 40:
        raise ValueError(f"{str(value)[:40]!r} is no number of at most 40 digits")
    return made


def plain(value: Decimal) -> str:
    """Without exponent and without zeros at the end: 10.50 is 10.5, 1E+3 is 1000."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def text(value: Any) -> Any:
    """Text of a number or a truth; text and null stay."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return plain(number(value))
    return msgspec.json.encode(value).decode()


def _takes(*types: dict[str, Any]) -> Callable[[Method], Method]:
    """jmespath's decorator, which gives an argument's types, with types of its own."""
    return signature(*types)  # type: ignore[no-any-return]


class Functions(functions.Functions):  # type: ignore[misc]
    """The functions of JMESPath, and ours."""

    def _get_allowed_pytypes(self, types: list[str]) -> tuple[list[str], list[Any]]:
        if types in ([], ["string"]):
            return (["str"] if types else []), []
        allowed, inner = super()._get_allowed_pytypes(types)
        more = [*allowed, "Decimal"] if "float" in allowed else allowed
        return more, [(*each, "Decimal") if "float" in each else each for each in inner]

    @_takes(_ANY)
    def _func_string(self, value: Any) -> Any:
        return text(value)

    @_takes(_ANY)
    def _func_to_string(self, value: Any) -> Any:
        return text(value) if value is not None else "null"

    @_takes(_ANY)
    def _func_to_number(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
        try:
            made = number(value)
        except ValueError:
            return None
        return int(made) if made == made.to_integral_value() else made

    @_takes(_ANY)
    def _func_money(self, value: Any) -> str | None:
        return None if value is None else plain(number(value))

    @_takes(_ANY, _ANY)
    def _func_minor_units(self, value: Any, currency: Any) -> str | None:
        if value is None:
            return None
        code = str(currency).upper()
        places = 0 if code in _NO_MINOR_UNIT else 3 if code in _THREE_PLACES else 2
        return plain(number(value).scaleb(-places))

    @_takes({"types": ["array"]})
    def _func_total(self, values: list[Any]) -> str:
        return plain(sum((number(each) for each in values if each is not None), Decimal(0)))

    @_takes(_NUMBER, _NUMBER)
    def _func_subtract(self, left: Any, right: Any) -> str:
        return plain(number(left) - number(right))

    @_takes(_NUMBER, _NUMBER)
    def _func_multiply(self, left: Any, right: Any) -> str:
        return plain(number(left) * number(right))

    @_takes(_NUMBER, _NUMBER)
    def _func_round(self, value: Any, places: Any) -> str:
        return plain(number(value).quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP))

    @_takes(_ANY)
    def _func_from_epoch(self, value: Any) -> str | None:
        return None if value is None else _moment(number(value))

    @_takes(_ANY)
    def _func_from_millis(self, value: Any) -> str | None:
        return None if value is None else _moment(number(value) / 1000)

    @_takes(_ANY)
    def _func_day(self, value: Any) -> str | None:
        return None if value is None else str(value)[:10]

    @_takes(_TEXT, _TEXT)
    def _func_utc(self, value: str, form: str) -> str:
        return datetime.strptime(value, form).replace(tzinfo=UTC).isoformat()

    @_takes(_ANY)
    def _func_lower(self, value: Any) -> str | None:
        return None if value is None else str(text(value)).lower()

    @_takes(_ANY)
    def _func_upper(self, value: Any) -> str | None:
        return None if value is None else str(text(value)).upper()

    @_takes(_ANY)
    def _func_trim(self, value: Any) -> str | None:
        return None if value is None else str(text(value)).strip()

    @_takes(_TEXT, _TEXT)
    def _func_split(self, value: str, separator: str) -> list[str]:
        return value.split(separator)

    @_takes(_ANY)
    def _func_hash(self, value: Any) -> str:
        return hashlib.sha256(str(text(value)).encode()).hexdigest()[:32]

    @_takes(_ANY, {"types": ["object"]})
    def _func_lookup(self, value: Any, table: dict[str, Any]) -> Any:
        return table.get(str(text(value)))

    @_takes(_TEXT, {"types": [], "variadic": True})
    def _func_format(self, form: str, *values: Any) -> str:
        parts = form.split("{}")
        if len(parts) != len(values) + 1:
            raise ValueError(f"format {form!r} has {len(parts) - 1} places for {len(values)} values")
        if None in values:
            raise ValueError(f"format {form!r}: a value is missing")
        filled = [part for value, after in zip(values, parts[1:], strict=True) for part in (str(text(value)), after)]
        return "".join([parts[0], *filled])


_OPTIONS = jmespath.Options(custom_functions=Functions())


def _moment(seconds: Decimal) -> str:
    whole = int(seconds // 1)
    part = int(seconds % 1 * 1_000_000)
    try:
        return datetime.fromtimestamp(whole, UTC).replace(microsecond=part).isoformat()
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"{seconds} is no moment in seconds since 1970") from None


def compiled(expression: str) -> Compiled:
    """An expression ready to be asked of many records. Raises ValueError naming what is wrong with it."""
    try:
        parsed = jmespath.compile(expression)
    except JMESPathError as error:
        raise ValueError(f"{expression!r} is no JMESPath: {' '.join(str(error).split())[:200]}") from None
    if unknown := _unknown_functions(parsed.parsed):
        known = ", ".join(sorted(Functions.FUNCTION_TABLE))
        raise ValueError(f"{expression!r}: there is no function {unknown[0]}; there are: {known}")
    exact = ParsedResult(expression, _exact(parsed.parsed))
    return _closure(exact.parsed) or (lambda record: exact.search(record, options=_OPTIONS))


_functions = Functions()


def _exact(node: Any) -> Any:
    """A parsed expression, the fractions of its literals as Decimal: a float's shortest text is what was written."""
    if isinstance(node, dict):
        return {key: _exact(each) for key, each in node.items()}
    if isinstance(node, list):
        return [_exact(each) for each in node]
    return Decimal(repr(node)) if isinstance(node, float) else node


def _closure(node: Any) -> Compiled | None:
    """The few kinds of node that most expressions are made of, without the interpreter; None where there are others."""
    if not isinstance(node, dict):
        return None
    kind, children = node["type"], [_closure(child) for child in node.get("children", ())]
    inner = [each for each in children if each is not None]
    if len(inner) < len(children):
        return None
    if kind == "field":
        return _member(node["value"])
    if kind == "literal":
        return lambda record: node["value"]
    if kind == "subexpression":
        return lambda record: inner[1](inner[0](record))
    if kind == "function_expression":
        return lambda record: _functions.call_function(node["value"], [each(record) for each in inner])
    return None


def _member(name: str) -> Compiled:
    return lambda record: record.get(name) if isinstance(record, dict) else None


def _unknown_functions(node: Any) -> list[str]:
    if not isinstance(node, dict):
        return []
    found = [name for child in node.get("children", ()) for name in _unknown_functions(child)]
    if node["type"] == "function_expression" and node["value"] not in Functions.FUNCTION_TABLE:
        found.append(node["value"])
    return found


_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:([Zz])|([+-]\d\d):?(\d\d))\Z", re.A)


def time_of(value: Any) -> datetime:
    """A moment with its offset, as RFC 3339 writes it or without the offset's colon (Salesforce); digits beyond
    microseconds are cut, never rounded up into another year. Raises ValueError."""
    found = _TIME.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"time {str(value)[:40]!r} is no moment with an offset, such as 2026-07-01T12:00:00Z")
    day, clock, digits, zulu, hours, minutes = found.groups()
    offset = "+00:00" if zulu else f"{hours}:{minutes}"
    return datetime.fromisoformat(f"{day}T{clock}.{(digits or '0')[:6].ljust(6, '0')}{offset}")
