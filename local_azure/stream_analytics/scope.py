"""What names mean inside one SELECT."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.syntax import Call, Expression, Name
from local_azure.stream_analytics.values import Kind, Value, as_any, once, quote, text

TIMESTAMP, PARTITION, SEQUENCE = "__timestamp", "__partition", "__sequence"
ENQUEUED, PROCESSED, RECORD, METADATA = "__enqueued", "__processed", "__record", "__metadata"
SCALAR = "text of "
"""In front of a field's name: its plain text, for those casts that need no more."""
GROUPED = "g"
"""What the rows of a window are called in DuckDB's words."""
FROM, UNTIL = "__from", "__until"
"""Of reference data in slices: from when, and until when, a row holds."""
HIDDEN = (TIMESTAMP, PARTITION, SEQUENCE)
"""Columns that each relation carries behind its own: its time, and where in the hub its event stands."""
SYSTEM_COLUMNS: dict[str, tuple[str, Kind]] = {
    "eventenqueuedutctime": (ENQUEUED, "datetime"),
    "eventprocessedutctime": (PROCESSED, "datetime"),
    "partitionid": (PARTITION, "bigint"),
}


@dataclass
class Frame:
    """A source of a SELECT: a step, reference data, or what APPLY gives.

    `columns`: name and kind by lower-case name; `open`: whether it also carries records of any fields (`SELECT *`).
    `read` collects the columns that are asked for, so that nothing else need be kept.
    """

    alias: str
    columns: dict[str, tuple[str, Kind]]
    open: bool = False
    temporal: bool = True
    """Whether it has a time of its own, as reference data have not."""
    sliced: bool = False
    """Whether it is reference data in slices of time."""
    read: set[str] = field(default_factory=set)
    grouped: bool = False
    """Whether it is read from the rows of a window, whose columns carry their source's name in front."""

    def sql(self, column: str) -> str:
        self.read.add(column)
        return (
            f"{GROUPED}.{quote(joint(self.alias, column))}" if self.grouped else f"{quote(self.alias)}.{quote(column)}"
        )

    def find(self, name: str) -> Value | None:
        """A column of a fixed name."""
        if known := self.columns.get(name.lower()):
            return Value(self.sql(known[0]), known[1], explicit=known[1] == "nvarchar")
        return None

    def dig(self, name: str) -> Value:
        """A field of an open source's records."""
        return member(Value(self.sql(RECORD), "any"), name)

    def record(self) -> Value:
        """The whole row as a record, for LAG(*), Collect() and the like."""
        parts = [f"{text(name)}: json({as_any(self.find(name) or Value('null', 'null'))})" for name in self.names()]
        own = f"cast(json_object({', '.join(each.replace(': ', ', ', 1) for each in parts)}) as varchar)"
        if not self.open:
            return Value(own, "any")
        whole = self.sql(RECORD)
        return Value(f"cast(json_merge_patch({whole}, {own}) as varchar)" if parts else whole, "any")

    def names(self) -> Iterable[str]:
        return [name for name, _ in self.columns.values()]


@dataclass
class StreamFrame(Frame):
    """An input: any field of its events, noted as it is asked for, and the system columns of the hub."""

    fields: dict[str, str] = field(default_factory=dict)
    """Shared by all frames of the input: the fields asked for, by lower-case name."""
    scalars: dict[str, str] = field(default_factory=dict)
    """Shared likewise: the fields whose plain text is asked for."""
    hub: bool = True

    def scalar(self, name: str) -> Value:
        """A field's plain text; null for a record or an array."""
        return Value(self.sql(SCALAR + self._noted(name, self.scalars)), "nvarchar")

    def _noted(self, name: str, asked: dict[str, str]) -> str:
        """The column of a field, whose first spelling in the query is the likeliest in the events."""
        asked.setdefault(name.lower(), name)
        return name.lower()

    def find(self, name: str) -> Value | None:
        system = SYSTEM_COLUMNS.get(name.lower()) if self.hub else None
        if system:
            return Value(self.sql(system[0]), system[1])
        return super().find(name)

    def dig(self, name: str) -> Value:
        return Value(self.sql(self._noted(name, self.fields)), "any")


@dataclass
class Scope:
    """The sources of one SELECT, in order."""

    frames: list[Frame]
    compiler: Callable[[Expression, Scope], Value]
    timestamp: Value
    """System.Timestamp() of a row."""
    keys: dict[str, Value] | None = None
    """Behind GROUP BY: what stands for each key, by the key's own SQL; None in front of it."""
    window_id: str = "null"
    aliases: dict[str, Expression] = field(default_factory=dict)
    """In HAVING: what the SELECT list calls by a name, in lower case."""
    rows: Scope | None = None
    """Behind GROUP BY: the scope of the rows that are grouped."""
    analyse: Callable[[Call], Value] | None = None
    """Makes a column of an analytic function; None where such a function cannot stand."""
    joining: bool = False
    """Whether it is the condition of a JOIN, in which DATEDIFF takes sources."""

    def value(self, node: Expression) -> Value:
        """An expression's value here. Raises QueryError."""
        return self.compiler(node, self)

    def frame(self, alias: str) -> Frame | None:
        return next((each for each in self.frames if each.alias.lower() == alias.lower()), None)

    def resolve(self, name: Name) -> Value:
        """A name's value. Raises QueryError for an unknown or ambiguous one."""
        first, rest = name.parts[0], name.parts[1:]
        if any(part.startswith("__") for part in name.parts):
            raise QueryError(name.position, f"{name}: names that begin with __ are the job's own here")
        if rest and (frame := self.frame(first)):
            return self._dug(self._in(frame, rest[0], name), rest[1:])
        found = [value for each in self.frames if (value := each.find(first))]
        if not found and not rest and (frame := self.frame(first)):
            return frame.record()
        open_frames = [each for each in self.frames if each.open]
        if not found and len(open_frames) == 1:
            found = [open_frames[0].dig(first)]
        if len(found) != 1:
            what = "ambiguous; put its source before it" if found or open_frames else "unknown"
            raise QueryError(name.position, f"column {name if rest else first} is {what}{self._offer(first)}")
        return self._dug(found[0], rest)

    def scalar(self, name: Name) -> Value | None:
        """The plain text of a name that is an input's field; None for all other names."""
        frames = [self.frame(name.parts[0])] if len(name.parts) == 2 else self.frames
        alone = frames[0] if len(frames) == 1 and len(name.parts) <= 2 else None
        if not isinstance(alone, StreamFrame) or not alone.open or alone.find(name.parts[-1]) is not None:
            return None
        return alone.scalar(name.parts[-1])

    def _in(self, frame: Frame, column: str, name: Name) -> Value:
        if (value := frame.find(column)) is not None:
            return value
        if not frame.open:
            raise QueryError(name.position, f"{name} is unknown: {frame.alias} has {', '.join(frame.names())}")
        return frame.dig(column)

    def _dug(self, value: Value, names: tuple[str, ...]) -> Value:
        for name in names:
            value = member(value, name)
        return value

    def _offer(self, wrong: str) -> str:
        names = [name for each in self.frames for name in each.names()]
        return f"; the columns are {', '.join(names)}" if names and not any(each.open for each in self.frames) else ""


def joint(alias: str, column: str) -> str:
    """The name of a source's column among the rows of a window."""
    return f"{alias}.{column}"


def member(value: Value, name: str) -> Value:
    """A field of a record; names are matched without regard to case."""
    return Value(once("member({0}, {1})", as_any(value), text(name)), "any")
