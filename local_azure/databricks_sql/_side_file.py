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
CATALOG_NOTES: Name = ("", "")
METASTORE_NOTES: Name = ("", "/")
_PROCEDURE = "//"


def schema_notes(schema: str) -> Name:
    """Where the notes of a schema are kept."""
    return schema, ""


def function_notes(function: Name) -> Name:
    """Where the notes of a function are kept: no table's name has a slash in Unity Catalog."""
    return function[0], f"/{function[1]}"


def procedure_notes(procedure: Name) -> Name:
    """Where the notes of a procedure are kept, its text among them."""
    return procedure[0], f"{_PROCEDURE}{procedure[1]}"


@dataclass
class Key:
    """A PRIMARY KEY or FOREIGN KEY: informational, as in Unity Catalog."""

    name: str
    columns: list[str]
    parent: Name | None = None
    parent_columns: list[str] = field(default_factory=list)


@dataclass
class Policy:
    """A column mask or row filter: a function, and what it is given besides the masked column."""

    function: Name
    arguments: list[str] = field(default_factory=list)  # columns and literals, as they are written


@dataclass
class Notes:
    """All that is noted about one table or view."""

    tags: dict[str, str] = field(default_factory=dict)
    column_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    grants: dict[str, list[str]] = field(default_factory=dict)  # principal -> privileges
    loaded: list[str] = field(default_factory=list)  # files that COPY INTO has read
    view: str = ""  # the text of a view, where Spark's catalog has another
    live: bool = False  # whether that text is what a query of the view runs
    comment: str = ""  # of the catalog
    owner: str = ""  # whom it was given to
    masks: dict[str, Policy] = field(default_factory=dict)  # by column, in small letters
    row_filter: Policy | None = None
    shallow: bool = False  # whether it is a shallow clone

    @property
    def primary_key(self) -> Key | None:
        """The one key that refers to no other table."""
        return next((key for key in self.keys if key.parent is None), None)


class SideFile:
    """The notes of all tables; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._notes = _read(path)

    def all(self) -> dict[Name, Notes]:
        """The notes by table. For reading only."""
        return {name: notes for name, notes in self.everything().items() if name[1] and name[1][0] != "/"}

    def everything(self) -> dict[Name, Notes]:
        """The notes by table, schema, function and of the catalog. For reading only."""
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
        for name in [name for name in self.everything() if name[0] == schema]:
            self.forget(name)

    def rename(self, old: Name, new: Name) -> None:
        """The table has a new name, also in the keys that refer to it."""
        with self._lock:
            if old in self._notes:
                self._notes[new] = self._notes.pop(old)
            for key in self._keys():
                key.parent = new if key.parent == old else key.parent
            self._save()

    def rename_column(self, table: Name, old: str, new: str) -> None:
        """The column has a new name, also in its tags and in the keys that it is part of."""
        with self._lock:
            notes = self._notes.get(table, Notes())
            for kept in (notes.column_tags, notes.masks):
                _renamed(kept, old.lower(), new.lower())
            for key in notes.keys:
                key.columns = [new if column.lower() == old.lower() else column for column in key.columns]
            for key in self._keys():
                if key.parent == table:
                    key.parent_columns = [new if each.lower() == old.lower() else each for each in key.parent_columns]
            self._save()

    def live_views(self) -> dict[Name, str]:
        """The views whose text a query of them runs."""
        with self._lock:
            return {name: notes.view for name, notes in self._notes.items() if notes.live}

    def procedures(self) -> list[tuple[Name, str]]:
        """The procedures, sorted, each with its text."""
        with self._lock:
            kept = [(schema, name, notes.view) for (schema, name), notes in self._notes.items()]
        return sorted(((each, name[2:]), text) for each, name, text in kept if name.startswith(_PROCEDURE) and text)

    def guarded(self) -> dict[Name, Notes]:
        """The tables with masks or a row filter."""
        with self._lock:
            return {name: notes for name, notes in self._notes.items() if notes.masks or notes.row_filter}

    def _keys(self) -> list[Key]:
        return [key for notes in self._notes.values() for key in notes.keys]

    def _save(self) -> None:
        text = json.dumps({".".join(name): asdict(notes) for name, notes in self._notes.items()}, indent=1)
        part = self._path.with_suffix(".part")
        with part.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)


def _renamed(kept: dict[str, Any], old: str, new: str) -> None:
    if old in kept:
        kept[new] = kept.pop(old)


def _read(path: Path) -> dict[Name, Notes]:
    if not path.exists():
        return {}
    return {_name(name): _notes(notes) for name, notes in json.loads(path.read_text()).items()}


def _name(text: str) -> Name:
    schema, _, table = text.partition(".")
    return schema, table


def _notes(raw: dict[str, Any]) -> Notes:
    keys = [Key(**{**key, "parent": tuple(key["parent"]) if key["parent"] else None}) for key in raw.pop("keys")]
    masks = {column: _policy(mask) for column, mask in raw.pop("masks", {}).items()}
    row_filter = raw.pop("row_filter", None)
    return Notes(keys=keys, masks=masks, row_filter=_policy(row_filter) if row_filter else None, **raw)


def _policy(raw: dict[str, Any]) -> Policy:
    return Policy(tuple(raw["function"]), raw["arguments"])
