"""The T-SQL types of a dedicated pool: names, limits, precedence, the arithmetic of decimals, DuckDB's twins.

Source: Microsoft Learn, "Data types (Transact-SQL)", "Precision, scale, and length", "Data type precedence",
and "Table data types in Synapse SQL" for the list of unsupported types.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from local_azure.synapse.errors import SqlError

MAX = -1  # the length of varchar(max), nvarchar(max), varbinary(max)

# Lowest to highest, as on the page "Data type precedence": the operand of the lower type is converted.
PRECEDENCE = (
    "binary", "varbinary", "char", "varchar", "nchar", "nvarchar", "uniqueidentifier", "bit", "tinyint",
    "smallint", "int", "bigint", "smallmoney", "money", "decimal", "real", "float", "time", "date",
    "smalldatetime", "datetime", "datetime2", "datetimeoffset",
)  # fmt: skip
INTEGERS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}  # digits of each as a decimal
EXACT = {*INTEGERS, "bit", "decimal", "money", "smallmoney"}
APPROXIMATE = {"real", "float"}
NUMERIC = EXACT | APPROXIMATE
STRINGS = {"char", "varchar", "nchar", "nvarchar"}
BINARIES = {"binary", "varbinary"}
STAMPS = {"datetime", "datetime2", "smalldatetime"}
TEMPORAL = STAMPS | {"date", "time", "datetimeoffset"}
UNSUPPORTED = {
    "xml", "sql_variant", "geography", "geometry", "hierarchyid", "text", "ntext", "image", "timestamp",
    "rowversion", "json", "cursor", "table", "vector",
}  # fmt: skip

_DUCKDB = {
    "tinyint": "UTINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT", "bit": "BOOLEAN",
    "real": "FLOAT", "float": "DOUBLE", "money": "DECIMAL(19,4)", "smallmoney": "DECIMAL(10,4)",
    "date": "DATE", "time": "TIME", "uniqueidentifier": "UUID",
    "datetime": "TIMESTAMP", "datetime2": "TIMESTAMP", "smalldatetime": "TIMESTAMP",
    "datetimeoffset": "STRUCT(utc TIMESTAMP, shift SMALLINT)",  # in UTC, and the minutes of its offset
    "binary": "BLOB", "varbinary": "BLOB",
    "char": "VARCHAR", "varchar": "VARCHAR", "nchar": "VARCHAR", "nvarchar": "VARCHAR",
}  # fmt: skip
_LENGTH_LIMIT = {"char": 8000, "varchar": 8000, "binary": 8000, "varbinary": 8000, "nchar": 4000, "nvarchar": 4000}


@dataclass(frozen=True)
class SqlType:
    """One T-SQL type: `length` in characters (bytes for binary), `precision` and `scale` in digits."""

    name: str
    length: int = 0
    precision: int = 0
    scale: int = 0

    @property
    def duckdb(self) -> str:
        if self.name == "decimal":
            return f"DECIMAL({self.precision},{self.scale})"
        return _DUCKDB[self.name]

    @property
    def stored(self) -> str:
        """The DuckDB type of a column in a file. Numbers of 128 bits are not packed: DuckDB 1.5 takes 25 times as long
        to unpack them as to read them plain (docs/performance.md)."""
        is_wide = self.name in {"decimal", "money"} and as_decimal(self).precision > 18
        return f"{self.duckdb} USING COMPRESSION 'uncompressed'" if is_wide else self.duckdb

    @property
    def is_string(self) -> bool:
        return self.name in STRINGS

    @property
    def is_numeric(self) -> bool:
        return self.name in NUMERIC

    @property
    def is_wide(self) -> bool:
        return self.name in {"nchar", "nvarchar"}

    def __str__(self) -> str:
        if self.name in _LENGTH_LIMIT:
            return f"{self.name}({'max' if self.length == MAX else self.length})"
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return f"{self.name}({self.scale})" if self.name in {"datetime2", "time", "datetimeoffset"} else self.name


INT = SqlType("int")
BIGINT = SqlType("bigint")
BIT = SqlType("bit")
FLOAT = SqlType("float")
DATE = SqlType("date")
DATETIME = SqlType("datetime", scale=3)
SYSNAME = SqlType("nvarchar", 128)


def decimal(precision: int, scale: int) -> SqlType:
    return SqlType("decimal", precision=precision, scale=scale)


def varchar(length: int) -> SqlType:
    return SqlType("varchar", length)


def nvarchar(length: int) -> SqlType:
    return SqlType("nvarchar", length)


def datetime2(scale: int = 7) -> SqlType:
    return SqlType("datetime2", scale=scale)


_ALIASES = {
    "numeric": "decimal", "dec": "decimal", "integer": "int", "character": "char", "sysname": "sysname",
    "double": "float",
}  # fmt: skip


def make_type(name: str, arguments: list[int], *, default_length: int = 1) -> SqlType:
    """The type written `name(arguments)`.

    Raises SqlError 2715 for a name that isn't one, 104467-style for a type the pool lacks, 131 / 1002 / 2750
    for a length, scale or precision out of range.
    """
    name = _ALIASES.get(name.lower(), name.lower())
    if name in UNSUPPORTED:
        raise SqlError(104225, f"Type '{name}' is not supported in a dedicated SQL pool.")
    if name == "sysname":
        return SYSNAME
    if name not in _DUCKDB and name != "decimal":
        raise SqlError(2715, f"Column, parameter, or variable #1: Cannot find data type {name}.")
    return _sized(name, arguments, default_length)


def _sized(name: str, arguments: list[int], default_length: int) -> SqlType:
    if name == "decimal":
        return _decimal(arguments)
    if name in _LENGTH_LIMIT:
        return SqlType(name, _length(name, arguments, default_length))
    if name in {"datetime2", "time", "datetimeoffset"}:
        return SqlType(name, scale=_scale(arguments))
    if name == "datetime":
        return DATETIME
    if name == "float" and arguments and arguments[0] <= 24:
        return SqlType("real")
    if arguments and name != "float":
        raise SqlError(2716, f"Column, parameter, or variable #1: Cannot specify a column width on data type {name}.")
    return SqlType(name)


def _decimal(arguments: list[int]) -> SqlType:
    precision, scale = [*arguments, *(18, 0)[len(arguments) :]][:2]
    if not 1 <= precision <= 38:
        raise SqlError(
            2750,
            (
                f"Column or parameter #1: Specified column precision {precision} is greater than the maximum "
                "precision of 38."
            ),
        )
    if not 0 <= scale <= precision:
        raise SqlError(183, f"The scale ({scale}) for column must be within the range 0 to {precision}.")
    return decimal(precision, scale)


def _length(name: str, arguments: list[int], default: int) -> int:
    length = arguments[0] if arguments else default
    limit = _LENGTH_LIMIT[name]
    fixed = name in {"char", "nchar", "binary"}
    if length == 0 or length > limit or (length == MAX and fixed):
        raise SqlError(131, f"The size ({length}) given to the type '{name}' exceeds the maximum allowed ({limit}).")
    return length


def _scale(arguments: list[int]) -> int:
    scale = arguments[0] if arguments else 7
    if not 0 <= scale <= 7:
        raise SqlError(1002, f"Line 1: Specified scale {scale} is invalid.")
    return scale


def as_decimal(type_: SqlType) -> SqlType:
    """The decimal an exact number takes part in arithmetic as: int counts as decimal(10,0), bit as (1,0)."""
    if type_.name == "decimal":
        return type_
    if type_.name in {"money", "smallmoney"}:
        return decimal(19 if type_.name == "money" else 10, 4)
    return decimal(INTEGERS.get(type_.name, 1), 0)


def _capped(precision: int, scale: int) -> SqlType:
    """Reduce a product's or quotient's scale to fit 38 digits, by the rules of "Precision, scale, and length"."""
    integral = precision - scale
    if precision <= 38:
        return decimal(precision, scale)
    return decimal(38, min(scale, 38 - integral) if integral < 32 else min(scale, 6))


def arithmetic(op: str, left: SqlType, right: SqlType) -> SqlType:
    """Precision and scale of a decimal result, as tabulated on "Precision, scale, and length"."""
    (p1, s1), (p2, s2) = ((d.precision, d.scale) for d in (as_decimal(left), as_decimal(right)))
    if op == "*":
        return _capped(p1 + p2 + 1, s1 + s2)
    if op == "/":
        scale = max(6, s1 + p2 + 1)
        return _capped(p1 - s1 + s2 + scale, scale)
    integral, scale = max(p1 - s1, p2 - s2), max(s1, s2)
    if op == "%":
        return decimal(min(min(p1 - s1, p2 - s2) + scale, 38), scale)
    precision = integral + scale + 1
    return decimal(min(precision, 38), min(scale, max(38 - integral, 0)))


def common(left: SqlType | None, right: SqlType | None) -> SqlType | None:
    """The type two values of CASE, COALESCE, UNION, IN or a comparison meet in; None stands for a bare NULL."""
    if left is None or right is None:
        return left or right
    if left.name == right.name:
        return _merged(left, right)
    low, high = sorted((left, right), key=lambda t: PRECEDENCE.index(t.name))
    if _clashes(low, high):
        raise SqlError(206, f"Operand type clash: {left.name} is incompatible with {right.name}")
    if low.is_string and high.is_string:
        return replace(high, name=_varying(low, high), length=_longest(low, high))
    if high.name == "decimal" and low.name in EXACT:
        return _merged(high, as_decimal(low))
    return high


def _varying(low: SqlType, high: SqlType) -> str:
    return "nvarchar" if high.is_wide or low.is_wide else "varchar"


def _longest(left: SqlType, right: SqlType) -> int:
    return MAX if MAX in (left.length, right.length) else max(left.length, right.length)


def _merged(left: SqlType, right: SqlType) -> SqlType:
    scale = max(left.scale, right.scale)
    if left.name == "decimal":
        integral = max(left.precision - left.scale, right.precision - right.scale)
        return decimal(min(integral + scale, 38), min(scale, 38 - integral))
    return replace(left, length=_longest(left, right), scale=scale)


def _clashes(low: SqlType, high: SqlType) -> bool:
    """Families that never meet implicitly ("Implicit conversions" chart of CAST and CONVERT)."""
    dates = high.name in {"date", "time", "datetime2", "datetimeoffset"} and low.is_numeric
    ids = high.name == "uniqueidentifier" or low.name == "uniqueidentifier"
    clash = dates or (ids and not low.is_string and low.name not in BINARIES)
    bytes_clash = low.name in BINARIES and high.name in {"real", "float", "date", "time", "datetime2", "datetimeoffset"}
    return clash or bytes_clash or {low.name, high.name} == {"date", "time"}
