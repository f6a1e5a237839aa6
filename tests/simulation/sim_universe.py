"""The small universe of a run: two registries that send, one that mostly receives, their words.

Every message is a function of its arguments alone and is made once a process. Persons, numbers and
keys are made up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

from hub.domain.events import Change, Head, Kind
from hub.domain.keys import PersonKey
from hub.domain.log import Message, TopicSpec
from hub.domain.rows import Person
from hub.domain.topics import CLAIMS, IDENTITY, RECIPROCITY, REFERENCE, events_topic, inbox_topic
from hub.identity.evidence import Block, pack
from hub.identity.model import Limits, model_body
from hub.identity.rarity import RAREST
from hub.identity.sealing import KEY_BYTES, seal
from hub.identity.tokens import Label, Token, TokenKey, token_of
from hub.wire.codec import encode_private
from hub.wire.schemas import PRIVATE, load_schemas
from tests.unit.identity.small_model import small_model
from tests.unit.lanes.lane_events import (
    NOW,
    SHARED,
    blank,
    body_for,
    head_for,
    message_of,
    policy,
)
from tests.unit.lanes.lane_exchange import appeal, consent, decision, request

WISCONSIN, NEVADA, DAKOTA = "us-wi", "us-nv", "us-nd"
REGISTRIES = (WISCONSIN, NEVADA, DAKOTA)
PARTITIONS = {WISCONSIN: 2, NEVADA: 2, DAKOTA: 1}
_TOKEN_KEY = TokenKey(1, bytes(32))


def topic_specs() -> list[TopicSpec]:
    """Every topic of the universe."""
    shared = (REFERENCE, CLAIMS, IDENTITY, RECIPROCITY)
    specs = [TopicSpec(name, 1) for name in shared]
    specs += [TopicSpec(events_topic(each), PARTITIONS[each]) for each in REGISTRIES]
    return specs + [TopicSpec(inbox_topic(each), 1) for each in REGISTRIES]


class FixedKeyring:
    """Keys made of the person's name: every run and every process has the same."""

    def keys_for(
        self, registry: str, person_ids: Sequence[str], *, mint: bool
    ) -> dict[str, PersonKey]:
        return {person_id: _key(registry, person_id) for person_id in person_ids}

    def open_keys(self, key_ids: Sequence[str]) -> dict[str, bytes]:
        return {key_id: _secret(key_id) for key_id in key_ids}

    def close(self) -> None:
        """Nothing is held."""


def _key(registry: str, person_id: str) -> PersonKey:
    key_id = f"key-of-{registry}-{person_id}"
    return PersonKey(key_id, _secret(key_id))


def _secret(key_id: str) -> bytes:
    return hashlib.shake_256(key_id.encode()).digest(KEY_BYTES)


@cache
def tokens_of(human: int, shown: str) -> tuple[Token, ...]:
    """Evidence of a human: a whole number, name and birth date, or those with other last fours.
    Humans come in pairs that share name and birth date."""
    name = token_of(Label.GIVEN_SOUND_BIRTH, (f"name {human // 2}",), _TOKEN_KEY)
    last = token_of(Label.LAST4_BIRTH, (f"last {human}",), _TOKEN_KEY)
    number = token_of(Label.SSN9, (f"{human:09}",), _TOKEN_KEY)
    return {"number": (number,), "name": (name,), "all": (number, last, name), "none": ()}[shown]


@cache
def profile(
    person: Person, revision: int, evidence: tuple[Token, ...], change: Change, replaced_by: str
) -> Message:
    plain = blank(load_schemas().newest[PRIVATE].parsed)
    packed = pack([Block(1, RAREST, evidence)]) or None
    private = encode_private({**plain, "evidence": packed})
    sealed = seal(private, _key(*person), person, Kind.PROFILE)
    body = body_for(
        Kind.PROFILE, status="ACTIVE", evidence_epochs=[1], replaced_by=replaced_by or None
    )
    head = _head(Kind.PROFILE, person.person_id, person, revision, change)
    return message_of(Kind.PROFILE, head, body, sealed=sealed)


def _head(kind: Kind, record_id: str, person: Person, revision: int, change: Change) -> Head:
    return head_for(
        kind,
        record_id,
        registry=person.registry,
        person_id=person.person_id or None,
        revision=NOW - 10_000_000 + revision,
        change=change,
    )


