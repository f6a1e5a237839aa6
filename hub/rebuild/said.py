"""What consumers have been told, against what a generation would tell them.

The hub's own topics are read whole before anything is folded, and followed afterwards, since live
relays go on sending. A subject of which both say the same is settled: nothing of it is sent again.
Whatever differs stays open until the live store is held still; then it goes out with a version
above all that was ever given to it, and nothing that was told and holds no longer is left standing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from itertools import islice

from hub.adapters import sql_said
from hub.adapters.sql_generation import Generation
from hub.adapters.sql_store import SqlTransaction
from hub.adapters.sql_support import Sql
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import (
    PERSON_TOUCH,
    PRIORITY_REBUILD,
    RECORD_TOUCH,
    OutboxItem,
    OutboxRow,
    PublishedRow,
    TouchKey,
)
from hub.domain.topics import is_derived
from hub.lanes.records import person_touch, record_touch
from hub.lanes.relay import published_by
from hub.ports import EventLog
from hub.projections.exchange_items import Named, named_by
from hub.rebuild.reading import read
from hub.rebuild.told import Told, newest_on_log, subject_of, withdrawal

READ_MAX = 10_000
CHUNK = 2_000
PRIMED_NOTE = "primed"
_INBOX = "inbox|"
_LINK = f"{_INBOX}link|"
Tell = Callable[[int], None]


class Said:
    """Follows the hub's own topics on behalf of one generation."""

    def __init__(self, generation: Generation, log: EventLog) -> None:
        self._generation = generation
        self._log = log
        self._read: dict[TopicPartition, int] = {}
        self._open: dict[str, Told] = {}
        """Of which the generation says something else, so far."""
        self._orphans: dict[str, Told] = {}
        """Answers that consumers have and the generation does not hold."""

    async def to_prime(self) -> int:
        """How many events there are to be primed with."""
        with self._generation.working() as (tx, _):
            self._read = _places(tx.note(PRIMED_NOTE))
        ends = await self._log.ends()
        return sum(
            end - self._read.get(place, 0) for place, end in ends.items() if is_derived(place.topic)
        )

    async def prime(self, tell: Tell) -> None:
        """Learn what was published before anything is folded; goes on where it was cut off."""
        async for records in self._tail():
            await asyncio.to_thread(self._prime, records)
            tell(len(records))

    def _prime(self, records: Sequence[LogRecord]) -> None:
        rows = [row for row in map(published_by, records) if row is not None]
        with self._generation.working() as (tx, _):
            tx.outbox.prime(rows)
            tx.set_note(PRIMED_NOTE, _text(self._read))

    async def follow(self) -> int:
        """Read what was sent meanwhile, and settle what the generation says, too. Answers how many
        events there were."""
        count = 0
        async for records in self._tail():
            await asyncio.to_thread(self._settle, records)
            count += len(records)
        return count

    def _settle(self, records: Sequence[LogRecord]) -> None:
        told = list(newest_on_log(records).values())
        with self._generation.working() as (tx, sql):
            equal, other = _compared(tx, sql, told)
            sql_said.settle(sql, [each.row for each in equal])
        for each in equal:
            self._open.pop(each.row.subject, None)
        self._open |= {each.row.subject: each for each in other}

    async def _tail(self) -> AsyncIterator[list[LogRecord]]:
        for place, end in sorted((await self._log.ends()).items()):
            if not is_derived(place.topic):
                continue
            offset = self._read.get(place, 0)
            while offset < end:
                records = await read(self._log, place, offset, min(READ_MAX, end - offset))
                if not records:
                    break
                offset = records[-1].offset + 1
                self._read[place] = offset
                yield records

    async def find_orphans(self) -> int:
        """Find what consumers were told and the generation does not hold: answers whose records,
        links or policies are gone. Answers how many there are."""
        wanted = await asyncio.to_thread(self._orphaned)
        if not wanted:
            return 0
        for place, end in sorted(self._read.items()):
            offset = 0
            while offset < end:
                records = await read(self._log, place, offset, min(READ_MAX, end - offset))
                if not records:
                    break
                offset = records[-1].offset + 1
                mentioned = [record for record in records if subject_of(record) in wanted]
                for name, each in newest_on_log(mentioned).items():
                    if each.row.digest == wanted[name].digest and withdrawal(each) is not None:
                        self._orphans[name] = each
        return len(self._orphans)

    def _orphaned(self) -> dict[str, PublishedRow]:
        with self._generation.working() as (_, sql):
            return sql_said.orphans(sql)

    def resolve(self, live_outbox: Iterable[OutboxRow]) -> list[int]:
        """Settle every open subject, and what waits in the live outbox (the newest row of each
        subject), for a generation that stands at the same cut; what must be derived again for it is
        touched. Answers the live outbox rows that are still to be sent."""
        kept: list[int] = []
        for told in _chunks(map(self._newer, live_outbox)):
            kept += self._resolve(told)
        for told in _chunks(list(self._open.values())):
            kept += self._resolve(told)
        self._open = {}
        for told in _chunks(self._orphans.values()):
            with self._generation.working() as (tx, sql):
                _withdraw(tx, sql, told)
        return kept

    def _newer(self, row: OutboxRow) -> Told:
        """What waits, or what the log says of its subject, where that is as new."""
        waits = Told(PublishedRow(row.subject, row.version, row.digest, None), row)
        said = self._open.pop(row.subject, None)
        return said if said is not None and said.row.version >= row.version else waits

    def _resolve(self, told: Sequence[Told]) -> list[int]:
        with self._generation.working() as (tx, sql):
            equal, other = _compared(tx, sql, told)
            sql_said.settle(sql, [each.row for each in equal])
            waiting = sql_said.waiting(sql, [each.row.subject for each in other])
            above = [each.row for each in other if each.row.subject in waiting]
            sql_said.send_above(sql, [(row.subject, row.version) for row in above])
            silent = [each for each in other if each.row.subject not in waiting]
            sql_said.set_published(sql, [each.row for each in silent])
            wanted = [*equal, *_say_again(tx, sql, silent)]
        return [each.event.seq for each in wanted if isinstance(each.event, OutboxRow)]


