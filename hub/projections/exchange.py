"""What registries say beside their records: consents, requests, appeals, decisions, and answers to
policies. Under which id each stands, and what makes one readable.

Ids follow from what is spoken of, so a publisher has one statement about one thing, and a later one
replaces it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hub.domain.events import Change, Kind
from hub.domain.rows import RecordKey
from hub.reciprocity.codes import is_registry

RECORD_KINDS = {
    "training": Kind.TRAINING_COMPLETION,
    "education": Kind.EDUCATION,
    "credential": Kind.CREDENTIAL,
    "course": Kind.APPROVAL,
    "trainer": Kind.APPROVAL,
    "organization": Kind.APPROVAL,
}
"""Kinds of record as policies, agreements and inboxes name them."""
PERSONAL = frozenset({"training", "education", "credential"})
CONSENT_KINDS = PERSONAL | {"link"}
DECISIONS = frozenset({"ACCEPTED", "PARTLY", "REFUSED", "PENDING"})
POLICY_ANSWERS = frozenset({"ADOPTED", "REFUSED"})
HOURS_E4_BELOW = 1_000_000 * 10_000
_CHANGES = frozenset({int(Change.STATED), int(Change.WITHDRAWN)})


class Speaker(NamedTuple):
    """Head of a statement, as far as it is judged by it."""

    registry: str
    person_id: str | None
    record_id: str
    change: int


def judged_key(registry: str, kind: str, record_id: str) -> RecordKey:
    """The record that is spoken of. Raises KeyError where the kind is none."""
    return RecordKey(registry, int(RECORD_KINDS[kind]), record_id)


def subject_id(*names: str) -> str:
    """Record id of a statement about what these name."""
    return "|".join(names)


def consent_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why a consent is not applied: `to` and `kinds` of its body."""
    to, kinds = said
    if not is_registry(to) or to == speaker.registry or not CONSENT_KINDS.issuperset(kinds):
        return "CONSENT_NOT_READABLE"
    return _id_refusal(speaker, speaker.person_id or "", to)


def request_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why a request is not applied: `receiver` of its body."""
    (receiver,) = said
    if not is_registry(receiver) or receiver == speaker.registry:
        return "REQUEST_NOT_READABLE"
    return _id_refusal(speaker, speaker.person_id or "", receiver)


def dispute_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why an appeal is not applied: registry, kind, record_id, receiver of its body."""
    registry, kind, record_id, receiver = said
    if kind not in PERSONAL or not record_id or not _two_registries(registry, receiver):
        return "DISPUTE_NOT_READABLE"
    return _id_refusal(speaker, registry, kind, record_id, receiver)


def decision_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why a decision is not applied: registry, kind, record_id, decision, hours of its body."""
    registry, kind, record_id, decision, hours_e4 = said
    if hours_e4 is not None and not 0 <= hours_e4 < HOURS_E4_BELOW:
        return "AMOUNT_OUT_OF_RANGE"
    readable = kind in RECORD_KINDS and record_id and decision in DECISIONS
    if not readable or not _two_registries(registry, speaker.registry):
        return "DECISION_NOT_READABLE"
    return _id_refusal(speaker, registry, kind, record_id)


def policy_answer_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why an answer to a policy is not applied: `revision` and `answer` of its body."""
    revision, answer = said
    if revision < 1 or answer not in POLICY_ANSWERS:
        return "ANSWER_NOT_READABLE"
    return _id_refusal(speaker, "policy", str(revision))


def _two_registries(one: str, other: str) -> bool:
    return is_registry(one) and is_registry(other) and one != other


def _id_refusal(speaker: Speaker, *names: str) -> str | None:
    if speaker.change not in _CHANGES:
        return "CHANGE_NOT_OF_THE_KIND"
    return None if speaker.record_id == subject_id(*names) else "KEY_NOT_OF_THE_RECORD"


READ = {
    Kind.CONSENT: (("to", "kinds[]"), consent_refusal),
    Kind.PORTABILITY_REQUEST: (("receiver",), request_refusal),
    Kind.DISPUTE: (("registry", "kind", "record_id", "receiver"), dispute_refusal),
    Kind.RECOGNITION_DECISION: (
        ("registry", "kind", "record_id", "decision", "accepted_hours"),
        decision_refusal,
    ),
    Kind.POLICY_ANSWER: (("revision", "answer"), policy_answer_refusal),
}
"""What of a body tells whether it is applied, and the rule that tells it."""
