"""Races by name: what each of two or three workers does, on a stage that is set for it.

A race is won when, whatever step the workers are switched at, the store ends as a plain fold of the
log. Who is interrupted and where is the player's choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.domain.events import Change
from hub.domain.log import Message
from hub.domain.partitioning import partition_for
from hub.domain.rows import Person
from hub.domain.topics import IDENTITY, REFERENCE, events_topic
from hub.ports import ProjectionStore
from tests.simulation.sim_stage import Stage
from tests.simulation.sim_universe import (
    DAKOTA,
    NEVADA,
    PARTITIONS,
    REGISTRIES,
    WISCONSIN,
    agreement,
    approval,
    model,
    policy_of,
    profile,
    submission,
    tokens_of,
    training,
)

WISCONSIN_1, WISCONSIN_2 = Person(WISCONSIN, "P1"), Person(WISCONSIN, "P2")
NEVADA_1, DAKOTA_1 = Person(NEVADA, "N1"), Person(DAKOTA, "D1")
HUMAN, OTHER = 2, 4
RULES = 6
Act = Callable[[Stage, ProjectionStore], object]


@dataclass(frozen=True, slots=True)
class Race:
    """Who does what, once the stage is set."""

    name: str
    before: Callable[[Stage, ProjectionStore], None]
    actors: dict[str, Act]


def fold_only(topic: str, partition: int | None = None) -> Act:
    return lambda stage, store: stage.fold(store, [topic], partition)


def derive(stage: Stage, store: ProjectionStore) -> None:
    stage.derive(store)


def relay_rows(stage: Stage, store: ProjectionStore) -> None:
    """Each try comes after the leases of those who are frozen."""
    stage.scheduler.now_ms += 100_000
    stage.relay(store)


def _holding(key: str) -> Act:
    """The records lane over the one partition of Wisconsin's that holds this key."""
    partition = partition_for(key.encode(), PARTITIONS[WISCONSIN])
    return fold_only(events_topic(WISCONSIN), partition)


RECORDS_OF_WISCONSIN = fold_only(events_topic(WISCONSIN))
LINKS = fold_only(IDENTITY)
REFERENCES = fold_only(REFERENCE)


def plain_profile(person: Person, human: int, revision: int = 1) -> Message:
    return profile(person, revision, tokens_of(human, "number"), Change.STATED, "")


def plain_training(person: Person, revision: int = 1, record_id: str = "R6") -> Message:
    """R6 cites the trainer T2 and the course C0."""
    return training(person, record_id, revision, 9 + revision, Change.STATED)


def _common(stage: Stage) -> None:
    """A model, submissions, policies of all, and agreements between all."""
    stage.say(model())
    stage.say(*(submission(registry, 1) for registry in REGISTRIES))
    stage.say(*(policy_of(registry, 1, RULES) for registry in REGISTRIES))
    pairs = [(one, two) for one in REGISTRIES for two in REGISTRIES if one != two]
    stage.say(*(agreement(one, two, True, 7) for one, two in pairs))


def _two_linked(stage: Stage, store: ProjectionStore) -> None:
    """Wisconsin's P1 and Nevada's N1 are one human; P1 has a training."""
    _common(stage)
    stage.say(plain_profile(WISCONSIN_1, HUMAN), plain_profile(NEVADA_1, HUMAN))
    stage.say(plain_training(WISCONSIN_1))
    stage.settle(store)


def _links_ready(stage: Stage, store: ProjectionStore, *profiles: Message) -> None:
    """Decisions about these profiles are on the log, and are not folded."""
    stage.say(*profiles)
    topics = [events_topic(registry) for registry in REGISTRIES]
    stage.fold(store, topics)
    stage.relay(store)
    stage.decide(store)
    stage.relay(store)


def _record_and_link(stage: Stage, store: ProjectionStore) -> None:
    _common(stage)
    stage.say(plain_profile(WISCONSIN_1, HUMAN))
    stage.settle(store)
    _links_ready(stage, store, plain_profile(NEVADA_1, HUMAN))
    stage.say(plain_training(WISCONSIN_1))


def _member_and_merge(stage: Stage, store: ProjectionStore) -> None:
    _two_linked(stage, store)
    _links_ready(stage, store, plain_profile(DAKOTA_1, HUMAN))
    stage.say(plain_training(WISCONSIN_1, 2))
    stage.fold(store, [events_topic(WISCONSIN)])