def _compared(tx: SqlTransaction, sql: Sql, told: Sequence[Told]) -> tuple[list[Told], list[Told]]:
    """Those of which the generation says the same, and those of which it says something else;
    what is older than what is known already is in neither."""
    names = [each.row.subject for each in told]
    held = tx.outbox.published(names)
    waiting = sql_said.waiting(sql, names)
    equal: list[Told] = []
    other: list[Told] = []
    for each in told:
        ours, row = held.get(each.row.subject), each.row
        if row.order is not None or (ours is not None and ours.order is not None):
            if ours is not None and _is_given_and_said(ours, row):
                equal.append(each._replace(row=row._replace(order=row.order or ours.order)))
        elif ours is not None and row.version <= ours.version - waiting.get(row.subject, 0):
            continue  # Each waiting row went one version up from what was known.
        elif ours is not None and ours.digest == row.digest:
            equal.append(each)
        else:
            other.append(each)
    return equal, other


def _is_given_and_said(ours: PublishedRow, told: PublishedRow) -> bool:
    """Whether consumers have this claim or decision, or a later one. Of two the later one stands by
    its own order, so a generation that says another needs no greater version."""
    if told.order is None:
        return told.digest == ours.digest
    return ours.order is not None and told.order >= ours.order


def _say_again(tx: SqlTransaction, sql: Sql, told: Sequence[Told]) -> list[Told]:
    """Consumers have another answer than the one that stands, or one where none stands. Answers
    what says so itself, and what no generation says again: notices."""
    touches: dict[TouchKey, int] = {}
    gone: list[OutboxItem] = []
    wanted: list[Told] = []
    for each in told:
        name = each.row.subject
        match = sql_said.match_key(name)
        named = named_by(name.removeprefix(_INBOX))
        if named is not None:
            touches |= _touched_by(sql, named)
        elif name.startswith(_LINK):
            touches[TouchKey(PERSON_TOUCH, name.removeprefix(_LINK))] = PRIORITY_REBUILD
        elif match is not None and sql_said.forget_basis(sql, *match):
            registry, kind, record_id = match[0]
            touches[TouchKey(RECORD_TOUCH, f"{registry}|{kind}|{record_id}")] = PRIORITY_REBUILD
        elif (item := withdrawal(each)) is not None:
            gone.append(item)
        else:
            wanted.append(each)
    tx.outbox.publish(gone)
    tx.touches.add(touches)
    return wanted


def _touched_by(sql: Sql, named: Named) -> dict[TouchKey, int]:
    """Whom to look at again for an item about a request, a decision or an appeal: deriving says
    what stands, and takes back what does not."""
    wanted = {}
    if named.record is not None:
        sql_said.forget_basis(sql, named.record, named.receiver)
        wanted[record_touch(named.record)] = PRIORITY_REBUILD
    if named.asker is not None:
        wanted[person_touch(named.asker)] = PRIORITY_REBUILD
    return wanted


def _withdraw(tx: SqlTransaction, sql: Sql, told: Sequence[Told]) -> None:
    """Take back what still does not stand."""
    names = [each.row.subject for each in told]
    held, standing = tx.outbox.published(names), sql_said.standing(sql, names)
    items = [
        withdrawal(each)
        for each in told
        if each.row.subject not in standing and held[each.row.subject].digest == each.row.digest
    ]
    tx.outbox.publish([item for item in items if item is not None])


def _chunks(told: Iterable[Told]) -> Iterable[list[Told]]:
    rest = iter(told)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _places(text: str | None) -> dict[TopicPartition, int]:
    return {TopicPartition(t, p): offset for t, p, offset in json.loads(text or "[]")}


def _text(places: Mapping[TopicPartition, int]) -> str:
    return json.dumps([[p.topic, p.partition, offset] for p, offset in sorted(places.items())])
