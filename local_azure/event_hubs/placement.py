"""Which partition an event with a partition key goes to.

Bob Jenkins' lookup3 over the key, its two words xor-ed and the low 16 bits taken as signed: what
`azure.eventhub._buffered_producer._partition_resolver` does, code point by code point.
"""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_SEED = 0xDEADBEEF


def partition_for(key: str, partitions: int) -> int:
    """The partition, 0 to `partitions` - 1, that events with this non-empty key go to."""
    b, c = _lookup3([ord(character) for character in key])
    code = (c ^ b) & 0xFFFF
    signed = code - 0x10000 if code & 0x8000 else code
    return signed % partitions


def _lookup3(data: list[int]) -> tuple[int, int]:
    a = b = c = (_SEED + len(data)) & _MASK
    last = max(0, (len(data) - 1) // 12) * 12
    for at in range(0, last + 1, 12):
        a, b, c = (
            (word + _little_endian(data[at + shift : at + shift + 4])) & _MASK
            for word, shift in ((a, 0), (b, 4), (c, 8))
        )
        a, b, c = _mix(a, b, c) if at < last else _final(a, b, c)
    return b, c


def _little_endian(codes: list[int]) -> int:
    return sum(code << (8 * place) for place, code in enumerate(codes))


def _rotate(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & _MASK


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    for bits in (4, 6, 8, 16, 19, 4):
        a = ((a - c) & _MASK) ^ _rotate(c, bits)
        c = (c + b) & _MASK
        a, b, c = b, c, a  # the words swap places each step
    return a, b, c


def _final(a: int, b: int, c: int) -> tuple[int, int, int]:
    for bits in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - _rotate(b, bits)) & _MASK
        a, b, c = b, c, a
    return c, a, b  # seven steps leave the words one place on