@cache
def training(person: Person, record_id: str, revision: int, hours: int, change: Change) -> Message:
    """Even records cite a trainer, every third an approved course."""
    number = int(record_id[1:])
    body = body_for(
        Kind.TRAINING_COMPLETION,
        completed_on=date(2026, 3, 1),
        amount=Decimal(hours),
        unit="CLOCK",
        clock_hours=Decimal(hours),
        verification="VERIFIED",
        trainer_id=f"T{number % 4}" if number % 2 == 0 else None,
        approval_code=f"C{number % 2}" if number % 3 == 0 else None,
    )
    head = _head(Kind.TRAINING_COMPLETION, record_id, person, revision, change)
    return message_of(Kind.TRAINING_COMPLETION, head, body)


@cache
def credential(
    person: Person, record_id: str, revision: int, level: int, change: Change
) -> Message:
    body = body_for(
        Kind.CREDENTIAL,
        type="ChildDevelopmentAssociate",
        own_type="CDA",
        level=str(level),
        issued_on=date(2025, 1, 1),
        expires_on=date(2026 + level % 3, 6, 30),
        standing="AWARDED",
    )
    head = _head(Kind.CREDENTIAL, record_id, person, revision, change)
    return message_of(Kind.CREDENTIAL, head, body)


@cache
def education(
    person: Person, record_id: str, revision: int, degree: int, change: Change
) -> Message:
    body = body_for(Kind.EDUCATION, institution=f"College {degree}", own_degree="BA")
    head = _head(Kind.EDUCATION, record_id, person, revision, change)
    return message_of(Kind.EDUCATION, head, body)


@cache
def employment(person: Person, record_id: str, revision: int, _job: int, change: Change) -> Message:
    head = _head(Kind.EMPLOYMENT, record_id, person, revision, change)
    return message_of(Kind.EMPLOYMENT, head, body_for(Kind.EMPLOYMENT))


@cache
def approval(registry: str, number: int, revision: int, status: str, change: Change) -> Message:
    """Even ones approve a trainer, odd ones a course."""
    trainer = number % 2 == 0
    body = body_for(
        Kind.APPROVAL,
        subject="TRAINER" if trainer else "COURSE",
        trainer_id=f"T{number % 4}" if trainer else None,
        course_id=None if trainer else f"C{number % 2}",
        status=status,
        approved_on=date(2025, 1, 1),
    )
    head = _head(Kind.APPROVAL, f"A{number}", Person(registry, ""), revision, change)
    return message_of(Kind.APPROVAL, head, body)


@cache
def submission(registry: str, number: int) -> Message:
    head = _head(Kind.SUBMISSION, f"S{number}", Person(registry, ""), number, Change.STATED)
    return message_of(Kind.SUBMISSION, head, body_for(Kind.SUBMISSION))


_RULE = """
[[rule]]
id = "{id}"
version = {revision}
kind = "{kind}"
from = 2024-07-01
citation = "https://example.org/"
{when}
[rule.effect]
outcome = "{outcome}"
"""
_RULES = (
    ("trainer-approved", "training", 'trainer_approved_by = "others"'),
    ("course-approved", "training", 'course_approved_by = "others"'),
    ("recognized", "credential", "recognized_in_at_least = { states = 1, meets_cda = false }"),
    ("any-credential", "credential", ""),
    ("any-trainer", "trainer", ""),
    ("with-certificate", "training", 'documents = "certificate"'),
    ("any-training", "training", ""),
    ("any-education", "education", ""),
)
_OUTCOMES = ("FULL", "NEEDS_REVIEW", "DENIED", "PARTIAL")


@cache
def policy_of(registry: str, revision: int, rules: int) -> Message:
    """The first rules of the list, their outcomes turned by the revision."""
    text = f'registry = "{registry}"\nrevision = {revision}\n'
    for number, (name, kind, when) in enumerate(_RULES[:rules]):
        text += _RULE.format(
            id=name,
            revision=revision,
            kind=kind,
            when=f"[rule.when]\n{when}" if when else "",
            outcome=_OUTCOMES[(number + revision) % len(_OUTCOMES)],
        )
    return policy(registry, text, revision)


@cache
def agreement(sender: str, receiver: str, in_force: bool, words: int) -> Message:
    """An agreement over the first so many kinds of what can be shared."""
    body = {
        "sender": sender,
        "receiver": receiver,
        "kinds": sorted(sorted(SHARED)[:words]),
        "in_force": in_force,
        "illustrative": True,
    }
    head = head_for(
        Kind.SHARING_AGREEMENT, f"{sender}>{receiver}", registry="alliance", person_id=None
    )
    return message_of(Kind.SHARING_AGREEMENT, head, body)


