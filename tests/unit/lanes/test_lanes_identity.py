"""The identity lane: what is rolled back leaves no trace, and no damage of one stops the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from hub.adapters.keyring import MemoryKeyring
from hub.domain.events import Kind, Sealed
from hub.domain.log import LogRecord, Message
from hub.domain.rows import ClaimRow, Person
from hub.domain.topics import CLAIMS, IDENTITY
from hub.errors import FatalError, FencedError
from hub.lanes.identity import IdentityLane
from hub.ports import StoreTransaction
from hub.wire.codec import read_event
from tests.unit.lanes.lane_events import (
    NOW,
    SmallHub,
    body_for,
    head_for,
    message_of,
    profile,
    ssn_token,
)

PERSONS = [Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")]


class DiskFullError(Exception):
    """The database says no."""


class FailingStore:
    """A store whose claims cannot be written."""

    def __init__(self, store: Any) -> None:
        self._store = store

    @contextmanager
    def transaction(self) -> Iterator[StoreTransaction]:
        with self._store.transaction() as tx:
            tx.claims.put = self._refuse
            yield tx

    def _refuse(self, _rows: Sequence[ClaimRow]) -> None:
        raise DiskFullError

    def close(self) -> None:
        self._store.close()


async def claims_of(hub: SmallHub, *messages: Message) -> list[LogRecord]:
    """Fold profiles and put their claims on the log, without deciding them."""
    await hub.log.append(list(messages))
    without_identity = type(hub.lanes)(hub.store, hub.log, None)
    await without_identity.until_idle()
    return await hub.records(CLAIMS)


def links(hub: SmallHub) -> list[list[str]]:
    """Clusters as lists of person ids."""
    found: dict[str, list[str]] = {}
    for row in hub.rows("SELECT * FROM link WHERE version >= 0 ORDER BY person_id"):
        found.setdefault(row["national_id"], []).append(row["person_id"])
    return sorted(found.values())


def decisions(hub: SmallHub) -> list[tuple[str, bytes]]:
    rows = hub.rows(
        "SELECT subject, body FROM outbox WHERE topic = 'national.identity' ORDER BY seq"
    )
    return [(row["subject"], row["body"]) for row in rows]


async def test_a_rolled_back_batch_leaves_the_index_as_it_was(hub: SmallHub) -> None:
    keyring = hub.keyring
    run = await claims_of(hub, *(profile(keyring, p, [ssn_token(7)]) for p in PERSONS))
    lane = IdentityLane(keyring)
    lane.load(hub.store)
    lane.step(hub.store, run[:1])
    with pytest.raises(DiskFullError):
        lane.step(FailingStore(hub.store), run[1:])
    assert len(decisions(hub)) == 1

    lane.step(hub.store, run[1:])

    fresh = decisions(hub)
    assert len(fresh) == 3
    with hub.store.transaction() as tx:
        rows = tx.claims.after(-1, 10)
    assert len({row.national_id for row in rows}) == 1
    assert [row.claim_offset for row in rows] == [0, 1, 2]


async def test_a_lane_after_a_rollback_decides_as_one_that_loaded_anew(
    hub: SmallHub, tmp_path: Any
) -> None:
    keyring = hub.keyring
    messages = [profile(keyring, p, [ssn_token(7), ssn_token(n)]) for n, p in enumerate(PERSONS)]
    messages.append(profile(keyring, PERSONS[1], [ssn_token(1)], revision=NOW))
    for message in messages:
        run = await claims_of(hub, message)
    lane = IdentityLane(keyring)
    lane.load(hub.store)
    for failing in (run[:2], run):
        with pytest.raises(DiskFullError):
            lane.step(FailingStore(hub.store), failing)
    lane.step(hub.store, run)
    found = decisions(hub)

    (tmp_path / "second").mkdir()
    second = SmallHub(tmp_path / "second")
    loaded = IdentityLane(keyring)
    for each in run:
        loaded.load(second.store)
        loaded.step(second.store, [each])
    expected = decisions(second)
    second.store.close()
    assert found == expected
    assert len(found) == 4


async def test_a_fenced_batch_leaves_the_index_as_it_was(hub: SmallHub) -> None:
    run = await claims_of(hub, *(profile(hub.keyring, p, [ssn_token(7)]) for p in PERSONS))
    one, two = IdentityLane(hub.keyring), IdentityLane(hub.keyring)
    one.load(hub.store)
    two.load(hub.store)
    one.step(hub.store, run[:2])
    with pytest.raises(FencedError):
        two.step(hub.store, run[:1])
    two.load(hub.store)
    two.step(hub.store, run[2:])

    with hub.store.transaction() as tx:
        assert len({row.national_id for row in tx.claims.after(-1, 10)}) == 1


async def test_the_same_claims_again_decide_nothing(hub: SmallHub) -> None:
    await hub.feed(*(profile(hub.keyring, p, [ssn_token(7)]) for p in PERSONS))
    decided = len(await hub.records(IDENTITY))
    claim = (await hub.records(CLAIMS))[0]
    await hub.feed(Message(CLAIMS, claim.key, claim.value, claim.headers))

    assert len(await hub.records(IDENTITY)) == decided == 3
    assert links(hub) == [["D1", "N1", "P1"]]


async def test_a_damaged_claim_decides_nothing_and_stops_nobody(hub: SmallHub) -> None:
    await hub.feed(profile(hub.keyring, PERSONS[0], [ssn_token(7)]))
    claim = (await hub.records(CLAIMS))[0]
    damaged = claim.value[:-1] + bytes([claim.value[-1] ^ 1])
    await hub.feed(
        Message(CLAIMS, claim.key, damaged, claim.headers),
        profile(hub.keyring, PERSONS[1], [ssn_token(7)]),
    )

    assert links(hub) == [["N1", "P1"]]


async def test_a_broken_seal_links_nobody_and_stops_nobody(hub: SmallHub) -> None:
    """A registry's own client may send any bytes as its sealed part."""
    key = hub.keyring.keys_for("us-wi", ["P1"], mint=True)["P1"]
    body = body_for(Kind.PROFILE, status="ACTIVE")
    head = head_for(Kind.PROFILE, "P1")
    broken = message_of(Kind.PROFILE, head, body, sealed=Sealed(key.key_id, b"\x00" * 40))
    await hub.feed(
        broken,
        profile(hub.keyring, PERSONS[1], [ssn_token(7)]),
        profile(hub.keyring, PERSONS[2], [ssn_token(7)]),
    )
    assert links(hub) == [["D1", "N1"], ["P1"]]

    again = IdentityLane(hub.keyring)
    again.load(hub.store)
    await hub.feed(profile(hub.keyring, PERSONS[0], [ssn_token(7)], revision=NOW))
    assert links(hub) == [["D1", "N1", "P1"]]


