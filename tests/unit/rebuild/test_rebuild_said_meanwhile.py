"""What consumers are told during a rebuild: nothing wrong is left standing, nothing is missed."""

from __future__ import annotations

import asyncio

import pytest

from hub.adapters.sql_scan import scan_store
from hub.domain.events import Kind
from hub.domain.log import Message
from hub.domain.rows import OutboxRow
from hub.domain.topics import RECIPROCITY
from hub.lanes.relay import message_of
from hub.projections.matches import outbox_digest
from hub.rebuild.run import Rebuild
from hub.wire.codec import decode_body, encode_body, read_event
from hub.wire.schemas import load_schemas
from tests.unit.lanes.lane_events import NOW, SmallHub, agreement, profile, ssn_token, training
from tests.unit.rebuild.rebuild_hub import (
    NEVADA,
    derived,
    linked,
    lose_store,
    newest,
    rebuild,
    run_sql,
)

R2 = "match|us-wi|training_completion|R2|us-nv"


def wrong_answer(hub: SmallHub) -> Message:
    """An event on the answer to R2 that no fold of this log would send."""
    row = hub.rows("SELECT body FROM match WHERE record_id = 'R2'")[0]
    schema_id = load_schemas().of(Kind.RECIPROCITY_MATCH).schema_id
    body = decode_body(schema_id, row["body"])
    for interval in body["intervals"]:
        interval["outcome"] = "DENIED"
    data = encode_body(Kind.RECIPROCITY_MATCH, body)
    return message_of(
        OutboxRow(
            seq=0,
            topic=RECIPROCITY,
            key="us-wi|R2",
            kind=int(Kind.RECIPROCITY_MATCH),
            subject=R2,
            version=2,
            body=data,
            digest=outbox_digest(data),
            synthetic=True,
            sealed_key=None,
            sealed=None,
            recorded_at=1,
        )
    )


async def test_a_wrong_answer_sent_during_the_rebuild_is_followed_by_the_right_one(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked(hub)
    right = newest(await derived(hub))[R2]
    wrong = wrong_answer(hub)
    loop = asyncio.get_running_loop()

    def say_it(_rebuild: Rebuild) -> None:
        asyncio.run_coroutine_threadsafe(hub.log.append([wrong]), loop).result()

    monkeypatch.setattr(Rebuild, "_scan_live", say_it)

    report = await rebuild(hub)
    await hub.lanes.until_idle()

    assert report.is_well
    assert report.to_send == 1
    records = await hub.records(RECIPROCITY)
    assert newest(records[:-1])[R2] != right
    assert newest(records)[R2] == right
    assert scan_store(hub.store).differing == []


async def test_an_answer_of_ours_goes_out_above_a_wrong_one_sent_meanwhile(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right one waited in a lost outbox; both would be version 2."""
    await linked(hub)
    await hub.log.append([training("R2", hours="9", revision=NOW - 10)])
    await hub.lanes.fold()
    await hub.lanes.derive()
    wrong = wrong_answer(hub)
    lose_store(hub)
    loop = asyncio.get_running_loop()

    def say_it(_rebuild: Rebuild) -> None:
        asyncio.run_coroutine_threadsafe(hub.log.append([wrong]), loop).result()

    monkeypatch.setattr(Rebuild, "_scan_live", say_it)

    await rebuild(hub)
    await hub.lanes.until_idle()

    events = [read_event(record) for record in await hub.records(RECIPROCITY)]
    versions = [e.head.revision for e, _ in events if e.head.record_id == R2]
    assert versions == [1, 2, 3]
    right = hub.rows("SELECT body FROM match WHERE record_id = 'R2'")[0]["body"]
    assert newest(await derived(hub))[R2] == right


async def test_what_changed_and_changed_back_during_the_rebuild_is_said(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agreement ended, which was told, and came again, which waits: the generation, derived
    before and after it, never saw a change."""
    await linked(hub)
    before = newest(await derived(hub))
    loop = asyncio.get_running_loop()

    async def end_and_begin_again() -> None:
        await hub.feed(agreement("us-wi", "us-nv", in_force=False))
        await hub.log.append([agreement("us-wi", "us-nv")])
        await hub.lanes.fold()
        await hub.lanes.derive()

    def meanwhile(_rebuild: Rebuild) -> None:
        asyncio.run_coroutine_threadsafe(end_and_begin_again(), loop).result()

    monkeypatch.setattr(Rebuild, "_scan_live", meanwhile)

    report = await rebuild(hub)
    told = newest(await derived(hub))
    await hub.lanes.until_idle()

    assert report.is_well
    assert report.to_send > 0
    assert told != before
    assert newest(await derived(hub)) == before


async def test_a_withdrawal_that_waits_in_the_live_outbox_is_kept(hub: SmallHub) -> None:
    await linked(hub)
    await hub.log.append([profile(hub.keyring, NEVADA, [ssn_token(2)], revision=NOW - 10)])
    await hub.lanes.fold()
    await hub.lanes.derive()
    columns = "SELECT subject, version, digest FROM outbox ORDER BY subject"
    waiting = hub.rows(columns)

    report = await rebuild(hub)

    assert report.is_well
    assert len(waiting) > 3
    assert hub.rows(columns) == waiting


async def test_an_answer_that_does_not_stand_is_taken_back(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a record that the log does not hold."""
    await linked(hub)
    run_sql(hub.store, "UPDATE match SET record_id = 'R9' WHERE record_id = 'R2'")
    row = hub.rows("SELECT body FROM match WHERE record_id = 'R9'")[0]
    schema_id = load_schemas().of(Kind.RECIPROCITY_MATCH).schema_id
    data = encode_body(
        Kind.RECIPROCITY_MATCH, {**decode_body(schema_id, row["body"]), "record_id": "R9"}
    )
    subject = R2.replace("R2", "R9")
    values = {"subject": subject, "body": data, "digest": outbox_digest(data)}
    run_sql(
        hub.store,
        "INSERT INTO outbox (topic, key, kind, subject, version, body, digest, synthetic,"
        f" recorded_at, claimed_until) VALUES ('{RECIPROCITY}', 'us-wi|R9',"
        f" {int(Kind.RECIPROCITY_MATCH)}, :subject, 1, :body, :digest, true, 1, 0)",
        **values,
    )
    await hub.lanes.relay()

    await rebuild(hub, replace=True)
    await hub.lanes.until_idle()

    last = (await hub.records(RECIPROCITY))[-1]
    assert newest([last])[subject] != data
    assert decode_body(schema_id, newest([last])[subject])["withdrawn"]
