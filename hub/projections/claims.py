"""Identity claims: what a standing profile asks of the identity lane.

A claim carries the profile's sealed part unchanged; its version is the profile's (revision,
encoding, digest) and whether it is withdrawn, as sortable bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.domain.events import Change, Kind
from hub.domain.rows import OutboxItem, RecordRow
from hub.domain.topics import CLAIMS
from hub.projections.records import replaced_by_of, sealed_bytes
from hub.wire.codec import digest_of, encode_body


def claim_version(claim: Mapping[str, Any]) -> bytes:
    """Sortable bytes of the version that a claim's body names. A profile withdrawn with the content
    it had stands above it, as its record does."""
    revision, encoding = claim["profile_revision"], claim["profile_encoding"]
    withdrawn = b"\x00" if claim["present"] else b"\x01"
    stated: bytes = claim["profile_digest"]
    return b"".join((revision.to_bytes(8, "big"), encoding.to_bytes(8, "big"), stated, withdrawn))


def claim_subject(registry: str, person_id: str) -> str:
    return f"claim|{registry}|{person_id}"


def claim_item(row: RecordRow) -> OutboxItem:
    """The claim of a profile that stands."""
    body = {
        "registry": row.registry,
        "person_id": row.person_id,
        "profile_revision": row.revision,
        "profile_encoding": row.encoding,
        "profile_digest": row.digest,
        "present": row.change != Change.WITHDRAWN,
        "replaced_by": replaced_by_of(row),
    }
    data = encode_body(Kind.IDENTITY_CLAIM, body)
    return OutboxItem(
        topic=CLAIMS,
        key=f"{row.registry}|{row.person_id}",
        kind=int(Kind.IDENTITY_CLAIM),
        subject=claim_subject(row.registry, str(row.person_id)),
        body=data,
        digest=digest_of(data, sealed_bytes(row)),
        synthetic=row.synthetic,
        order=claim_version(body),
        version=row.revision,
        sealed_key=row.sealed_key,
        sealed=row.sealed,
    )
