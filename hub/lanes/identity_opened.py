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
from hub.projections.claims import claim_version
from hub.wire.codec import MAGIC, Body, check_frame, corrupt, read_event
from hub.wire.schemas import FRAME_BYTES, PRIVATE, load_schemas
from hub.wire.skim import event_skim_of

logger = logging.getLogger(__name__)

CLAIMS_MAX = 500
"""Claims decided in one transaction."""
Keys = Mapping[str, bytes]


class Claimed(NamedTuple):
    """What a claim says, its evidence still sealed."""

    event_id: str
    synthetic: bool
    sealed: Sealed | None
    person: Person
    version: bytes
    present: bool
    replaced_by: str | None


class Opened(NamedTuple):
    """A record, and what stands in it; nothing where it is damaged or not for this lane."""

    record: LogRecord
    claim: Claimed | None = None
    other: tuple[Envelope, Body] | None = None


_FIELDS = (
    *("meta.event_id", "meta.synthetic", "sealed.key_id", "sealed.ciphertext"),
    *("body.registry", "body.person_id", "body.profile_revision", "body.profile_encoding"),
    *("body.profile_digest", "body.present", "body.replaced_by"),
)


def opened(record: LogRecord) -> Opened:
    """A record taken apart. Raises UnknownSchemaError."""
    try:
        kind, schema_id = check_frame(record)
        if kind is Kind.IDENTITY_CLAIM:
            return Opened(record, claim=_claimed(record, schema_id))
        if kind in FORWARDED_KINDS:
            return Opened(record, other=read_event(record))
    except CorruptEventError as error:
        logger.warning("identity lane: %s", error)
    return Opened(record)


def _claimed(record: LogRecord, schema_id: int) -> Claimed:
    """Of a claim only what is asked for is read: there is one for every profile."""
    assert record.value is not None
    try:
        said = event_skim_of(schema_id, _FIELDS)(record.value)
        event_id, synthetic, key_id, ciphertext, registry, person_id = said[:6]
        version = claim_version(
            {
                "profile_revision": said[6],
                "profile_encoding": said[7],
                "profile_digest": said[8],
                "present": said[9],
            }
        )
    except (ValueError, OverflowError) as error:
        raise corrupt(record, str(error)) from None
    sealed = None if key_id is None else Sealed(key_id, ciphertext)
    person = Person(registry, person_id)
    return Claimed(event_id, synthetic, sealed, person, version, said[9], said[10])


def segments(run: Sequence[Opened]) -> Iterator[list[Opened]]:
    """Runs of claims, each for one transaction, and what is not a claim by itself."""
    claims: list[Opened] = []
    for each in run:
        if each.other is None:
            claims.append(each)
            if len(claims) < CLAIMS_MAX:
                continue
        if claims:
            yield claims
            claims = []
        if each.other is not None:
            yield [each]
    if claims:
        yield claims


def key_ids(run: Sequence[Opened]) -> list[str]:
    """Names of the keys under which these claims' evidence is sealed."""
    sealed = [each.claim.sealed for each in run if each.claim is not None]
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
