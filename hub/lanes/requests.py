"""Portability requests and appeals of persons whose records were all looked at: each request is
taken note of, and what follows from neither any more is withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.domain.rows import Person
from hub.lanes.policies import References
from hub.lanes.telling import Telling, subject_of
from hub.lanes.terms import Near
from hub.ports import StoreTransaction
from hub.projections.exchange import PERSONAL
from hub.projections.exchange_items import request_item, request_prefix
from hub.projections.matches import inbox_subject

INBOX = "inbox|"


def settle_appeals(
    nears: Mapping[Person, Near], persons: Iterable[Person], telling: Telling
) -> None:
    """An appeal about a record that is none of the human's any more is taken back."""
    for person in sorted(set(persons)):
        near = nears.get(person)
        for appeal in near.appeals if near is not None else ():
            subject = subject_of(appeal)
            if appeal.person == person and not telling.says(subject):
                telling.take_back(appeal.receiver, "DISPUTE", subject)


def settle_requests(
    tx: StoreTransaction,
    nears: Mapping[Person, Near],
    persons: Iterable[Person],
    references: References,
    told: tuple[Telling, set[str]],
) -> None:
    """For requests of these persons, whose records were all looked at: take note of those that
    stand; whatever answered one before and is not among the answers that stand is withdrawn."""
    telling, answered = told
    standing = {inbox_subject(name) for name in answered}
    for person in sorted(set(persons)):
        near = nears.get(person)
        for asked in near.requests if near is not None else ():
            if asked.person != person:
                continue
            prefix = request_prefix(person, asked.receiver)
            if asked.stands:
                silent = _without_policy(references, asked.receiver)
                telling.tell(
                    request_item(
                        person,
                        asked.receiver,
                        asked.requested_on,
                        silent,
                        synthetic=asked.synthetic,
                    )
                )
            for subject in tx.outbox.published_under(inbox_subject(prefix)):
                if subject not in standing:
                    name = subject.removeprefix(INBOX)
                    telling.take_back(person.registry, "PORTABILITY", name)


def _without_policy(references: References, receiver: str) -> list[str]:
    """Kinds of a person's records on which the registry has no rule."""
    policy = references.policies.get(receiver)
    kinds = policy.kinds() if policy is not None else frozenset()
    return sorted(PERSONAL - kinds)
