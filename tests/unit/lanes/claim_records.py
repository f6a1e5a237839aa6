"""The claims topic made by hand, as the identity lane reads it; and one lane over one store that
goes on after whatever goes wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hub.adapters.keyring import MemoryKeyring
from hub.adapters.sql_store import SqlStore
from hub.domain.events import Change, Kind, derived_event_id
from hub.domain.log import LogRecord, Message
from hub.domain.rows import Person
from hub.domain.topics import CLAIMS
from hub.errors import RetryableError
from hub.identity.model import Model
from hub.identity.sealing import seal
from hub.identity.tokens import Token
from hub.lanes.identity import IdentityLane
from hub.projections.claims import claim_subject
from hub.wire.codec import digest_of, encode_body, encode_private, sealed_bytes_of
from hub.wire.schemas import PRIVATE, load_schemas
from tests.unit.identity.small_model import evidence
from tests.unit.lanes.lane_events import (
    NOW,
    NOW_MS,
    blank,
    body_for,
    event,
    head_for,
    identity_model,
    message_of,
)

WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
KEYRING = MemoryKeyring()
HOUR_MS = 60 * 60 * 1000


def claim(
    person: Person,
    tokens: Sequence[Token] = (),
    revision: int = 1,
    *,
    present: bool = True,
    replaced_by: str | None = None,
    remark: str = "",
) -> Message:
    """A claim with this evidence; the remark is sealed beside it and changes nothing."""
    plain = blank(load_schemas().newest[PRIVATE].parsed)
    packed = evidence(*tokens) or None
    private = encode_private({**plain, "evidence": packed, "remarks": remark})
    key = KEYRING.keys_for(person.registry, [person.person_id], mint=True)[person.person_id]
    sealed = seal(private, key, person, Kind.PROFILE)
    body = body_for(
        Kind.IDENTITY_CLAIM,
        registry=person.registry,
        person_id=person.person_id,
        profile_revision=revision,
        profile_encoding=1,
        profile_digest=hashlib.sha512(private).digest(),
        present=present,
        replaced_by=replaced_by,
    )
    data = encode_body(Kind.IDENTITY_CLAIM, body)
    subject = claim_subject(*person)
    digest = digest_of(data, sealed_bytes_of(sealed))
    head = head_for(
        Kind.IDENTITY_CLAIM,
        subject,
        event_id=derived_event_id(Kind.IDENTITY_CLAIM, subject, revision, digest),
        registry="hub",
        person_id=None,
        revision=revision,
        encoding=0,
    )
    return message_of(Kind.IDENTITY_CLAIM, head, data, sealed=sealed, topic=CLAIMS)


def model(made: Model, revision: int = 1) -> Message:
    return identity_model(made, revision)


def answer(
    publisher: str,
    one: Person,
    other: Person,
    said: str,
    revision: int = 1,
    change: Change = Change.STATED,
) -> Message:
    first, second = sorted((one, other))
    body = body_for(
        Kind.REVIEW_ANSWER,
        registry=first.registry,
        person_id=first.person_id,
        other_registry=second.registry,
        other_person_id=second.person_id,
        answer=said,
        reason="review",
    )
    head = {"registry": publisher, "revision": NOW - 1_000 + revision, "change": change}
    return event(Kind.REVIEW_ANSWER, "|".join((*first, *second)), body, **head)


def release(registry: str, person_id: str | None = None, revision: int = 1) -> Message:
    kind = Kind.IDENTITY_RELEASE
    body = body_for(kind, registry=registry, person_id=person_id, reason="checked")
    head = {"registry": "alliance", "person_id": None, "revision": revision}
    return event(kind, f"{registry}|{person_id or ''}", body, **head)


def epoch_ended(epoch: int = 1) -> Message:
    kind = Kind.TOKEN_EPOCH_ENDED
    body = body_for(kind, epoch=epoch, reason="rotated")
    return event(kind, str(epoch), body, registry="alliance", person_id=None)


def records(*messages: Message, step_ms: int = 1) -> list[LogRecord]:
    """As they stand on the claims topic, so many milliseconds apart."""
    return [
        LogRecord(CLAIMS, 0, n, NOW_MS + n * step_ms, each.key, each.value, each.headers)
        for n, each in enumerate(messages)
    ]


class Deciding:
    """One identity lane over one store."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.lane = IdentityLane(KEYRING)

    @property
    def resolver(self) -> Any:
        return self.lane._state.resolver

    def decide(self, topic: Sequence[LogRecord], size: int = 10_000) -> None:
        """From where the store stands to the end, in runs of this size."""
        while (offset := self._offset()) < len(topic):
            if self.lane.at != offset:
                self.lane.load(self.store)
            self.lane.step(self.store, topic[offset : offset + size])

    def insist(self, topic: Sequence[LogRecord], size: int = 10_000) -> int:
        """The same, trying again after whatever may be mended. Answers how often."""
        tries = 0
        while True:
            try:
                self.decide(topic, size)
            except RetryableError:
                tries += 1
                continue
            return tries

    def _offset(self) -> int:
        with self.store.transaction() as tx:
            return next((o for o, _ in tx.positions.of("identity").values()), 0)


def decisions(store: SqlStore) -> list[tuple[str, int, bytes]]:
    """Every decision that was queued."""
    with store.reading() as sql:
        return sql.tuples(
            "SELECT subject, version, body FROM outbox WHERE topic = 'national.identity'"
            " ORDER BY version, length(subject), subject"
        )


def tables(store: SqlStore) -> dict[str, list[tuple[Any, ...]]]:
    """All that the lane keeps."""
    names = ("claim", "identity_pair", "identity_answer", "identity_input", "position")
    with store.reading() as sql:
        return {name: sorted(sql.tuples(f"SELECT * FROM {name}"), key=repr) for name in names}


def clusters(store: SqlStore) -> list[list[str]]:
    """Persons by national person."""
    found: dict[str, list[str]] = {}
    with store.reading() as sql:
        for national_id, person_id in sql.tuples("SELECT national_id, person_id FROM claim"):
            found.setdefault(national_id, []).append(person_id)
    return sorted(sorted(members) for members in found.values())


class FaultyStore:
    """Breaks off once, at one of the calls that are made to it: before a commit, or after."""

    def __init__(self, store: SqlStore, at: int) -> None:
        self._store = store
        self._at = at
        self.calls = 0

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self._at:
            raise RetryableError("made to go wrong")

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self._store.transaction() as tx:
            yield _Watched(tx, self._call)
            self._call()
        self._call()


class _Watched:
    """A transaction, or a table of it, whose calls are counted."""

    def __init__(self, inner: Any, call: Callable[[], None]) -> None:
        self._inner = inner
        self._call = call

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return _Watched(found, self._call)

        def called(*given: Any) -> Any:
            self._call()
            return found(*given)

        return called
