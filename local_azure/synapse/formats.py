"""FORMAT's .NET formats in the culture en-US, for numbers and moments.

Source: Microsoft Learn, FORMAT (Transact-SQL), and .NET's "Standard" and "Custom" numeric and date format strings.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

from local_azure.synapse.errors import not_local

_STANDARD = re.compile(r"([CcDdFfNnPp])(\d{0,2})")
_CUSTOM = re.compile(r"(?P<head>[^0#.,%;'\"\\\\]*)(?P<whole>[#0,]*)(?:\.(?P<part>[#0]+))?(?P<tail>%?[^0#.,%;'\"\\\\]*)")
_NAMED = {
    "d": "M/d/yyyy", "D": "dddd, MMMM d, yyyy", "t": "h:mm tt", "T": "h:mm:ss tt", "g": "M/d/yyyy h:mm tt",
    "G": "M/d/yyyy h:mm:ss tt", "f": "dddd, MMMM d, yyyy h:mm tt", "F": "dddd, MMMM d, yyyy h:mm:ss tt",
    "s": "yyyy'-'MM'-'dd'T'HH':'mm':'ss", "u": "yyyy'-'MM'-'dd HH':'mm':'ss'Z'", "M": "MMMM d", "m": "MMMM d",
    "Y": "MMMM yyyy", "y": "MMMM yyyy",
}  # fmt: skip
_PARTS = re.compile(r"'[^']*'|\"[^\"]*\"|\\\\.|d{1,4}|M{1,4}|y{1,5}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,7}|F{1,7}|t{1,2}|.")


def check_number(pattern: str) -> None:
    """Raises SqlError for a numeric format that is not known here."""
    standard = re.fullmatch(r"[A-Za-z]\d{0,2}", pattern)
    if not (_STANDARD if standard else _CUSTOM).fullmatch(pattern):
        raise not_local(f"FORMAT by '{pattern}'")


def check_moment(pattern: str) -> None:
    """Raises SqlError for a format of moments that is not known here."""
    if len(pattern) == 1 and pattern not in _NAMED:
        raise not_local(f"FORMAT by '{pattern}'")


def number(text: str, pattern: str) -> str:
    """A number, as text, by a standard or a custom format."""
    value = Decimal(text)
    if standard := _STANDARD.fullmatch(pattern):
        return _standard(value, standard[1].upper(), int(standard[2] or (0 if standard[1] in "Dd" else 2)))
    custom = _CUSTOM.fullmatch(pattern)
    return _custom(value, custom) if custom else pattern


def _standard(value: Decimal, kind: str, digits: int) -> str:
    if kind == "D":
        return f"{'-' if value < 0 else ''}{str(abs(int(value))).zfill(digits)}"
    value = _rounded(value * (100 if kind == "P" else 1), digits)
    shown = f"{abs(value):,.{digits}f}" if kind != "F" else f"{abs(value):.{digits}f}"
    shown = {"C": f"${shown}", "P": f"{shown}%"}.get(kind, shown)
    return f"-{shown}" if value < 0 else shown


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _custom(value: Decimal, format_: re.Match[str]) -> str:
    whole, part = format_["whole"], format_["part"] or ""
    value = _rounded(value * (100 if "%" in format_["tail"] else 1), len(part))
    digits, _, fraction = f"{abs(value):f}".partition(".")
    digits = digits.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole:
        digits = re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", digits)
    least = len(part.rstrip("#"))
    fraction = fraction[:least] + fraction[least:].rstrip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{format_['head']}{digits}{'.' if fraction else ''}{fraction}{format_['tail']}"


def moment(value: dt.datetime, pattern: str) -> str:
    """A moment by a standard or a custom format."""
    return "".join(_part(value, part) for part in _PARTS.findall(_NAMED.get(pattern, pattern)))


def _part(value: dt.datetime, part: str) -> str:
    if part[0] in "'\"":
        return part[1:-1]
    if part[0] == "\\":
        return part[1:]
    if part[0] in "fF":
        fraction = f"{value.microsecond:06}0"[: len(part)]
        return fraction.rstrip("0") if part[0] == "F" else fraction
    if part in {"dddd", "ddd", "MMMM", "MMM", "tt"}:
        return value.strftime({"dddd": "%A", "ddd": "%a", "MMMM": "%B", "MMM": "%b", "tt": "%p"}[part])
    if part[0] == "y":
        return str(value.year % 100).zfill(len(part)) if len(part) < 3 else str(value.year).zfill(len(part))
    return _counted(value, part)


def _counted(value: dt.datetime, part: str) -> str:
    """A number with as many digits as letters; what is no letter of a format stands for itself."""
    numbers = {"d": value.day, "M": value.month, "H": value.hour, "h": (value.hour - 1) % 12 + 1, "m": value.minute,
               "s": value.second}  # fmt: skip
    if part[0] == "t":
        return value.strftime("%p")[:1]
    return str(numbers[part[0]]).zfill(len(part)) if part[0] in numbers else part
