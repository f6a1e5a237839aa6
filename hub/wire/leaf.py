"""The leaf of a log record: what a position remembers of the record before it, and proofs hash.

Leaf data are append time, H(key), H(value) and H(listed headers), hashed as RFC 6962 hashes a leaf;
so a changed byte, a back-dated record or a lost tail all show.
"""

from __future__ import annotations

import hashlib

from hub.domain.log import LogRecord

LISTED_HEADERS = ("ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_digest")


def leaf_of(record: LogRecord) -> bytes:
    """SHA-256 over 00 and the leaf data: 32 bytes."""
    listed = hashlib.sha256()
    for name, value in record.headers:
        if name in LISTED_HEADERS:
            listed.update(len(name).to_bytes(4, "big") + name.encode())
            listed.update(len(value).to_bytes(4, "big") + value)
    key = b"" if record.key is None else record.key
    return hashlib.sha256(
        b"\x00"
        + record.append_at_ms.to_bytes(8, "big", signed=True)
        + hashlib.sha256(key).digest()
        + hashlib.sha256(record.value).digest()
        + listed.digest()
    ).digest()
