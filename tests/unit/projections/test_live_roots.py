"""Roots that lanes keep live equal the scan of the rows, whatever was folded and in what order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.adapters.sql_scan import Scan, scan_store
from hub.adapters.sql_store import SqlStore
from hub.domain.events import Kind
from hub.domain.rows import Person, RecordRow
from hub.lanes.records import Batch, apply_batch
from hub.projections.roots import MATCHES, RECORDS, add_lanes, record_leaf, roots_of
from hub.wire.codec import encode_body
from tests.contract.store_rows import record
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    agreement,
    body_for,
    policy,
    profile,
    ssn_token,
    training,
)

KINDS = (Kind.TRAINING_COMPLETION, Kind.EMPLOYMENT, Kind.CREDENTIAL, Kind.SUBMISSION)
BODIES = {kind: encode_body(kind, body_for(kind)) for kind in KINDS}
PERSONS = st.sampled_from([None, "P1", "P2", "P3"])


@contextmanager
def empty_store(shard: int = 0) -> Iterator[SqlStore]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{Path(folder) / 'store.sqlite'}", shard=shard)
        store.create()
        yield store
        store.close()


@st.composite
def statements(draw: st.DrawFn) -> RecordRow:
    """One of few records, so that they meet: higher, lower, equal, moved, in conflict."""
    kind = draw(st.sampled_from(KINDS))
    body = BODIES[kind] + draw(st.sampled_from([b"", b"?"]))
    row = RecordRow(
        registry=draw(st.sampled_from(["us-wi", "us-nv"])),
        kind=int(kind),
        record_id=draw(st.sampled_from(["R1", "R2", "R3"])),
        person_id=draw(PERSONS),
        revision=draw(st.integers(0, 3)),
        encoding=draw(st.integers(0, 1)),
        change=draw(st.integers(0, 4)),
        digest=sha256(body).digest() * 2,
        leaf=b"",
        schema_id=0,
        body=body,
        sealed_key=None,
        sealed=None,
        partition=0,
        log_offset=0,
        received_ms=0,
        synthetic=True,
    )
    return row._replace(leaf=record_leaf(row))


@st.composite
def decisions(draw: st.DrawFn) -> dict[str, Any]:
    """Persons put into one of few clusters by a claim."""
    persons = draw(st.lists(st.sampled_from(["P1", "P2", "P3"]), min_size=1, unique=True))
    changes = [
        {
            "registry": draw(st.sampled_from(["us-wi", "us-nv"])),
            "person_id": person_id,
            "national_id": draw(st.sampled_from(["n-1", "n-2"])),
        }
        for person_id in persons
    ]
    return {"claim_offset": draw(st.integers(0, 9)), "changes": changes}


BATCHES = st.lists(
    st.builds(
        Batch,
        rows=st.lists(statements(), max_size=6),
        decisions=st.lists(decisions(), max_size=2),
    ),
    min_size=1,
    max_size=5,
)


def check_equal(scan: Scan) -> None:
    assert scan.differing == []
    assert roots_of(scan.kept) == roots_of(scan.scanned)


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES)
def test_roots_kept_live_equal_the_scan_after_every_batch(batches: list[Batch]) -> None:
    with empty_store() as store:
        for batch in batches:
            with store.transaction() as tx:
                apply_batch(tx, batch)
            check_equal(scan_store(store))


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES, data=st.data())
def test_roots_of_records_do_not_depend_on_order_repeats_or_shards(
    batches: list[Batch], data: st.DataObject
) -> None:
    rows = [row for batch in batches for row in batch.rows]
    shuffled = data.draw(st.permutations([*rows, *rows[:3]]))
    with empty_store() as store, empty_store(shard=3) as other:
        with store.transaction() as tx:
            apply_batch(tx, Batch(rows=rows))
        writers = (other, SqlStore(other.url, shard=4))
        for number, row in enumerate(shuffled):
            with writers[number % 2].transaction() as tx:
                apply_batch(tx, Batch(rows=[row]))
        writers[1].close()
        one, two = scan_store(store), scan_store(other)

    check_equal(two)
    assert one.records == two.records
    assert roots_of(one.kept) == roots_of(two.kept)


async def test_roots_of_matches_follow_answers_that_come_change_and_go(tmp_path: Path) -> None:
    text = """
registry = "us-nv"
revision = {0}
[[rule]]
id = "any"
version = {0}
kind = "training"
from = 2024-07-01
citation = "https://example.org/"
[rule.effect]
outcome = "FULL"
"""
    hub = await SmallHub(tmp_path).start()
    wisconsin, nevada = Person("us-wi", "P1"), Person("us-nv", "N1")
    steps = (
        [policy("us-nv", text.format(1)), agreement("us-wi", "us-nv")],
        [profile(hub.keyring, person, [ssn_token(1)]) for person in (wisconsin, nevada)],
        [training("R1"), training("R2")],
        [policy("us-nv", text.format(2), 2)],
        [training("R1", person_id="P9", revision=NOW)],
        [profile(hub.keyring, nevada, [ssn_token(2)], revision=NOW)],
    )
    seen = []
    for messages in steps:
        await hub.feed(*messages)
        scan = scan_store(hub.store)
        check_equal(scan)
        seen.append((scan.matches, add_lanes(scan.kept.get(MATCHES, b""), b"")))
    hub.store.close()

    assert [count for count, _ in seen] == [0, 0, 2, 2, 1, 0]
    assert len({lanes for _, lanes in seen}) == 4
    assert seen[0] == seen[-1]


def test_a_row_that_somebody_else_changed_shows_in_the_scan() -> None:
    row = record("R1")
    with empty_store() as store:
        with store.transaction() as tx:
            apply_batch(tx, Batch(rows=[row._replace(leaf=record_leaf(row))]))
        check_equal(scan_store(store))
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE record SET person_id = 'P2'")

        assert scan_store(store).differing == [RECORDS]
