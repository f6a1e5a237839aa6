"""A small hub on disk, three registries and two workers, that is led from one state of sharing to
the next; and what one registry is shown of another's records by each path.

Wisconsin holds the records, Nevada judges them, Dakota asks on behalf of its own. Each worker is
known to all three. The third pair looks alike to Wisconsin and Nevada: a review.
"""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

from hub import bootstrap
from hub.adapters.keyring import MemoryKeyring
from hub.adapters.sqlite_log import SqliteEventLog
from hub.domain.events import Change, Kind
from hub.domain.log import Message, TopicPartition, TopicSpec
from hub.domain.rows import Person
from hub.domain.topics import CLAIMS, IDENTITY, RECIPROCITY, REFERENCE, events_topic, inbox_topic
from hub.embedded import Embedded
from hub.intake.reference import SHARED_KINDS
from hub.lanes.lapses import Window
from hub.lanes.notices import tell_notices
from hub.lanes.recognition import Bounds
from hub.sync.lane import sync_once
from hub.wire.codec import read_event
from tests.unit.cli.hub_command import Ran, hub
from tests.unit.identity.small_model import small_model
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    body_for,
    event,
    head_for,
    message_of,
    policy,
    profile,
    put_in_force,
    ssn_token,
    training,
)
from tests.unit.lanes.lane_exchange import appeal, consent, decision, request
from tests.unit.lanes.review_hub import looking_alike

WISCONSIN, NEVADA, DAKOTA = "us-wi", "us-nv", "us-nd"
REGISTRIES = (WISCONSIN, NEVADA, DAKOTA)
WORKERS = {1: ("P1", "N1", "D1"), 2: ("P2", "N2", "D2")}
RECORDS = {
    "R1": ("training", "P1"),
    "R2": ("training", "P2"),
    "C1": ("credential", "P1"),
    "C2": ("credential", "P2"),
}
"""Wisconsin's, each with its kind and person."""
TRAININGS, CREDENTIALS = frozenset({"R1", "R2"}), frozenset({"C1", "C2"})
DAY = date(2026, 6, 30)
EXPIRES = date(2026, 8, 1)
REVISION = NOW - 1_000_000
_HEAD = 'version = 1\nfrom = 2024-07-01\ncitation = "https://example.org/"\n'
RULES = f"""registry = "us-nv"
revision = 1
[[rule]]
id = "trainings"
kind = "training"
{_HEAD}[rule.effect]
outcome = "NEEDS_DOCUMENT"
documents = ["certificate"]
[rule.effect.with]
outcome = "FULL"
[[rule]]
id = "credentials"
kind = "credential"
{_HEAD}[rule.effect]
outcome = "FULL"
"""
DRAFT = RULES.replace("revision = 1", "revision = 2").replace("FULL", "DENIED")