def _citation_and_approval(stage: Stage, store: ProjectionStore) -> None:
    _two_linked(stage, store)
    stage.say(plain_training(WISCONSIN_1, 2), plain_training(WISCONSIN_1, 1, "R12"))
    stage.say(approval(WISCONSIN, 2, 1, "APPROVED", Change.STATED))


def _batch_and_policy(stage: Stage, store: ProjectionStore) -> None:
    _two_linked(stage, store)
    stage.say(plain_training(WISCONSIN_1, 2), approval(NEVADA, 2, 1, "APPROVED", Change.STATED))
    stage.fold(store)
    stage.say(policy_of(NEVADA, 2, RULES), policy_of(DAKOTA, 2, RULES))


def _fan_out_and_link(stage: Stage, store: ProjectionStore) -> None:
    _two_linked(stage, store)
    _links_ready(stage, store, plain_profile(DAKOTA_1, HUMAN))
    stage.say(policy_of(DAKOTA, 2, RULES), agreement(WISCONSIN, NEVADA, False, 7))
    stage.fold(store, [REFERENCE])


def _touch_set_again(stage: Stage, store: ProjectionStore) -> None:
    _two_linked(stage, store)
    stage.say(plain_training(WISCONSIN_1, 2))
    stage.fold(store)
    stage.say(plain_training(WISCONSIN_1, 3))


def _outbox_full(stage: Stage, store: ProjectionStore) -> None:
    _two_linked(stage, store)
    stage.say(plain_training(WISCONSIN_1, 2))
    stage.fold(store)
    stage.derive(store)


def _record_moves(stage: Stage, store: ProjectionStore) -> None:
    _two_linked(stage, store)
    stage.say(plain_profile(WISCONSIN_2, OTHER), plain_profile(DAKOTA_1, OTHER))
    stage.settle(store)
    stage.say(plain_training(WISCONSIN_1, 2))
    stage.fold(store)
    stage.say(plain_training(WISCONSIN_2, 3))


def _person_parts(stage: Stage, store: ProjectionStore) -> None:
    """P1, P2 and N1 are one; P2 is about to part with the record that P1 had."""
    _two_linked(stage, store)
    stage.say(plain_profile(WISCONSIN_2, HUMAN), plain_profile(DAKOTA_1, OTHER))
    stage.settle(store)
    stage.say(plain_training(WISCONSIN_1, 2))
    _links_ready(stage, store, plain_profile(WISCONSIN_2, OTHER, 2))
    stage.say(plain_training(WISCONSIN_2, 3))


RACES = (
    Race(
        "a record arrives while its person is linked",
        _record_and_link,
        {"records": RECORDS_OF_WISCONSIN, "links": LINKS, "derive": derive},
    ),
    Race(
        "a merge while a member is derived",
        _member_and_merge,
        {"derive": derive, "links": LINKS, "other derive": derive},
    ),
    Race(
        "an approval while it is cited",
        _citation_and_approval,
        {"records": _holding("P1"), "approvals": _holding("A2"), "derive": derive},
    ),
    Race(
        "a policy while a batch holds the old one",
        _batch_and_policy,
        {"derive": derive, "references": REFERENCES, "other derive": derive},
    ),
    Race(
        "a fan-out meets a link that is being made",
        _fan_out_and_link,
        {"derive": derive, "links": LINKS, "other derive": derive},
    ),
    Race(
        "a slow worker deletes a touch that was set again",
        _touch_set_again,
        {"derive": derive, "records": RECORDS_OF_WISCONSIN, "other derive": derive},
    ),
    Race(
        "a relay freezes between publishing and deleting",
        _outbox_full,
        {"relay": relay_rows, "other relay": relay_rows},
    ),
    Race(
        "a record moves between persons whom two workers derive",
        _record_moves,
        {"derive": derive, "records": RECORDS_OF_WISCONSIN, "other derive": derive},
    ),
    Race(
        "a person leaves the cluster with a record while it is derived",
        _person_parts,
        {
            "derive": derive,
            "records": RECORDS_OF_WISCONSIN,
            "links": LINKS,
            "other derive": derive,
        },
    ),
)
