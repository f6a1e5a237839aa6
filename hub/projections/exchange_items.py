"""Inbox items that answer requests, carry decisions back and hand appeals on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from hub.domain.rows import OutboxItem, Person, RecordKey, RecordRow
from hub.projections.exchange import judged_record
from hub.projections.matches import answer_item, notice_item

NO_POLICY = "NO_POLICY"


class Shown(NamedTuple):
    """A record and its answer, as far as one asker is shown it."""

    row: RecordRow
    word: str
    """Kind of the record, in the words of policies."""
    intervals: bytes
    decision: dict[str, Any] | None


def request_prefix(asker: Person, receiver: str) -> str:
    """Begins the subjects of all items that answer this request; an id's own bars are escaped."""
    person_id = asker.person_id.replace("%", "%25").replace("|", "%7C")
    return f"portability|{asker.registry}|{receiver}|{person_id}|"


def portability_subject(asker: Person, receiver: str, row: RecordRow, word: str) -> str:
    """Subject of the answer about one record."""
    return f"{request_prefix(asker, receiver)}{row.registry}|{word}|{row.record_id}"


def portability_item(asker: Person, receiver: str, requested_on: date, shown: Shown) -> OutboxItem:
    """The answer about one record, which may be the asker's or another registry's."""
    row, word = shown.row, shown.word
    fields: dict[str, Any] = {
        "item": "PORTABILITY",
        "sender": row.registry,
        "person_ids": [asker.person_id],
        "kind": word,
        "record_id": row.record_id,
        "record_revision": row.revision,
        "judge": receiver,
        "requested_on": requested_on,
        "decision": shown.decision,
    }
    subject = portability_subject(asker, receiver, row, word)
    return answer_item(asker.registry, subject, fields, shown.intervals, synthetic=row.synthetic)


def request_item(
    asker: Person, receiver: str, requested_on: date, silent: Sequence[str], *, synthetic: bool
) -> OutboxItem:
    """The request itself is taken note of; silent: kinds on which the receiver has no policy."""
    fields: dict[str, Any] = {
        "person_ids": [asker.person_id],
        "judge": receiver,
        "requested_on": requested_on,
        "rule": f"{NO_POLICY}: {', '.join(silent)}" if silent else None,
    }
    subject = request_prefix(asker, receiver)
    return notice_item(asker.registry, "PORTABILITY", subject, fields, synthetic=synthetic)


def decision_subject(row: RecordRow, word: str, decider: str) -> str:
    return f"decision|{row.registry}|{word}|{row.record_id}|{decider}"


def decision_item(
    row: RecordRow, word: str, decider: str, decided: dict[str, Any], *, synthetic: bool
) -> OutboxItem:
    """What another registry decided, for the registry that holds the record."""
    fields: dict[str, Any] = {
        "sender": decider,
        "judge": decider,
        "person_ids": [] if row.person_id is None else [row.person_id],
        "kind": word,
        "record_id": row.record_id,
        "record_revision": row.revision,
        "decision": decided,
    }
    subject = decision_subject(row, word, decider)
    return notice_item(row.registry, "DECISION", subject, fields, synthetic=synthetic)


def appeal_subject(filed_by: Person, record: Sequence[object], receiver: str) -> str:
    return "|".join(("dispute", filed_by.registry, *map(str, record), receiver))


class Named(NamedTuple):
    """What an item's subject names."""

    record: RecordKey | None
    receiver: str
    asker: Person | None = None


def named_by(subject: str) -> Named | None:
    """What the subject of an item about a request, a decision or an appeal names; None of others'
    subjects."""
    sort, _, rest = subject.partition("|")
    if sort == "portability":
        registry, receiver, person_id, name = rest.split("|", 3)
        person_id = person_id.replace("%7C", "|").replace("%25", "%")
        return Named(judged_record(name), receiver, Person(registry, person_id))
    if sort in ("decision", "dispute"):
        name, _, receiver = rest.rpartition("|")
        return Named(
            judged_record(name if sort == "decision" else name.partition("|")[2]), receiver
        )
    return None


def withdrawn_item(receiver: str, item: str, subject: str, *, synthetic: bool) -> OutboxItem:
    """What was told holds no longer; says nothing of why."""
    return notice_item(receiver, item, subject, {"withdrawn": True}, synthetic=synthetic)
