"""What registries are asked about pairs of persons: on which terms, in which items, taken back how.

What was told stands in the subjects of inbox items, so it survives a store: a review's subject
names the week in which it was first shown, a sample's the month. Telling again says nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from hub.domain.rows import OutboxItem, Person
from hub.identity.model import Limits
from hub.identity.reviews import (
    DUPLICATE,
    REVIEW,
    SAMPLE,
    Seen,
    Told,
    closed_by,
    pair_text,
    told_of,
    words_of,
)
from hub.identity.statements import Answer
from hub.lanes.identity_inputs import model_in_force
from hub.lanes.policies import References
from hub.ports import StoreTransaction
from hub.projections.matches import notice_item

TELLING_NOTE = "reviews_told"
IDENTITY_WORD = "identity"
"""Kind in a sharing agreement that lets a registry be asked about another's persons."""
ITEM_OF = {REVIEW: "REVIEW", SAMPLE: "REVIEW", DUPLICATE: "DUPLICATE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms people are asked."""

    as_of: date
    review_days: int
    weekly: int
    contacts: Mapping[str, str] = field(default_factory=dict)


def review_days(tx: StoreTransaction) -> int:
    """How long an answer may take, by the model in force."""
    model = model_in_force(tx.inputs.all())
    return (Limits() if model is None else model.limits).review_days


def replies_by_pair(tx: StoreTransaction) -> dict[str, dict[str, Answer]]:
    """Registries' answers that stand, by pair and publisher."""
    said: dict[str, dict[str, Answer]] = {}
    for reply in tx.reviews.replies():
        said.setdefault(reply.text, {})[reply.publisher] = reply.answer
    return said


def is_closed(said: Mapping[str, Mapping[str, Answer]], seen: Seen) -> bool:
    """Whether the registries' answers leave nothing to ask of a pair."""
    sides = {seen.pair.one.registry, seen.pair.other.registry}
    return closed_by(said.get(pair_text(seen.pair), {}), sides)


def is_shared(references: References, seen: Seen) -> bool:
    """Whether agreements let each of the two registries be asked about the other's person."""
    one, other = seen.pair.one.registry, seen.pair.other.registry
    return references.lets_through(one, other, IDENTITY_WORD) and references.lets_through(
        other, one, IDENTITY_WORD
    )


def read_told(tx: StoreTransaction, purpose: str) -> list[Told]:
    """Every pair that registries were ever told of for this purpose."""
    return [told_of(subject) for subject in tx.reviews.told(purpose)]


def begin_telling(tx: StoreTransaction, terms: Terms) -> None:
    """Write a note first: two who tell at once never count the same room of a week."""
    tx.set_note(TELLING_NOTE, terms.as_of.isoformat())


class Asked(NamedTuple):
    """What one side is asked."""

    own: Person
    other: Person
    seen: Seen
    purpose: str
    days: tuple[date | None, date | None]
    """Opened on, answer by."""


def asked_item(told: Told, asked: Asked, terms: Terms, *, synthetic: bool) -> OutboxItem:
    """A question in a registry's inbox."""
    own, other, seen, purpose, (opened_on, until) = asked
    is_double = purpose == DUPLICATE
    fields: dict[str, Any] = {
        "sender": other.registry,
        "person_ids": [own.person_id, other.person_id] if is_double else [own.person_id],
        "kind": "profile",
        "record_id": other.person_id,
        "others": [] if is_double else [other._asdict()],
        "review": {
            **words_of(seen.agree, seen.both)._asdict(),
            "purpose": purpose,
            "contact": None if is_double else terms.contacts.get(other.registry),
            "opened_on": opened_on,
            "answer_by": until,
        },
    }
    item = ITEM_OF[told.purpose]
    return notice_item(told.registry, item, told.subject, fields, synthetic=synthetic)


def tell(
    tx: StoreTransaction,
    items: Mapping[Told, OutboxItem],
    before: Iterable[Told],
    *,
    synthetic: bool,
) -> None:
    """Send what is asked, and take back what was asked before and is not any more."""
    gone = [
        notice_item(
            told.registry, ITEM_OF[told.purpose], told.subject, {"withdrawn": True},
            synthetic=synthetic,
        )
        for told in before
        if told not in items
    ]  # fmt: skip
    tx.outbox.publish([*items.values(), *gone])
