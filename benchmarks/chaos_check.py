"""What must be true after the chaos: the store equals a plain fold, the outbox's effects are whole.

Two folds are compared with: one over the whole log with its recorded decisions, and one over what
others than the hub wrote, decided anew in one process.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub import bootstrap
from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sql_reads import read_state, rows_of
from hub.adapters.sql_store import SqlStore
from hub.audit.replay import cut_at_end, first_difference, replay
from hub.domain.log import LogRecord, Message, TopicSpec
from hub.domain.rows import PublishedRow
from hub.domain.topics import is_derived
from hub.embedded import Embedded
from hub.lanes.relay import published_by
from hub.ports import EventLog, Keyring
from hub.wire.codec import open_envelope

READ_MAX = 5_000
SUBJECTS_MAX = 5_000
TABLES = ("record", "link", "match", "counter")


@dataclass(slots=True)
class Findings:
    """Differences, each a sentence, and figures."""

    differences: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.differences.append(otherwise)


async def compare_with_folds(
    store: SqlStore, log: EventLog, keyring: Keyring, folder: Path, findings: Findings
) -> None:
    """Roots and tables of the live store with those of both folds."""
    live = read_state(store, bootstrap.NO_DAY)
    findings.figures["state_root"] = live.state_root
    findings.figures["state_root_canonical"] = live.state_root_canonical
    findings.figures["links"] = len(live.links)
    findings.expect(live.touches_pending == 0, f"{live.touches_pending} touches pend")
    findings.expect(live.outbox_pending == 0, f"{live.outbox_pending} outbox rows pend")
    other = bootstrap.open_store(f"sqlite:///{folder / 'fold.sqlite'}")
    try:
        await replay(log, other, await cut_at_end(log), lambda _done, _total: None)
        folded = read_state(other, bootstrap.NO_DAY)
        for name in ("state_root", "state_root_canonical"):
            here, there = getattr(live, name), getattr(folded, name)
            findings.expect(here == there, f"{name} {here} is not the fold's {there}")
        for table in TABLES:
            found = first_difference(rows_of(other, table), rows_of(store, table))
            findings.expect(found is None, f"{table}: fold and store differ: {str(found)[:400]}")
        findings.expect(folded.rejected == live.rejected, "rejected events differ")
    finally:
        other.close()
    await _compare_with_inputs(live.state_root_canonical, log, keyring, folder, findings)


async def _compare_with_inputs(
    canonical: str, log: EventLog, keyring: Keyring, folder: Path, findings: Findings
) -> None:
    inputs = MemoryEventLog()
    topics = await log.topics()
    await inputs.create_topics([TopicSpec(name, count) for name, count in sorted(topics.items())])
    async for record in _records(log):
        if not is_derived(record.topic):
            message = Message(record.topic, record.key, record.value, record.headers)
            await inputs.append([message])
    other = bootstrap.open_store(f"sqlite:///{folder / 'inputs.sqlite'}")
    try:
        await Embedded(other, inputs, keyring).until_idle()
        found = read_state(other, bootstrap.NO_DAY).state_root_canonical
    finally:
        other.close()
    findings.expect(
        canonical == found, f"state_root_canonical {canonical} is not that of the inputs, {found}"
    )


async def check_outbox(store: SqlStore, log: EventLog, findings: Findings) -> None:
    """Every subject's last version on the log is what the store says; equal ids, equal bytes."""
    last: dict[str, PublishedRow] = {}
    bodies: dict[str, bytes] = {}
    repeats = two_bodies = 0
    async for record in _records(log):
        if not is_derived(record.topic):
            continue
        event_id = open_envelope(record).head.event_id
        digest = hashlib.sha256(record.value).digest()
        held = bodies.setdefault(event_id, digest)
        repeats += held is not digest
        two_bodies += held != digest
        row = published_by(record)
        if row is not None and _order(row) >= _order(last.get(row.subject, row)):
            last[row.subject] = row
    findings.figures |= {"derived_events": len(bodies), "derived_repeats": repeats}
    findings.expect(two_bodies == 0, f"{two_bodies} event ids stand with two bodies")
    _compare_subjects(store, last, findings)


def _order(row: PublishedRow) -> tuple[bytes, int]:
    """Claims and decisions are ordered by what they were made from, others by their version."""
    return (row.order or b"", 0 if row.order else row.version)


def _compare_subjects(store: SqlStore, last: dict[str, PublishedRow], findings: Findings) -> None:
    subjects = sorted(last)
    wrong: list[str] = []
    for start in range(0, len(subjects), SUBJECTS_MAX):
        chunk = subjects[start : start + SUBJECTS_MAX]
        with store.transaction() as tx:
            said = tx.outbox.published(chunk)
        for subject in chunk:
            row = said.get(subject)
            there = last[subject]
            if row is None or (*_order(row), row.digest) != (*_order(there), there.digest):
                wrong.append(subject)
    with store.reading() as sql:
        stored = int(sql.rows("SELECT count(*) AS n FROM published")[0]["n"])
    findings.figures["subjects"] = len(subjects)
    findings.expect(not wrong, f"{len(wrong)} subjects are not as the store says: {wrong[:3]}")
    findings.expect(
        stored == len(subjects), f"the store knows {stored} subjects, the log {len(subjects)}"
    )


def check_delivered(folder: Path, findings: Findings) -> None:
    """No row stands twice in a registry's out folder."""
    rows: Counter[tuple[str, str]] = Counter()
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows.update((path.parent.name, row["event_id"]) for row in csv.DictReader(lines))
    twice = sum(count > 1 for count in rows.values())
    findings.figures["delivered_rows"] = len(rows)
    findings.expect(twice == 0, f"{twice} rows were delivered twice")


async def _records(log: EventLog) -> AsyncIterator[LogRecord]:
    for place, end in sorted((await log.ends()).items()):
        offset = 0
        while offset < end:
            run = await log.read(place, offset, READ_MAX)
            for record in run:
                yield record
            offset = run[-1].offset + 1
