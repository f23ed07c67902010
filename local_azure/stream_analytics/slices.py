"""Reference data in slices: files whose paths tell from when on they hold.

A slice holds from the date and time in its path until the next one's (Microsoft Learn, "Use reference data for lookups
in Stream Analytics", "Generate reference data on a schedule"). They are ordered by that alone, never by a file's age.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local_azure.stream_analytics.errors import JobError

PARTS = {"YYYY": ("year", 4), "MM": ("month", 2), "DD": ("day", 2), "HH": ("hour", 2), "mm": ("minute", 2)}
_PART = re.compile("YYYY|MM|DD|HH|mm")
_TOKEN = re.compile(r"\{date\}|\{time\}", re.IGNORECASE)


@dataclass(frozen=True)
class Slice:
    """One file, and the moment (UTC, no zone) from which it holds."""

    start: datetime
    path: Path


@dataclass(frozen=True)
class Pattern:
    """A PathPattern with {date}, and perhaps {time}, below a folder; formats as the input's form offers them."""

    folder: Path
    path: str
    date_format: str = "YYYY/MM/DD"
    time_format: str = "HH"

    def slices(self) -> list[Slice]:
        """The slices that are there, oldest first. Raises JobError for a pattern without a date."""
        wanted = re.compile(self._expression())
        files = (path for path in self.folder.rglob("*") if path.is_file())
        found = ((wanted.fullmatch(path.relative_to(self.folder).as_posix()), path) for path in files)
        starts = ((_moment(match.groupdict()), path) for match, path in found if match)
        return sorted((Slice(start, path) for start, path in starts if start), key=lambda each: each.start)

    def _expression(self) -> str:
        if "{date}" not in self.path.lower():
            raise JobError(f"PathPattern {self.path}: {{time}} needs {{date}}")
        known: set[str] = set()
        texts, tokens = _TOKEN.split(self.path), _TOKEN.findall(self.path)
        formats = [self.date_format if token.lower() == "{date}" else self.time_format for token in tokens]
        parts = [re.escape(text) + _expression(form, known) for text, form in zip(texts, formats, strict=False)]
        return "".join(parts) + re.escape(texts[-1])


def _expression(form: str, known: set[str]) -> str:
    """A format as a regular expression; what stands in a path twice is the same both times."""
    found = ""
    for part in re.split(f"({_PART.pattern})", form):
        name, digits = PARTS.get(part, ("", 0))
        if not name:
            found += re.escape(part)
        elif name in known:
            found += f"(?P={name})"
        else:
            known.add(name)
            found += f"(?P<{name}>[0-9]{{{digits}}})"
    return found


def _moment(parts: dict[str, str]) -> datetime | None:
    """The moment that a path names; None where there is no such day."""
    numbers = {"month": 1, "day": 1} | {name: int(value) for name, value in parts.items()}
    try:
        return datetime(**numbers)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