async def test_a_key_that_the_keyring_lacks_stops_the_lane_before_it(hub: SmallHub) -> None:
    run = await claims_of(hub, *(profile(hub.keyring, p, [ssn_token(7)]) for p in PERSONS))
    lane = IdentityLane(MemoryKeyring())
    lane.load(hub.store)
    with pytest.raises(FatalError, match="no key") as caught:
        lane.step(hub.store, run)

    assert caught.value.setting == "HUB_KEYRING"
    assert decisions(hub) == []
    with hub.store.transaction() as tx:
        assert tx.positions.of("identity") == {}


async def test_a_decision_names_its_claim_and_holds_no_evidence(hub: SmallHub) -> None:
    for person in PERSONS[:2]:
        await hub.feed(profile(hub.keyring, person, [ssn_token(7)]))
    envelope, body = read_event((await hub.records(IDENTITY))[1])

    assert (body["claim_offset"], envelope.head.revision) == (1, 1)
    assert envelope.sealed is None
    assert [c["person_id"] for c in body["changes"]] == ["N1"]
    token = bytes(ssn_token(7))
    assert all(token not in record.value for record in await hub.records(IDENTITY))


async def test_a_rebuild_decides_as_before_and_sends_nothing_again(
    hub: SmallHub, tmp_path: Any
) -> None:
    await hub.feed(*(profile(hub.keyring, p, [ssn_token(7)]) for p in PERSONS))
    await hub.feed(profile(hub.keyring, PERSONS[0], [ssn_token(8)], revision=NOW))
    ends = await hub.log.ends()
    before = hub.rows("SELECT * FROM link ORDER BY registry, person_id")
    (tmp_path / "again").mkdir()
    again = SmallHub(tmp_path / "again")
    again.log, again.keyring = hub.log, hub.keyring
    again.lanes = type(hub.lanes)(again.store, hub.log, hub.keyring)
    await again.lanes.until_idle()

    assert again.rows("SELECT * FROM link ORDER BY registry, person_id") == before
    assert await hub.log.ends() == ends
    again.store.close()


async def test_a_rebuild_passes_over_a_damaged_event_of_its_own(
    hub: SmallHub, tmp_path: Any
) -> None:
    await hub.feed(*(profile(hub.keyring, p, [ssn_token(7)]) for p in PERSONS))
    sent = (await hub.records(IDENTITY))[0]
    await hub.log.append(
        [replace(Message(IDENTITY, sent.key, sent.value, sent.headers), value=b"?")]
    )
    (tmp_path / "again").mkdir()
    again = SmallHub(tmp_path / "again")
    lanes = type(hub.lanes)(again.store, hub.log, hub.keyring)
    await lanes.until_idle()

    assert links(again) == links(hub) == [["D1", "N1", "P1"]]
    again.store.close()
