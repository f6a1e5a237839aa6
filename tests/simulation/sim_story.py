"""What happens in a run, drawn from its seed: who says what, how often and in which order.

Records move between persons, are corrected, withdrawn and said twice in two ways; evidence changes,
so persons link and part again; models are promoted, pairs are answered, who is held is released;
policies, lists and agreements come and go; consents, requests, appeals and decisions, too.
Producers send in any order and repeat themselves. What a story holds is a function of the seed
alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hub.domain.events import Change
from hub.domain.log import Message
from hub.domain.rows import Person
from tests.simulation.sim_universe import (
    DAKOTA,
    NEVADA,
    REGISTRIES,
    WISCONSIN,
    agreement,
    approval,
    credential,
    damaged,
    decided,
    education,
    employment,
    epoch_ended,
    list_entry,
    model,
    policy_of,
    profile,
    release,
    review_answer,
    spoken,
    strict_model,
    submission,
    tokens_of,
    training,
)

PERSONS = {
    WISCONSIN: [Person(WISCONSIN, f"P{n}") for n in range(5)],
    NEVADA: [Person(NEVADA, f"N{n}") for n in range(4)],
    DAKOTA: [Person(DAKOTA, f"D{n}") for n in range(3)],
}
RECORDS = {WISCONSIN: 11, NEVADA: 9, DAKOTA: 5}
HUMANS = 4
HUMANS_BEFORE = 2
TIES = 0.06
SIZES = (0.3, 0.3, 0.6, 1.0)
"""Of a small story less is derived again later: what went wrong is not mended by what follows."""
_CHANGES = (Change.STATED,) * 7 + (Change.WITHDRAWN, Change.REVOKED, Change.SUSPENDED)
_SHOWN = ("number",) * 4 + ("all", "all", "name", "none")
_KINDS: tuple[Callable[..., Message], ...] = (training,) * 6 + (credential,) * 2
_KINDS += (education, employment)
_ANSWERS = ("SAME", "SAME", "SAME", "DIFFERENT", "NEVER", "DISPUTE")
_DAMAGES = ("flip", "flip", "cut", "trailing", "digest", "frame")


@dataclass(frozen=True, slots=True)
class Story:
    """What was said and done with before the run, and what each producer sends in it, in order."""

    before: list[Message]
    sent: dict[str, list[Message]]


def story_of(random: Random) -> Story:
    """The story of a seed."""
    size = random.choice(SIZES)
    settled = random.random() < 0.7
    damage = random.choice((0.0, 0.0, 0.02, 0.06))
    repeats = random.choice((0.0, 0.1, 0.3))
    sent = {}
    for registry in REGISTRIES:
        messages = _said_by(registry, size, settled, random)
        messages += [each for each in messages if random.random() < repeats]
        if random.random() < 0.5:
            random.shuffle(messages)
        sent[registry] = [_passed_on(each, damage, random) for each in messages]
    sent["alliance"] = _said_by_the_alliance(size, random)
    if random.random() < 0.06:
        _meet_the_future(sent, random)
    return Story(_said_before(size, random) if settled else [], sent)


def _said_before(size: float, random: Random) -> list[Message]:
    """Persons who are linked, and rules: what is said later then follows through to answers."""
    messages = [model(), *(submission(registry, 0) for registry in REGISTRIES)]
    messages += [policy_of(registry, 0, random.randrange(4, 8)) for registry in REGISTRIES]
    for registry in REGISTRIES:
        for person in _persons(registry, size):
            evidence = tokens_of(random.randrange(HUMANS_BEFORE), "number")
            messages.append(profile(person, 0, evidence, Change.STATED, ""))
    pairs = [(one, two) for one in REGISTRIES for two in REGISTRIES if one != two]
    return messages + [agreement(*pair, True, 7) for pair in pairs if random.random() < 0.8]


def _persons(registry: str, size: float) -> list[Person]:
    return PERSONS[registry][: math.ceil(len(PERSONS[registry]) * size)]


def _passed_on(message: Message, damage: float, random: Random) -> Message:
    if random.random() >= damage:
        return message
    return damaged(message, random.choice(_DAMAGES), random.randrange(1_000))


def _meet_the_future(sent: dict[str, list[Message]], random: Random) -> None:
    """One event is of a schema that this program does not know: its partition waits there."""
    messages = sent[random.choice(REGISTRIES)]
    at = random.randrange(len(messages) // 2, len(messages))
    messages[at] = damaged(messages[at], "unknown", 0)


def _said_by(registry: str, size: float, settled: bool, random: Random) -> list[Message]:
    persons = _persons(registry, size)
    messages = [submission(registry, 1)]
    for person in persons:
        if not settled or random.random() < 0.3:
            messages += _profiles(person, random)
    for number in range(math.ceil(RECORDS[registry] * size)):
        messages += _statements(persons, f"R{number}", random)
    for number in range(random.randrange(math.ceil(5 * size) + 1)):
        for revision in range(1, random.randrange(2, 4)):
            status = random.choice(("APPROVED", "APPROVED", "CLOSED"))
            messages.append(approval(registry, number, revision, status, random.choice(_CHANGES)))
    messages += _spoken(registry, persons, size, random)
    return messages + _answers(registry, size, random)


def _spoken(registry: str, persons: list[Person], size: float, random: Random) -> list[Message]:
    """Consents, requests, appeals and decisions, some of them taken back."""
    said = []
    others = [each for each in REGISTRIES if each != registry]
    for _ in range(random.choice((0, 1, 2, 4))):
        what = random.choice(("consent", "request", "request", "appeal"))
        person, other = random.choice(persons), random.choice(others)
        detail = ""
        if what == "consent":
            detail = random.choice(("training", "training link", "credential training"))
        elif what == "appeal":
            holder = random.choice([each for each in REGISTRIES if each != other])
            detail = _record(holder, size, random)
        for revision in range(1, random.choice((2, 2, 3))):
            change = Change.WITHDRAWN if random.random() < 0.25 else Change.STATED
            said.append(spoken(what, person, other, revision, detail, change))
    for _ in range(random.choice((0, 0, 1, 3))):
        record = _record(random.choice(others), size, random)
        for revision in range(1, random.choice((2, 2, 3))):
            word = random.choice(("ACCEPTED", "PARTLY", "REFUSED", "PENDING"))
            change = Change.WITHDRAWN if random.random() < 0.2 else Change.STATED
            said.append(decided(registry, record, revision, word, change))
    return said


def _record(holder: str, size: float, random: Random) -> str:
    kind = random.choice(("training", "training", "training", "credential"))
    return f"{holder}|{kind}|R{random.randrange(math.ceil(RECORDS[holder] * size))}"


def _answers(publisher: str, size: float, random: Random) -> list[Message]:
    """About pairs with a person of the publisher's own; the Alliance says NEVER of any."""
    said = []
    for _ in range(random.choice((0, 0, 1, 3))):
        registry = random.choice(REGISTRIES) if publisher == "alliance" else publisher
        one = random.choice(_persons(registry, size))
        other = random.choice(_persons(random.choice(REGISTRIES), size))
        if one == other:
            continue
        for revision in range(1, random.choice((2, 2, 3))):
            answer = "NEVER" if publisher == "alliance" else random.choice(_ANSWERS)
            change = Change.WITHDRAWN if random.random() < 0.2 else Change.STATED
            said.append(review_answer(publisher, one, other, revision, answer, change))
    return said