class World:
    """Log, store and out folders of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log_url = f"sqlite:///{folder / 'log.sqlite'}"
        self.store_url = f"sqlite:///{folder / 'store.sqlite'}"
        self.log = SqliteEventLog(folder / "log.sqlite")
        self.store = bootstrap.open_store(self.store_url)
        self.keyring = MemoryKeyring()
        self.revision = NOW - 900_000
        put_in_force(self.store, small_model())
        self.lanes = Embedded(self.store, self.log, self.keyring, sync=self._sync)
        shared = (REFERENCE, CLAIMS, IDENTITY, RECIPROCITY)
        specs = [TopicSpec(name, 1) for name in shared]
        for each in REGISTRIES:
            specs += [TopicSpec(events_topic(each), 4), TopicSpec(inbox_topic(each), 1)]
        asyncio.run(self.log.create_topics(specs))
        self.feed(*self._people(), *_statements())

    async def _sync(self) -> int:
        connector = bootstrap.connector("csv_drop")
        return await sync_once(
            self.store, self.log, connector, self.folder / "out", DAY.isoformat()
        )

    def close(self) -> None:
        self.store.close()
        asyncio.run(self.log.close())

    def feed(self, *messages: Message) -> None:
        """Append, let every lane work it off, tell of the day, and fill the out folders."""

        async def work() -> None:
            for message in messages:
                await self.log.append([message])
            await self.lanes.until_idle()
            await asyncio.to_thread(
                tell_notices, self.store, Window(day=DAY), Bounds(at_least=2), -1
            )
            await self.lanes.until_idle()

        asyncio.run(work())

    def hub(self, *words: str | Path, expect: int = 0) -> Ran:
        """A command on this log and store."""
        ran = hub(*words, HUB_LOG=self.log_url, HUB_STORE=self.store_url)
        assert ran.code == expect, ran.out + ran.err
        return ran

    def hub_code(self, *words: str) -> int:
        """How a command ends."""
        return hub(*words, HUB_LOG=self.log_url, HUB_STORE=self.store_url).code

    def json_of(self, *words: str | Path) -> Any:
        return json.loads(self.hub(*words, "--json", "-").out)

    def _people(self) -> Iterator[Message]:
        for number, ids in WORKERS.items():
            for registry, person_id in zip(REGISTRIES, ids, strict=True):
                yield profile(self.keyring, Person(registry, person_id), [ssn_token(number)])
        pair = (Person(WISCONSIN, "P3"), Person(NEVADA, "N3"))
        yield from looking_alike(cast(SmallHub, self), *pair, 7)

    def agree(self, *, in_force: bool) -> None:
        """Wisconsin lets both learn of everything, and Nevada lets it ask about identity."""
        for sender, receiver in ((WISCONSIN, NEVADA), (WISCONSIN, DAKOTA), (NEVADA, WISCONSIN)):
            self.feed(_agreement(sender, receiver, in_force=in_force))

    def consents(self, *kinds: str) -> None:
        """The first worker lets both learn of what Wisconsin holds of these kinds."""
        self._consent(kinds, Change.STATED)

    def withdraws(self) -> None:
        self._consent((), Change.WITHDRAWN)

    def _consent(self, kinds: Sequence[str], change: Change) -> None:
        self.revision += 1
        worker = Person(WISCONSIN, "P1")
        head = {"revision": self.revision, "change": change}
        self.feed(*(consent(worker, to, *kinds, **head) for to in (NEVADA, DAKOTA)))

    def items(self, registry: str) -> dict[str, dict[str, Any]]:
        """The newest item of each subject in a registry's inbox."""
        return {subject: versions[-1] for subject, versions in self.history(registry).items()}

    def history(self, registry: str) -> dict[str, list[dict[str, Any]]]:
        """Every item that a registry was ever sent, by subject."""
        place = TopicPartition(inbox_topic(registry), 0)
        found: dict[str, list[dict[str, Any]]] = {}
        for record in asyncio.run(self.log.read(place, 0, 100_000)):
            envelope, body = read_event(record)
            found.setdefault(envelope.head.record_id, []).append(body)
        return found

    def rows(self, registry: str) -> list[dict[str, str]]:
        """The newest row of each subject in a registry's out folder."""
        path = self.folder / "out" / registry / "inbox.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            newest = {row["about"]: row for row in csv.DictReader(file)}
        return list(newest.values())


def _agreement(sender: str, receiver: str, *, in_force: bool) -> Message:
    """On every kind, identity too."""
    body = {
        "sender": sender,
        "receiver": receiver,
        "kinds": sorted(SHARED_KINDS),
        "in_force": in_force,
        "illustrative": True,
    }
    name = f"{sender}>{receiver}"
    head = head_for(Kind.SHARING_AGREEMENT, name, registry="alliance", person_id=None)
    return message_of(Kind.SHARING_AGREEMENT, head, body)


def _statements() -> Iterator[Message]:
    """Records, rules, what Dakota asks, what Nevada decided, and an appeal of each worker."""
    yield policy(NEVADA, RULES)
    for record_id, (kind, person_id) in RECORDS.items():
        if kind == "training":
            yield training(record_id, person_id=person_id)
        else:
            yield _credential(record_id, person_id)
            yield decision(
                NEVADA,
                (WISCONSIN, kind, record_id),
                "REFUSED",
                record_revision=REVISION,
                decided_on=DAY,
            )
    for wisconsin, _, dakota in WORKERS.values():
        yield request(Person(DAKOTA, dakota), NEVADA)
        number = wisconsin[1:]
        record = (WISCONSIN, "training", f"R{number}")
        yield appeal(Person(WISCONSIN, wisconsin), record, NEVADA)


def _credential(record_id: str, person_id: str) -> Message:
    body = body_for(
        Kind.CREDENTIAL,
        type="ChildDevelopmentAssociate",
        own_type="CDA",
        issued_on=date(2024, 8, 2),
        expires_on=EXPIRES,
        standing="AWARDED",
    )
    return event(Kind.CREDENTIAL, record_id, body, person_id=person_id)
