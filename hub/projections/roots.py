"""State roots: set hashes over rows, equal whatever order the rows came in.

Every row is hashed from its canonical bytes to a leaf (BLAKE3-256); LtHash expands a leaf to 1024
lanes of 16 bits and adds them up, so rows can be added and taken away. Nothing from sealed parts,
no digest, event id, offset, submission or receive time is in a root. Records and matches name no
national person; links are rooted twice, by national id and by the cluster's smallest person.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from blake3 import blake3

from hub.domain.rows import LinkRow, Person, RecordRow

FOLD_VERSION = 1
"""Raise whenever the same log folds into different rows; roots compare within one version."""

_LANES_BYTES = 2048
_CHUNK = 256


def packed(parts: Iterable[bytes | str | int | None]) -> bytes:
    """Canonical bytes: every part with its type and length."""
    out = bytearray()
    for part in parts:
        if part is None:
            out += b"n"
            continue
        if isinstance(part, int):
            tag, raw = b"i", str(part).encode()
        elif isinstance(part, str):
            tag, raw = b"t", part.encode()
        else:
            tag, raw = b"b", bytes(part)
        out += tag + len(raw).to_bytes(4, "big") + raw
    return bytes(out)


def leaf(parts: Iterable[bytes | str | int | None]) -> bytes:
    """BLAKE3-256 of the canonical bytes."""
    return blake3(packed(parts)).digest()


def record_leaf(row: RecordRow) -> bytes:
    """Leaf of a record: key, person, revision, encoding, change and the body's bytes."""
    return leaf(
        (
            "record",
            row.registry,
            row.kind,
            row.record_id,
            row.person_id,
            row.revision,
            row.encoding,
            row.change,
            row.body,
        )
    )


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
    """The sum of leaves, and the root of it."""

    def __init__(self) -> None:
        self._sum = np.zeros(_LANES_BYTES // 2, dtype=np.uint16)

    def add(self, leaves: Iterable[bytes]) -> None:
        chunk: list[bytes] = []
        for each in leaves:
            chunk.append(blake3(each).digest(length=_LANES_BYTES))
            if len(chunk) == _CHUNK:
                self._add(chunk)
                chunk = []
        if chunk:
            self._add(chunk)

    def _add(self, chunk: list[bytes]) -> None:
        lanes = np.frombuffer(b"".join(chunk), dtype="<u2").reshape(len(chunk), -1)
        self._sum += lanes.sum(axis=0, dtype=np.uint16)

    def copy(self) -> Accumulator:
        """A sum that goes on from here."""
        other = Accumulator()
        other._sum = self._sum.copy()
        return other

    def root(self) -> str:
        """Hex BLAKE3-256 of the sum and the fold version."""
        data = FOLD_VERSION.to_bytes(4, "big") + self._sum.astype("<u2").tobytes()
        return str(blake3(data).hexdigest())
