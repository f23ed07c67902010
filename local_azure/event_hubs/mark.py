"""How much of a partition was kept and acknowledged: the file `mark` beside its log.

The log alone can't tell whether bytes that are not sound, or no longer there, held events that a
producer was told are safe. The mark can: `head` is where the oldest segment kept begins, `tail` is
moved after each write, before it is acknowledged. Each is a position and a sequence number with a
CRC, in a place of its own, so that one may be written while the other is.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

_ENTRY = struct.Struct(">4sIqq")
_MAGIC = b"EHM1"
_PLACES = {"head": 0, "tail": 64}


class Place(NamedTuple):
    """A position of the log and the sequence number of the event there."""

    position: int
    sequence: int


class Mark:
    """The two places; each is None where the file lacks it or holds it damaged."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mark"
        data = self.path.read_bytes() if self.path.exists() else b""
        self.head, self.tail = (_decode(data[at : at + _ENTRY.size]) for at in _PLACES.values())

    def move(self, end: str, place: Place) -> None:
        """Write the `head` or `tail`. Left to the system's cache: a process that is killed loses nothing.

        After a power cut it may stand lower than the truth, never higher. Raises OSError.
        """
        content = struct.pack(">qq", *place)
        entry = _ENTRY.pack(_MAGIC, zlib.crc32(content), *place)
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(file, entry, _PLACES[end])
        finally:
            os.close(file)


def _decode(data: bytes) -> Place | None:
    if len(data) != _ENTRY.size:
        return None
    magic, crc, position, sequence = _ENTRY.unpack(data)
    return Place(position, sequence) if magic == _MAGIC and zlib.crc32(data[8:]) == crc else None
