"""State roots: set hashes over rows, equal whatever order the rows came in.

Every row is hashed from its canonical bytes to a leaf (BLAKE3-256); LtHash expands a leaf to 1024
lanes of 16 bits and adds them up, so rows can be added and taken away. Nothing from sealed parts,
no digest, event id, offset, submission or receive time is in a root. Records and matches name no
national person; links are rooted twice, by national id and by the cluster's smallest person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from blake3 import blake3

from hub.domain.rows import LinkRow, Person, RecordKey, RecordRow

FOLD_VERSION = 3
"""Raise whenever the same log folds into different rows; roots compare within one version."""

RECORDS = "records"
MATCHES = "matches"
LINKS = "links"
LINKS_CANONICAL = "links_canonical"

_LANES_BYTES = 2048
_CHUNK = 256


def packed(parts: Iterable[bytes | str | int | None]) -> bytes:
    """Canonical bytes: every part with its type and length."""
    return b"".join(map(_packed_part, parts))


def _packed_part(part: bytes | str | int | None) -> bytes:
    if part is None:
        return b"n"
    if isinstance(part, int):
        raw = b"%d" % part
        return b"i" + len(raw).to_bytes(4, "big") + raw
    if isinstance(part, str):
        return _text_part(part)
    return b"b" + len(part).to_bytes(4, "big") + part


def leaf(parts: Iterable[bytes | str | int | None]) -> bytes:
    """BLAKE3-256 of the canonical bytes."""
    return hashed(packed(parts))


def hashed(data: bytes) -> bytes:
    """BLAKE3-256 of bytes."""
    return blake3(data).digest()


def record_leaf(row: RecordRow) -> bytes:
    """Leaf of a record: key, person, revision, encoding, change and the body's bytes."""
    stated = (row.revision, row.encoding, row.change)
    return leaf_of_record(row.key, row.person_id, stated, row.body)


def leaf_of_record(
    key: RecordKey, person_id: str | None, stated: tuple[int, int, int], body: bytes
) -> bytes:
    """The same, of a row that is not made yet; stated is revision, encoding and change."""
    revision, encoding, change = stated
    parts = (
        _lead(key[0], key[1]),
        _text_part(key[2]),
        b"n" if person_id is None else _text_part(person_id),
        _packed_part(revision),
        _rest(encoding, change),
        b"b",
        len(body).to_bytes(4, "big"),
        body,
    )
    return blake3(b"".join(parts)).digest()


@lru_cache(maxsize=1024)
def _lead(registry: str, kind: int) -> bytes:
    return packed(("record", registry, kind))


@lru_cache(maxsize=1024)
def _rest(encoding: int, change: int) -> bytes:
    return packed((encoding, change))


def _text_part(text: str) -> bytes:
    raw = text.encode()
    return b"t" + len(raw).to_bytes(4, "big") + raw


def match_leaf(registry: str, kind: int, record_id: str, receiver: str, body: bytes) -> bytes:
    """Leaf of a match: whose record, who answers, and the answer."""
    return leaf(("match", registry, kind, record_id, receiver, body))


def link_leaves(links: Iterable[LinkRow]) -> tuple[list[bytes], list[bytes]]:
    """Leaves of links by national id, and by the cluster's smallest person."""
    rows = list(links)
    smallest: dict[str, Person] = {}
    for row in rows:
        held = smallest.get(row.national_id)
        if held is None or row.person < held:
            smallest[row.national_id] = row.person
    plain = [leaf(("link", r.registry, r.person_id, r.national_id)) for r in rows]
    canonical = [leaf(("link", r.registry, r.person_id, *smallest[r.national_id])) for r in rows]
    return plain, canonical


class Accumulator:
    """The sum of leaves, and the root of it. Lanes are little-endian, 16 bits each."""

    def __init__(self, lanes: bytes = b"") -> None:
        self._sum = np.zeros(_LANES_BYTES // 2, dtype=np.uint16)
        if lanes:
            self._sum += np.frombuffer(lanes, dtype="<u2")

    def add(self, leaves: Iterable[bytes]) -> None:
        for chunk in _summed(leaves):
            self._sum += chunk

    def subtract(self, leaves: Iterable[bytes]) -> None:
        for chunk in _summed(leaves):
            self._sum -= chunk

    def copy(self) -> Accumulator:
        """A sum that goes on from here."""
        return Accumulator(self.lanes())

    def lanes(self) -> bytes:
        """The sum itself, to be kept and added to others."""
        return self._sum.astype("<u2").tobytes()

    def root(self) -> str:
        """Hex BLAKE3-256 of the sum and the fold version."""
        return str(blake3(FOLD_VERSION.to_bytes(4, "big") + self.lanes()).hexdigest())


def _summed(leaves: Iterable[bytes]) -> Iterator[Any]:
    """Sums of some leaves at a time, each spread over all lanes."""
    rest = iter(leaves)
    while chunk := list(islice(rest, _CHUNK)):
        spread = b"".join([blake3(each).digest(_LANES_BYTES) for each in chunk])
        lanes = np.frombuffer(spread, dtype="<u2").reshape(len(chunk), -1)
        yield lanes.sum(axis=0, dtype=np.uint16)


def add_lanes(first: bytes, other: bytes) -> bytes:
    """Lanes of the sum of two; nothing counts as zeros."""
    total = Accumulator(first)
    total._sum += Accumulator(other)._sum
    return total.lanes()


def change_of(new: Iterable[bytes], old: Iterable[bytes]) -> bytes:
    """Lanes that turn a sum with the old leaves into one with the new."""
    total = Accumulator()
    total.add(new)
    total.subtract(old)
    return total.lanes()


def roots_of(lanes: Mapping[str, bytes]) -> tuple[str, str]:
    """state_root and state_root_canonical of the lanes of records, matches and links."""
    shared = add_lanes(lanes.get(RECORDS, b""), lanes.get(MATCHES, b""))
    plain = add_lanes(shared, lanes.get(LINKS, b""))
    canonical = add_lanes(shared, lanes.get(LINKS_CANONICAL, b""))
    return Accumulator(plain).root(), Accumulator(canonical).root()
