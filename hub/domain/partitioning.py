"""Which partition a key belongs to: the choice of Kafka's own clients, the same in every adapter.

A change here would move keys to other partitions of topics that exist, and lose their order.
"""

from __future__ import annotations

PARTITION_WITHOUT_KEY = 0

_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995
_SHIFT = 24
_WORD = 0xFFFFFFFF
_POSITIVE = 0x7FFFFFFF


def partition_for(key: bytes | None, count: int) -> int:
    """The partition of this key among `count`. What has no key goes to the first."""
    if key is None:
        return PARTITION_WITHOUT_KEY
    return (murmur2(key) & _POSITIVE) % count


def murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, with the seed of Kafka's Java client, as an unsigned number."""
    whole = len(data) & ~3
    state = _SEED ^ len(data)
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _MULTIPLIER & _WORD
        word = (word ^ word >> _SHIFT) * _MULTIPLIER & _WORD
        state = (state * _MULTIPLIER & _WORD) ^ word
    if rest := data[whole:]:
        state = (state ^ int.from_bytes(rest, "little")) * _MULTIPLIER & _WORD
    state = (state ^ state >> 13) * _MULTIPLIER & _WORD
    return state ^ state >> 15
