"""What registries say beside their records: consents, requests, appeals, decisions, and answers to
policies. Under which id each stands, and what makes one readable.

Ids follow from what is spoken of, so a publisher has one statement about one thing, and a later one
replaces it.
"""

from __future__ import annotations

import re
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
TERM_KINDS = (int(Kind.CONSENT), int(Kind.DISPUTE), int(Kind.PORTABILITY_REQUEST))
"""Statements about a person that change what is told of their records."""
PERSONAL = frozenset({"training", "education", "credential"})
CONSENT_KINDS = PERSONAL | {"link"}
DECISIONS = frozenset({"ACCEPTED", "PARTLY", "REFUSED", "PENDING"})
POLICY_ANSWERS = frozenset({"ADOPTED", "REFUSED"})
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/+-]{0,39}")
"""A local type or level, as which a record counts: levels are written in many ways."""
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


def judged_record(name: str) -> RecordKey | None:
    """The record that a decision's id names; None where it names none."""
    registry, _, rest = name.partition("|")
    kind, _, record_id = rest.partition("|")
    return judged_key(registry, kind, record_id) if kind in RECORD_KINDS else None


def subject_id(*names: str) -> str:
    """Record id of a statement about what these name."""
    return "|".join(names)


def _are_codes(*words: str | None) -> bool:
    """Reasons and ids of staff stand in the open, so they are codes, never sentences or names."""
    return all(word is None or _CODE.fullmatch(word) for word in words)


def consent_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why a consent is not applied: to, kinds, held_as, staff_id of its body."""
    to, kinds, held_as, staff_id = said
    readable = CONSENT_KINDS.issuperset(kinds) and _are_codes(held_as, staff_id)
    if not is_registry(to) or to == speaker.registry or not readable:
        return "CONSENT_NOT_READABLE"
    return _id_refusal(speaker, speaker.person_id or "", to)


def request_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why a request is not applied: `receiver` of its body."""
    (receiver,) = said
    if not is_registry(receiver) or receiver == speaker.registry:
        return "REQUEST_NOT_READABLE"
    return _id_refusal(speaker, speaker.person_id or "", receiver)


def dispute_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why an appeal is not applied: registry, kind, record_id, receiver, reason, staff_id of
    its body."""
    registry, kind, record_id, receiver, *codes = said
    readable = kind in PERSONAL and record_id and _are_codes(*codes)
    if not readable or not _two_registries(registry, receiver):
        return "DISPUTE_NOT_READABLE"
    return _id_refusal(speaker, registry, kind, record_id, receiver)


def decision_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why a decision is not applied: registry, kind, record_id, decision, hours, counts_as,
    document_received, reason, staff_id of its body."""
    registry, kind, record_id, decision, hours_e4, counts_as, documents, *codes = said
    if hours_e4 is not None and not 0 <= hours_e4 < HOURS_E4_BELOW:
        return "AMOUNT_OUT_OF_RANGE"
    readable = kind in RECORD_KINDS and record_id and decision in DECISIONS
    in_codes = _are_codes(*documents, *codes) and (counts_as is None or _LOCAL.fullmatch(counts_as))
    if not (readable and in_codes and _two_registries(registry, speaker.registry)):
        return "DECISION_NOT_READABLE"
    return _id_refusal(speaker, registry, kind, record_id)


def policy_answer_refusal(said: tuple[Any, ...], speaker: Speaker) -> str | None:
    """Why an answer to a policy is not applied: revision, answer, reason, staff_id of its body."""
    revision, answer, *codes = said
    if revision < 1 or answer not in POLICY_ANSWERS or not _are_codes(*codes):
        return "ANSWER_NOT_READABLE"
    return _id_refusal(speaker, "policy", str(revision))


def _two_registries(one: str, other: str) -> bool:
    return is_registry(one) and is_registry(other) and one != other


def _id_refusal(speaker: Speaker, *names: str) -> str | None:
    if speaker.change not in _CHANGES:
        return "CHANGE_NOT_OF_THE_KIND"
    return None if speaker.record_id == subject_id(*names) else "KEY_NOT_OF_THE_RECORD"


READ = {
    Kind.CONSENT: (("to", "kinds[]", "held_as", "staff_id"), consent_refusal),
    Kind.PORTABILITY_REQUEST: (("receiver",), request_refusal),
    Kind.DISPUTE: (
        ("registry", "kind", "record_id", "receiver", "reason", "staff_id"),
        dispute_refusal,
    ),
    Kind.RECOGNITION_DECISION: (
        (
            *("registry", "kind", "record_id", "decision", "accepted_hours"),
            *("counts_as", "document_received[]", "reason", "staff_id"),
        ),
        decision_refusal,
    ),
    Kind.POLICY_ANSWER: (("revision", "answer", "reason", "staff_id"), policy_answer_refusal),
}
"""What of a body tells whether it is applied, and the rule that tells it."""
