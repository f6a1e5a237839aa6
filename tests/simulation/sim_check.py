"""What must hold when a run has come to rest: the store and the topics say what a plain fold says.

The plain fold reads the final log once, partition after partition, into a store with one writer,
derives at the end and decides every claim again. It shares the lanes with the run and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.domain.events import FORWARDED_KINDS, Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import OutboxRow, PublishedRow
from hub.domain.topics import CLAIMS, is_derived, is_folded
from hub.errors import LogDivergedError
from hub.lanes import identity as identity_lane
from hub.lanes import records as records_lane
from hub.lanes.derive import derive_once
from hub.lanes.relay import published_by
from hub.projections.roots import (
    LINKS,
    LINKS_CANONICAL,
    MATCHES,
    RECORDS,
    Accumulator,
    add_lanes,
    change_of,
    link_leaves,
    match_leaf,
    record_leaf,
    roots_of,
)
from hub.wire.codec import decode_body, read_event
from hub.wire.leaf import leaf_of
from hub.wire.schemas import load_schemas
from tests.simulation.sim_database import Database
from tests.simulation.sim_facts import PLACEHOLDER
from tests.simulation.sim_log import SimLog
from tests.simulation.sim_policies import Script
from tests.simulation.sim_scheduler import Scheduler
from tests.simulation.sim_store import SimStore
from tests.simulation.sim_universe import FixedKeyring
from tests.simulation.sim_world import World

ROWS = (
    *("position", "record", "link", "reference", "match", "rejected"),
    *("claim", "identity_pair", "identity_answer", "identity_input", "identity_recorded"),
)


def differences(world: World) -> list[str]:
    """What is not as it must be, in words; nothing where all is well."""
    error = world.stopped_by()
    diverged = sorted(_diverged(world))
    if error is not None:
        expected = isinstance(error, LogDivergedError) and bool(diverged)
        return [] if expected else [f"a worker stopped: {error}"]
    if diverged:
        return [
            f"the log lost what was folded from {each}, and nobody noticed" for each in diverged
        ]
    found = [f"{place} is not read to its end" for place in world.behind()]
    found += [f"{name} is not empty" for name in ("touch", "outbox") if world.database.rows[name]]
    return found + differences_at_rest(world.database, world.log)


def differences_at_rest(
    database: Database, log: SimLog, plain: Database | None = None
) -> list[str]:
    """What is not as a plain fold has it, once nothing is left to do."""
    plain = plain or plain_fold(log)
    return [
        *_rows_that_differ(database, plain),
        *_sums_that_differ(database, plain),
        *_roots_that_differ(database, plain),
        *_links_undecided(database),
        *topics_that_differ(log, database.rows["published"], plain),
    ]


def _diverged(world: World) -> Iterator[TopicPartition]:
    """Partitions whose record before a position is absent or another one."""
    for (_, place), (offset, leaf) in world.database.rows["position"].items():
        if offset:
            before = world.log.records(place)[offset - 1 : offset]
            if not before or leaf_of(before[0]) != leaf:
                yield place


def plain_fold(log: SimLog) -> Database:
    """The log read once."""
    database = Database(Scheduler(Script([])), single_writer=True)
    store = SimStore(database)
    for place in sorted(log.places()):
        records = log.records(place)
        if records and is_folded(place.topic):
            batch = records_lane.open_batch([records])
            if batch.moves:
                with store.transaction() as tx:
                    records_lane.apply_batch(tx, batch)
    while derive_once(store):
        pass
    claims = log.records(TopicPartition(CLAIMS, 0))
    if claims:
        identity = identity_lane.IdentityLane(FixedKeyring())
        identity.load(store)
        identity.step(store, claims)
    return database


def _standing(database: Database, table: str) -> dict[Any, Any]:
    return {k: row for k, row in database.rows[table].items() if row is not PLACEHOLDER}


def _rows_that_differ(live: Database, plain: Database) -> list[str]:
    found = []
    for table in ROWS:
        here, there = _standing(live, table), _standing(plain, table)
        for key in sorted(here.keys() | there.keys(), key=repr):
            if here.get(key) != there.get(key):
                found.append(
                    f"{table} {key}: {here.get(key)} where a plain fold has {there.get(key)}"
                )
    return found


def _sums(database: Database) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for (*key, _), value in database.rows["counter"].items():
        sums[tuple(key)] = sums.get(tuple(key), 0) + value
    return {key: value for key, value in sums.items() if value}


def _sums_that_differ(live: Database, plain: Database) -> list[str]:
    here, there = _sums(live), _sums(plain)
    return [
        f"sum {key}: {here.get(key, 0)} where a plain fold has {there.get(key, 0)}"
        for key in sorted(here.keys() | there.keys())
        if here.get(key) != there.get(key)
    ]


def scanned(database: Database) -> dict[str, bytes]:
    """The lanes of every root, from the rows themselves."""
    records = _standing(database, "record").values()
    matches = _standing(database, "match").values()
    links = link_leaves(_standing(database, "link").values())
    leaves = {
        RECORDS: [record_leaf(row) for row in records if row.kind != Kind.SUBMISSION],
        MATCHES: [match_leaf(*row.key, row.body) for row in matches],
        LINKS: links[0],
        LINKS_CANONICAL: links[1],
    }
    return {name: change_of(each, ()) for name, each in leaves.items()}


def kept(database: Database) -> dict[str, bytes]:
    """The lanes of every root, as they were kept live."""
    sums = dict.fromkeys((RECORDS, MATCHES, LINKS, LINKS_CANONICAL), Accumulator().lanes())
    for (name, _), lanes in database.rows["root"].items():
        sums[name] = add_lanes(sums[name], lanes)
    return sums


def _roots_that_differ(live: Database, plain: Database) -> list[str]:
    here, there = scanned(live), scanned(plain)
    found = [
        f"root of {name}: kept live it is not what a scan gives"
        for name, lanes in kept(live).items()
        if lanes != here[name]
    ]
    if roots_of(here) != roots_of(there):
        found.append(f"state roots {roots_of(here)} where a plain fold has {roots_of(there)}")
    return found


def _links_undecided(live: Database) -> list[str]:
    """Every claim was decided, and its decision came back as a link."""
    links = {person: row.national_id for person, row in _standing(live, "link").items()}
    return [
        f"link of {person}: {links.get(person)} where the identity lane decided {claim.national_id}"
        for person, claim in live.rows["claim"].items()
        if links.get(person) != claim.national_id
    ]


def topics_that_differ(
    log: SimLog, queued: dict[str, PublishedRow], plain: Database
) -> Iterator[str]:
    """What consumers have is what was queued, no more and no less, and says what stands."""
    said: dict[str, dict[int | bytes, PublishedRow]] = {}
    values: dict[str, bytes] = {}
    newest: dict[str, tuple[tuple[bytes, int], bytes, LogRecord]] = {}
    for place in sorted(p for p in log.places() if is_derived(p.topic)):
        for record in log.records(place):
            row = published_by(record)
            assert row is not None
            event_id = dict(record.headers)["ce_id"].decode()
            # A publisher may state and withdraw one content: that is outside the id.
            if row.subject.startswith("forwarded|"):
                event_id = f"{event_id} {row.order!r}"
            if values.setdefault(event_id, record.value) != record.value:
                yield f"event id {event_id} has two bodies, the second at {place}/{record.offset}"
            place_in_order = row.version if row.order is None else row.order
            same = said.setdefault(row.subject, {}).setdefault(place_in_order, row)
            if same.digest != row.digest and row.order is None:
                yield f"version {row.version} of {row.subject} says two things"
            rank = (row.order or b"", row.version)
            if row.subject not in newest or newest[row.subject][0] < rank:
                newest[row.subject] = (rank, row.digest, record)
    for subject in sorted(queued.keys() | said.keys()):
        yield from _said_wrongly(subject, queued.get(subject), said.get(subject, {}))
    yield from _meanings_that_differ(newest, plain)


def _said_wrongly(
    subject: str, queued: PublishedRow | None, said: dict[int | bytes, PublishedRow]
) -> Iterator[str]:
    if queued is None:
        yield f"{subject} was published and never queued"
    elif queued.order is not None:
        if queued.order not in said:
            yield f"the newest of {subject} never reached the log"
    elif set(said) != set(range(1, queued.version + 1)):
        yield f"{subject} has versions {list(said)} on the log, {queued.version} were queued"
    elif said[queued.version].digest != queued.digest:
        yield f"the newest of {subject} on the log is not what was queued last"


def _meanings_that_differ(
    newest: dict[str, tuple[tuple[bytes, int], bytes, LogRecord]], plain: Database
) -> Iterator[str]:
    """A plain fold never said what was taken back later, so what it has not must be withdrawn."""
    wanted: dict[str, OutboxRow] = {}
    for seq in sorted(plain.rows["outbox"]):
        row = plain.rows["outbox"][seq].row
        wanted[row.subject] = row
    for subject in sorted(newest.keys() | wanted.keys()):
        if subject.startswith("inbox|conflict|"):
            continue  # Told when it is met: two statements under a higher one are not looked at.
        row = wanted.get(subject)
        taken_back = subject not in newest or _is_withdrawn(newest[subject][2])
        if row is None or _says_withdrawn(row):
            if not taken_back:
                yield f"{subject} still stands on the log; a plain fold does not say it"
        elif subject not in newest:
            yield f"{subject} is not on the log; a plain fold says it"
        elif newest[subject][1] != row.digest:
            yield f"{subject} says something else on the log than a plain fold"


def _is_withdrawn(record: LogRecord) -> bool:
    return bool(read_event(record)[1].get("withdrawn"))


def _says_withdrawn(row: OutboxRow) -> bool:
    if row.kind in FORWARDED_KINDS:
        return False
    schema_id = load_schemas().of(Kind(row.kind)).schema_id
    return bool(decode_body(schema_id, row.body).get("withdrawn"))
