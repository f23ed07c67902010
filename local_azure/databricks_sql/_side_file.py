"""What Unity Catalog keeps about a table and Spark's catalog can't: tags, keys and grants, in one JSON file.

A change is written to a new file, forced to disk and renamed over the old one, so a crash leaves either.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

Name = tuple[str, str]  # schema and table, in small letters


@dataclass
class Key:
    """A PRIMARY KEY or FOREIGN KEY: informational, as in Unity Catalog."""

    name: str
    columns: list[str]
    parent: Name | None = None
    parent_columns: list[str] = field(default_factory=list)


@dataclass
class Notes:
    """All that is noted about one table or view."""

    tags: dict[str, str] = field(default_factory=dict)
    column_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    grants: dict[str, list[str]] = field(default_factory=dict)  # principal -> privileges


class SideFile:
    """The notes of all tables; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._notes = _read(path)

    def all(self) -> dict[Name, Notes]:
        """The notes by table. For reading only."""
        with self._lock:
            return dict(self._notes)

    def get(self, name: Name) -> Notes:
        """The notes of one table; empty if there are none. For reading only."""
        with self._lock:
            return self._notes.get(name) or Notes()

    @contextmanager
    def change(self, name: Name) -> Iterator[Notes]:
        """The notes of one table, to be changed; saved on leaving, unless by an error."""
        with self._lock:
            notes = _notes(asdict(self.get(name)))
            yield notes
            self._notes[name] = notes
            self._save()

    def forget(self, name: Name) -> None:
        """The table was dropped."""
        with self._lock:
            if self._notes.pop(name, None) is not None:
                self._save()

    def forget_schema(self, schema: str) -> None:
        """The schema was dropped with all its tables."""
        for name in [name for name in self.all() if name[0] == schema]:
            self.forget(name)

    def rename(self, old: Name, new: Name) -> None:
        """The table has a new name."""
        with self._lock:
            if old in self._notes:
                self._notes[new] = self._notes.pop(old)
                self._save()

    def _save(self) -> None:
        text = json.dumps({".".join(name): asdict(notes) for name, notes in self._notes.items()}, indent=1)
        part = self._path.with_suffix(".part")
        with part.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)


def _read(path: Path) -> dict[Name, Notes]:
    if not path.exists():
        return {}
    return {_name(name): _notes(notes) for name, notes in json.loads(path.read_text()).items()}


def _name(text: str) -> Name:
    schema, _, table = text.partition(".")
    return schema, table


def _notes(raw: dict[str, Any]) -> Notes:
    keys = [Key(**{**key, "parent": tuple(key["parent"]) if key["parent"] else None}) for key in raw.pop("keys")]
    return Notes(keys=keys, **raw)
