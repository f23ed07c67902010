"""Where the last run stopped, in one small file that is never half-written."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from ingestion.errors import IngestionError


class Position(Struct, frozen=True):
    """Behind which record of which API the last acknowledged page ended."""

    api: str
    cursor: str


def load(path: Path, api: str) -> str | None:
    """The cursor for `api`, or None before its first page. Raises IngestionError for a damaged file."""
    try:
        position = msgspec.json.decode(path.read_bytes(), type=Position)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IngestionError(f"cannot read the cursor {path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IngestionError(f"{path} is damaged ({error}); remove it to read the API from the start") from error
    if position.api != api:
        raise IngestionError(f"{path} belongs to {position.api}; give --cursor another file")
    return position.cursor


def save(path: Path, api: str, cursor: str) -> None:
    """Replace the file in one step, on disk before it counts. Raises IngestionError if that fails."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(msgspec.json.encode(Position(api, cursor)))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise IngestionError(f"cannot write the cursor {path}: {error.strerror}") from error
