"""The relay sends at least once with equal ids, and forgets only what the log has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hub.bootstrap import seed_text, seed_texts
from hub.domain.events import Change, Kind
from hub.domain.log import Appended, Message
from hub.domain.rows import Person, PublishedRow
from hub.domain.topics import CLAIMS, REFERENCE
from hub.errors import RetryableError
from hub.intake.reference import model_entry, publish_reference
from hub.lanes.relay import LEASE_MS, lease, message_of, prime_published, published_by, relay_once
from hub.wire.codec import read_event
from tests.unit.lanes.lane_events import NOW, SmallHub, agreement, policy, profile, training


class LosingAnswers:
    """A log that appends and then does not answer, the first time."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self.lost = 0

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        found: list[Appended] = await self._log.append(messages)
        if not self.lost:
            self.lost = len(messages)
            raise RetryableError("no answer from the log")
        return found


async def folded(hub: SmallHub) -> None:
    """Two claims and a rejection wait in the outbox."""
    hub.now_ms += 1
    await hub.log.append(
        [
            profile(hub.keyring, Person("us-wi", "P1")),
            profile(hub.keyring, Person("us-wi", "P2")),
            training(key="P9"),
        ]
    )
    await type(hub.lanes)(hub.store, hub.log, None).fold_registries(lambda _done, _total: None)


async def test_what_is_sent_twice_has_equal_ids_and_bytes(hub: SmallHub) -> None:
    await folded(hub)
    losing = LosingAnswers(hub.log)
    with pytest.raises(RetryableError):
        await relay_once(hub.store, losing)  # type: ignore[arg-type]
    with hub.store.transaction() as tx:
        assert tx.outbox.pending() == losing.lost == 3
    assert lease(hub.store) == []
    with hub.store.transaction() as tx:
        late = tx.outbox.lease(10, 2**42 + LEASE_MS, 2**42 + 2 * LEASE_MS)
    await hub.log.append([message_of(row) for row in late])

    claims = await hub.records(CLAIMS)
    assert [c.value for c in claims[:2]] == [c.value for c in claims[2:]]
    assert [c.headers for c in claims[:2]] == [c.headers for c in claims[2:]]


async def test_rows_leave_the_outbox_in_bounded_batches(hub: SmallHub) -> None:
    await folded(hub)

    sent = [await relay_once(hub.store, hub.log, rows_max=2) for _ in range(3)]

    assert sent == [2, 1, 0]
    with hub.store.transaction() as tx:
        assert tx.outbox.pending() == 0


async def test_a_claim_carries_the_sealed_part_of_its_profile(hub: SmallHub) -> None:
    await folded(hub)
    await relay_once(hub.store, hub.log)
    profiles = await hub.records("registry.us-wi.events")
    claims = await hub.records(CLAIMS)

    pairs = zip(profiles[:2], claims, strict=True)
    assert all(read_event(p)[0].sealed == read_event(c)[0].sealed is not None for p, c in pairs)


async def test_a_model_is_forwarded_byte_for_byte_and_once(hub: SmallHub) -> None:
    name = "models/tokens-v1.json"
    await publish_reference(hub.log, [model_entry(seed_text(name), name)])
    await hub.feed()
    await hub.feed(policy("us-nv", seed_text("policies/us-nv.toml")))
    reference, forwarded = await hub.records(REFERENCE), await hub.records(CLAIMS)

    assert [record.value for record in forwarded] == [reference[0].value]
    assert read_event(forwarded[0])[0].kind is Kind.IDENTITY_MODEL


async def test_what_consumers_have_is_learned_from_the_log(hub: SmallHub) -> None:
    person = Person("us-wi", "P1")
    await hub.feed(
        agreement("us-wi", "us-nv"),
        profile(hub.keyring, person),
        training(key="P9"),
        profile(hub.keyring, person, revision=NOW, change=Change.WITHDRAWN),
    )
    subjects = [row["subject"] for row in hub.rows("SELECT subject FROM published")]
    with hub.store.transaction() as tx:
        held = tx.outbox.published(subjects)
        tx.outbox._sql.run("DELETE FROM published")

    await prime_published(hub.store, hub.log, batch=1)

    with hub.store.transaction() as tx:
        learned = tx.outbox.published(subjects)
    assert learned.keys() == held.keys()
    assert {s: (r.digest, r.order) for s, r in learned.items()} == {
        s: (r.digest, r.order) for s, r in held.items()
    }
    assert all(isinstance(row, PublishedRow) for row in learned.values())


async def test_a_registrys_own_event_says_nothing_of_what_was_published(hub: SmallHub) -> None:
    await hub.log.append([training()])

    assert published_by((await hub.records("registry.us-wi.events"))[0]) is None


async def test_an_inbox_that_does_not_exist_holds_nobody_up(
    hub: SmallHub, caplog: pytest.LogCaptureFixture
) -> None:
    texts = dict(seed_texts("policies"))
    await hub.feed(policy("us-fl", texts["us-fl.toml"]), policy("us-nv", texts["us-nv.toml"]))

    with hub.store.transaction() as tx:
        assert tx.outbox.pending() == 0
        told = tx.outbox.published(["inbox|policy|us-fl", "inbox|policy|us-nv"])
    assert list(told) == ["inbox|policy|us-nv"]
    assert [item["item"] for item in await hub.inbox("us-nv")] == ["POLICY"]
    assert "registry.us-fl.inbox" in caplog.text
