"""Where a restarted job begins: small, replaced in one step, and never ahead of what is written."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from local_azure.stream_analytics.errors import JobError

EPOCH = datetime(1970, 1, 1)


class Checkpoint(Struct, frozen=True):
    """`positions`: first sequence number to read, by partition. `emitted_until`: end of the last closed window.

    Events from the positions on are those of windows not yet written; the Delta tables know themselves which
    of them they already have.
    """

    positions: dict[int, int]
    emitted_until: datetime = EPOCH


def load(folder: Path) -> Checkpoint:
    """The last checkpoint, or the beginning of the hub. Raises JobError for a damaged one."""
    path = folder / "checkpoint.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Checkpoint)
    except FileNotFoundError:
        return Checkpoint({})
    except msgspec.DecodeError as error:
        raise JobError(f"{path} is damaged ({error}); remove it to read the hub from its start") from error


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint, on disk before it counts."""
    part = folder / ".checkpoint.part"
    with part.open("wb") as file:
        file.write(msgspec.json.encode(checkpoint))
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / "checkpoint.json")