@cache
def list_entry(state: str, revision: int) -> Message:
    """Recognizes Wisconsin's CDA in a state."""
    body = body_for(
        Kind.RECOGNIZED_CREDENTIAL,
        list="recognized-credentials",
        member=f"{WISCONSIN}:CDA",
        state=state,
        from_on=date(2024, 7, revision),
        meets_cda=True,
    )
    return _alliance(Kind.RECOGNIZED_CREDENTIAL, f"{WISCONSIN}:CDA|{state}", revision, body)


@cache
def model(revision: int = 1) -> Message:
    """The small model; one agreement links."""
    return _alliance(Kind.IDENTITY_MODEL, "small", revision, model_body(small_model()))


@cache
def strict_model() -> Message:
    """Names alone are a review, and who asks too often is held."""
    limits = Limits(
        candidates_max=4,
        cluster_max=3,
        registry_max=2,
        evidences_max=1,
        newcomers_min=2,
        first_load_hours=0,
    )
    weights = {**small_model().weights, "given_sound": 4.0}
    made = small_model("strict", weights=weights, link_at=5.0, review_at=0.5, limits=limits)
    return _alliance(Kind.IDENTITY_MODEL, "strict", 1, model_body(made))


@cache
def review_answer(
    publisher: str, one: Person, other: Person, revision: int, answer: str, change: Change
) -> Message:
    """What a registry, or the Alliance, says of two persons."""
    first, second = sorted((one, other))
    key = "|".join((*first, *second))
    body = body_for(
        Kind.REVIEW_ANSWER,
        registry=first.registry,
        person_id=first.person_id,
        other_registry=second.registry,
        other_person_id=second.person_id,
        answer=answer,
        reason="review",
    )
    own = next((p for p in (first, second) if p.registry == publisher), Person(publisher, ""))
    head = _head(Kind.REVIEW_ANSWER, key, own, revision, change)
    topic = REFERENCE if publisher == "alliance" else None
    return message_of(Kind.REVIEW_ANSWER, head, body, topic=topic)


@cache
def spoken(
    what: str, person: Person, other: str, revision: int, detail: str, change: Change
) -> Message:
    """A consent, a request or an appeal of a person, about another registry."""
    head = {"revision": NOW - 10_000_000 + revision, "change": change}
    if what == "consent":
        return consent(person, other, *detail.split(), **head)
    if what == "request":
        return request(person, other, date(2026, 5, 1 + revision), **head)
    registry, kind, record_id = detail.split("|")
    return appeal(person, (registry, kind, record_id), other, **head)


@cache
def decided(registry: str, record: str, revision: int, word: str, change: Change) -> Message:
    """A decision of a registry on a record of another, which may not be there."""
    holder, kind, record_id = record.split("|")
    return decision(
        registry,
        (holder, kind, record_id),
        word,
        record_revision=NOW - 10_000_000 + 1,
        document_received=["certificate"] if revision % 2 else [],
        accepted_hours="5" if word == "PARTLY" else None,
        revision=NOW - 10_000_000 + revision,
        change=change,
    )


@cache
def release(registry: str, revision: int) -> Message:
    """All who are held there may be linked again."""
    body = body_for(Kind.IDENTITY_RELEASE, registry=registry, person_id=None, reason="checked")
    return _alliance(Kind.IDENTITY_RELEASE, f"{registry}|", revision, body)


@cache
def epoch_ended() -> Message:
    body = body_for(Kind.TOKEN_EPOCH_ENDED, epoch=1, reason="rotated")
    return _alliance(Kind.TOKEN_EPOCH_ENDED, "1", 1, body)


def _alliance(kind: Kind, key: str, revision: int, body: dict[str, object]) -> Message:
    head = head_for(kind, key, registry="alliance", person_id=None, revision=revision)
    return message_of(kind, head, body)


def damaged(message: Message, how: str, at: int) -> Message:
    """The message as damage of this sort leaves it. With `unknown` it is of a schema to come."""
    value = message.value
    at = 5 + at % (len(value) - 5)
    changed = {
        "flip": value[:at] + bytes((value[at] ^ 0x10,)) + value[at + 1 :],
        "cut": value[:at],
        "trailing": value + b"\x00",
        "digest": value,
        "frame": b"\x01" + value[1:],
        "unknown": value[:1] + (0xFFFF).to_bytes(4, "big") + value[5:],
    }[how]
    headers = dict(message.headers)
    if how == "digest":
        headers["ce_digest"] = b"0" * 64
    elif how in ("trailing", "unknown", "frame"):
        headers["ce_digest"] = hashlib.sha256(changed).hexdigest().encode()
    return replace(message, value=changed, headers=tuple(headers.items()))