def _profiles(person: Person, random: Random) -> list[Message]:
    human = random.randrange(HUMANS)
    said = []
    for revision in range(1, random.choice((2, 2, 3, 4))):
        if random.random() < 0.2:
            human = random.randrange(HUMANS)
        successor = ""
        if random.random() < 0.1:
            successor = random.choice(PERSONS[person.registry]).person_id
        change = Change.WITHDRAWN if random.random() < 0.1 else Change.STATED
        evidence = tokens_of(human, random.choice(_SHOWN))
        said.append(profile(person, revision, evidence, change, successor))
    return said


def _statements(persons: list[Person], record_id: str, random: Random) -> list[Message]:
    """Statements of one record: revisions, moves, and now and then two of one revision."""
    make = random.choice(_KINDS)
    person = random.choice(persons)
    said = []
    for revision in range(1, random.choice((2, 2, 3, 4, 8))):
        if random.random() < 0.25:
            person = random.choice(persons)
        for _ in range(2 if random.random() < 0.08 else 1):
            value = random.randrange(1, 20)
            said.append(make(person, record_id, revision, value, random.choice(_CHANGES)))
        if random.random() < TIES:
            other = random.choice(persons)
            said.append(make(other, record_id, revision, value, Change.STATED))
    return said


def _said_by_the_alliance(size: float, random: Random) -> list[Message]:
    messages = []
    for receiver in REGISTRIES:
        for revision in range(1, 1 + math.ceil(random.randrange(6) * size)):
            messages.append(policy_of(receiver, revision, random.randrange(2, 8)))
    for _ in range(math.ceil(random.randrange(3, 14) * size)):
        sender, receiver = random.sample(REGISTRIES, 2)
        words = random.choice((7, 7, 3))
        messages.append(agreement(sender, receiver, random.random() < 0.75, words))
    for _ in range(random.randrange(3)):
        messages.append(list_entry(random.choice(("IL", "MN")), random.randrange(1, 4)))
    messages += _answers("alliance", size, random)
    if random.random() < 0.4:
        messages += [strict_model(), *(release(r, 1) for r in REGISTRIES if random.random() < 0.3)]
        messages += [model(2)] if random.random() < 0.5 else []
    messages += [epoch_ended()] if random.random() < 0.05 else []
    messages += [each for each in messages if random.random() < 0.1]
    random.shuffle(messages)
    return [model(), *messages]
