"""Where a restarted job begins: small, replaced in one step, and never ahead of what is written."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct, field

from local_azure.stream_analytics.clock import EPOCH
from local_azure.stream_analytics.errors import JobError


class Tick(Struct):
    """What a clock knew of a partition: latest time by key of OVER, and latest arrival."""

    latest: dict[str, datetime] = field(default_factory=dict)
    arrived: datetime | None = None


class Place(Struct):
    """Where one partition is read from, what was landed of it, and what its clocks knew there, by FROM."""

    position: int
    landed: int
    clocks: dict[str, Tick] = field(default_factory=dict)


class Checkpoint(Struct, frozen=True):
    """`places` by input and partition; `emitted_until`: the watermark up to which windows and joins are written.

    Events between position and landed are read again because windows that are still open hang on them. Without places,
    as in checkpoints of versions before, the hub is read from its start; the tables know what they have.
    """

    places: dict[str, dict[int, Place]] = {}
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
