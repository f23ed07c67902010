"""FORMAT's .NET formats in the culture en-US, for numbers and moments.

Source: Microsoft Learn, FORMAT (Transact-SQL), and .NET's "Standard" and "Custom" numeric and date format strings.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from local_azure.synapse.errors import not_local
from local_azure.synapse.sqltypes import APPROXIMATE, INTEGERS

_STANDARD = re.compile(r"([CcDdEeFfGgNnPpRrXx])(\d{0,2})")
_TOKENS = re.compile(r"'[^']*'|\"[^\"]*\"|\\.|.", re.DOTALL)
_EXPONENT = re.compile(r"[eE][+-]?0")
_NAMED = {
    "d": "M/d/yyyy", "D": "dddd, MMMM d, yyyy", "t": "h:mm tt", "T": "h:mm:ss tt", "g": "M/d/yyyy h:mm tt",
    "G": "M/d/yyyy h:mm:ss tt", "f": "dddd, MMMM d, yyyy h:mm tt", "F": "dddd, MMMM d, yyyy h:mm:ss tt",
    "s": "yyyy'-'MM'-'dd'T'HH':'mm':'ss", "u": "yyyy'-'MM'-'dd HH':'mm':'ss'Z'", "M": "MMMM d", "m": "MMMM d",
    "Y": "MMMM yyyy", "y": "MMMM yyyy", **dict.fromkeys("oO", "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffff"),
    **dict.fromkeys("rR", "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'"),
}  # fmt: skip
_ELAPSED = {"g": "h':'mm':'ss", "G": "'0:'hh':'mm':'ss'.'fffffff", **dict.fromkeys("ctT", "hh':'mm':'ss")}
_FRACTIONS = {"g": "'.'FFFFFFF", **dict.fromkeys("ctT", "'.'fffffff")}  # shown unless the fraction is 0
_PARTS = re.compile(r"'[^']*'|\"[^\"]*\"|\\.|%|d{1,4}|M{1,4}|y{1,5}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,7}|F{1,7}|t{1,2}|.")


def check_number(pattern: str) -> None:
    """Raises SqlError for a numeric format that is not known here."""
    standard = re.fullmatch(r"[A-Za-z]\d{0,2}", pattern)
    if standard and not (_STANDARD.fullmatch(pattern) and not re.fullmatch(r"[GgRr]\d+", pattern)):
        raise not_local(f"FORMAT by '{pattern}'")
    if not standard and _EXPONENT.search("".join(t for t in _TOKENS.findall(pattern) if len(t) == 1)):
        raise not_local(f"FORMAT by '{pattern}'")


def check_moment(pattern: str, *, offset: bool) -> None:
    """Raises SqlError for a format of moments that is not known here: the letters of an offset among them."""
    letters = [part for part in _PARTS.findall(pattern) if len(part) == 1]
    if (len(pattern) == 1 and pattern not in _NAMED) or (offset and pattern in {"o", "O"}) or {"z", "K"} & {*letters}:
        raise not_local(f"FORMAT by '{pattern}'")


def is_of_numbers(pattern: str, type_: str) -> bool:
    """Whether a format is valid: what is not gives NULL. D and X are for integers alone, R is for floats."""
    standard = re.fullmatch(r"([A-Za-z])\d{0,2}", pattern)
    letters = "CEFGNP" + ("DX" if type_ in INTEGERS else "R" if type_ in APPROXIMATE else "")
    return standard is None or standard[1].upper() in letters


def is_hexadecimal(pattern: str) -> bool:
    return bool(re.fullmatch(r"[Xx]\d{0,2}", pattern))


def is_of_moments(pattern: str) -> bool:
    """Whether a format is valid; U is, in UTC."""
    return len(pattern) != 1 or pattern in _NAMED or pattern == "U"


def number(text: str, pattern: str) -> str:
    """A number, as text, by a standard or a custom format."""
    value = Decimal(text)
    if standard := _STANDARD.fullmatch(pattern):
        if standard[1] in "GgRr":
            return text
        default = {"D": 0, "X": 0, "E": 6}.get(standard[1].upper(), 2)
        return _standard(value, standard[1], int(standard[2] or default))
    return _custom(value, pattern)


def _standard(value: Decimal, letter: str, digits: int) -> str:
    kind = letter.upper()
    if kind == "D":
        return f"{'-' if value < 0 else ''}{str(abs(int(value))).zfill(digits)}"
    if kind == "X":
        return f"{int(value):{letter}}".zfill(digits)
    if kind == "E":
        return _scientific(value, letter, digits)
    value = _rounded(value * (100 if kind == "P" else 1), digits)
    shown = f"{abs(value):,.{digits}f}" if kind != "F" else f"{abs(value):.{digits}f}"
    shown = {"C": f"${shown}", "P": f"{shown}%"}.get(kind, shown)
    return f"-{shown}" if value < 0 else shown


def _scientific(value: Decimal, letter: str, digits: int) -> str:
    """With three digits of exponent at least."""
    power = value.adjusted() if value else 0
    mantissa = _rounded(value.scaleb(-power), digits)
    if abs(mantissa) >= 10:
        mantissa, power = _rounded(mantissa / 10, digits), power + 1
    return f"{mantissa}{letter}{power:+04d}"


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


@dataclass
class _Section:
    """One of the sections between the semicolons of a custom format: its marks, and what they say of the digits."""

    marks: list[str]

    def __post_init__(self) -> None:
        point = self.marks.index(".") if "." in self.marks else len(self.marks)
        self.whole = [i for i, mark in enumerate(self.marks[:point]) if mark in "0#"]
        self.part = [i for i, mark in enumerate(self.marks) if i > point and mark in "0#"]
        last = self.whole[-1] if self.whole else -1
        commas = [i for i, mark in enumerate(self.marks[:point]) if mark == ","]
        self.grouped = any(self.whole[0] < i < last for i in commas) if self.whole else False
        self.factor = Decimal(1000) ** -sum(i > last for i in commas) * 100 ** self.marks.count("%")

    def shown(self, value: Decimal) -> tuple[bool, str]:
        """Whether the value is zero once it is rounded, and its text without a sign."""
        value = _rounded(abs(value * self.factor), len(self.part))
        digits, _, fraction = f"{value:f}".partition(".")
        zeros = [k for k, i in enumerate(self.whole) if self.marks[i] == "0"]
        digits = digits.lstrip("0").rjust(len(self.whole) - zeros[0] if zeros else 0, "0")
        least = max((k + 1 for k, i in enumerate(self.part) if self.marks[i] == "0"), default=0)
        fraction = fraction[:least] + fraction[least:].rstrip("0")
        return not value, "".join(self._mark(i, digits, fraction) for i in range(len(self.marks)))

    def _mark(self, at: int, digits: str, fraction: str) -> str:
        mark = self.marks[at]
        if at in self.whole:
            return self._digits(self.whole.index(at), digits)
        if at in self.part:
            place = self.part.index(at)
            return fraction[place : place + 1]
        if mark == ".":
            return "." if fraction else ""
        return "" if mark == "," else _plain(mark)

    def _digits(self, place: int, digits: str) -> str:
        """What stands at one place before the point: at the first of them all digits that are too many."""
        behind = len(self.whole) - place - 1
        shown = digits[: max(len(digits) - behind, 0)] if place == 0 else digits[-behind - 1 :][:1]
        if len(digits) <= behind:
            return ""
        return self._group(shown, behind) if self.grouped else shown

    def _group(self, shown: str, behind: int) -> str:
        rest = range(behind + len(shown) - 1, behind - 1, -1)
        return "".join(d + ("," if left and left % 3 == 0 else "") for d, left in zip(shown, rest, strict=True))


def _plain(mark: str) -> str:
    if mark[0] in "'\"" and len(mark) > 1:
        return mark[1:-1]
    return mark[1:] if mark[0] == "\\" else mark


def _custom(value: Decimal, pattern: str) -> str:
    """Sections for positive numbers, negative ones and zero: each takes what has none of its own."""
    sections: list[list[str]] = [[]]
    for mark in _TOKENS.findall(pattern):
        if mark == ";":
            sections.append([])
        else:
            sections[-1].append(mark)
    zero, text = _Section(sections[0]).shown(value)
    if (zero or not value) and len(sections) > 2 and sections[2]:
        return _Section(sections[2]).shown(value)[1]
    if value < 0 and len(sections) > 1 and sections[1] and not zero:
        return _Section(sections[1]).shown(value)[1]
    return f"-{text}" if value < 0 and not zero else text


def elapsed(value: dt.datetime | None, pattern: str) -> str | None:
    """A time by .NET's formats of a time span: what is no letter of it is escaped or quoted, else there is no text."""
    fraction = _FRACTIONS.get(pattern, "") if value and value.microsecond else ""
    parts = _PARTS.findall(_ELAPSED.get(pattern, pattern) + fraction)
    if value is None or any(part[0] not in "hmsfF%'\"\\" for part in parts):
        return None
    return "".join(_part(value, part.replace("h", "H") if part[0] == "h" else part) for part in parts)


def moment(value: dt.datetime, pattern: str) -> str:
    """A moment by a standard or a custom format."""
    return "".join(_part(value, part) for part in _PARTS.findall(_NAMED.get(pattern, pattern)))


def _part(value: dt.datetime, part: str) -> str:
    if part[0] in "'\"":
        return part[1:-1]
    if part[0] in "\\%":
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
