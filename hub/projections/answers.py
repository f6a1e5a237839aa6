"""Answers about two persons, as their events say them: what makes one readable.

An answer names its pair in order, and its record id is the pair, so a publisher has one answer
about two persons. A registry speaks of persons of its own; the Alliance says NEVER of anybody.
"""

from __future__ import annotations

from typing import NamedTuple

from hub.domain.events import Change
from hub.domain.rows import Person

_ANSWERS = frozenset({"SAME", "DIFFERENT", "NEVER", "DISPUTE"})
_CHANGES = frozenset({int(Change.STATED), int(Change.WITHDRAWN)})


class Answered(NamedTuple):
    """What an answer's body says of its pair."""

    registry: str
    person_id: str
    other_registry: str
    other_person_id: str
    answer: str


def answer_id(one: Person, other: Person) -> str:
    """Record id of the answer about two persons, the smaller first."""
    return "|".join((*one, *other))


def speaker_of(said: Answered, registry: str) -> str | None:
    """Id of the registry's own person whom the answer is about: of two of its own the first."""
    if said.registry == registry:
        return said.person_id
    return said.other_person_id if said.other_registry == registry else None


def answer_refusal(said: Answered, record_id: str, change: int) -> str | None:
    """Why an answer is not applied, whoever publishes it; None where it is."""
    if "" in said[:4]:
        return "KEY_EMPTY"
    one, other = Person(*said[:2]), Person(*said[2:4])
    if not one < other:
        return "PAIR_OUT_OF_ORDER"
    if record_id != answer_id(one, other):
        return "PAIR_NOT_OF_THE_RECORD"
    if said.answer not in _ANSWERS or change not in _CHANGES:
        return "ANSWER_NOT_READABLE"
    return None


def registry_answer_refusal(
    said: Answered, record_id: str, change: int, publisher: tuple[str, str | None]
) -> str | None:
    """The same for a registry's answer; publisher is its code and the person whom it names."""
    reason = answer_refusal(said, record_id, change)
    if reason is not None:
        return reason
    registry, person_id = publisher
    speaker = speaker_of(said, registry)
    return None if speaker is not None and speaker == person_id else "ANSWER_FOR_OTHERS"


def alliance_answer_refusal(said: Answered, record_id: str, change: int) -> str | None:
    """The same for the Alliance's answer, which is NEVER or takes one back."""
    reason = answer_refusal(said, record_id, change)
    if reason is not None:
        return reason
    withdrawn = change == Change.WITHDRAWN
    return None if withdrawn or said.answer == "NEVER" else "ANSWER_FOR_OTHERS"
