"""What the identity lane reads, taken apart: events, the evidence sealed in them, runs of claims.

A damaged event decides nothing, and the profile's next one replaces it. Whose evidence cannot be
read is linked by nothing, and stops nobody else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hub.domain.events import FORWARDED_KINDS, Envelope, Kind, Sealed
from hub.domain.log import LogRecord
from hub.domain.rows import Person
from hub.errors import CorruptEventError, FatalError, RejectedError
from hub.identity.evidence import check_packed
from hub.identity.sealing import open_sealed
from hub.wire.codec import MAGIC, Body, read_event
from hub.wire.schemas import FRAME_BYTES, PRIVATE, load_schemas
from hub.wire.skim import event_skim_of

logger = logging.getLogger(__name__)

CLAIMS_MAX = 500
"""Claims decided in one transaction."""
Keys = Mapping[str, bytes]


class Opened(NamedTuple):
    """A record, and what stands in it; nothing where it is damaged or not for this lane."""

    record: LogRecord
    event: tuple[Envelope, Body] | None


def opened(record: LogRecord) -> Opened:
    """A record taken apart. Raises UnknownSchemaError."""
    try:
        envelope, body = read_event(record)
    except CorruptEventError as error:
        logger.warning("identity lane: %s", error)
        return Opened(record, None)
    if envelope.kind is Kind.IDENTITY_CLAIM or envelope.kind in FORWARDED_KINDS:
        return Opened(record, (envelope, body))
    return Opened(record, None)


def segments(run: Sequence[Opened]) -> Iterator[list[Opened]]:
    """Runs of claims, each for one transaction, and what is not a claim by itself."""
    claims: list[Opened] = []
    for each in run:
        if each.event is None or each.event[0].kind is Kind.IDENTITY_CLAIM:
            claims.append(each)
            if len(claims) < CLAIMS_MAX:
                continue
        if claims:
            yield claims
            claims = []
        if each.event is not None and each.event[0].kind is not Kind.IDENTITY_CLAIM:
            yield [each]
    if claims:
        yield claims


def key_ids(run: Sequence[Opened]) -> list[str]:
    """Names of the keys under which these claims' evidence is sealed."""
    sealed = [each.event[0].sealed for each in run if each.event is not None]
    return [each.key_id for each in sealed if each is not None]


def evidence_in(sealed: Sealed | None, person: Person, keys: Keys, *, gone: bool = False) -> bytes:
    """Packed evidence in a sealed part. gone: what was decided is known, so a key that is no more
    hides it; else such a key raises FatalError."""
    if sealed is None:
        return b""
    key = keys.get(sealed.key_id)
    if key is None:
        if gone:
            return b""
        raise FatalError(
            f"the keyring has no key {sealed.key_id} of a person of {person.registry}",
            setting="HUB_KEYRING",
            fix="point HUB_KEYRING at the keyring with which the registries publish",
            effect="the identity lane stops; nothing was decided",
        )
    try:
        evidence = _evidence(open_sealed(sealed, key, person, Kind.IDENTITY_CLAIM))
        check_packed(evidence)
    except (RejectedError, ValueError):
        logger.warning("identity lane: the sealed part under key %s is broken", sealed.key_id)
        return b""
    return evidence


def _evidence(private: bytes) -> bytes:
    """The one field of a private part that counts here. Raises ValueError on damage."""
    schema = load_schemas().by_id.get(int.from_bytes(private[1:FRAME_BYTES], "big"))
    if len(private) < FRAME_BYTES or private[0] != MAGIC or schema is None:
        raise ValueError("the sealed part has no frame of its schema")
    if schema.event != PRIVATE:
        raise ValueError("the sealed part is of another schema")
    found: bytes | None = event_skim_of(schema.schema_id, ("evidence",))(private)[0]
    return found or b""
