"""What every rebuild promises of consents, requests, decisions and appeals, as one suite."""

from __future__ import annotations

from typing import Any

from hub.domain.events import Change
from hub.domain.log import Message
from hub.domain.rows import Person
from tests.unit.lanes.lane_events import NOW, SmallHub, profile, ssn_token, training
from tests.unit.lanes.lane_exchange import appeal, consent, decision, request
from tests.unit.rebuild.rebuild_hub import WISCONSIN, derived, linked, lose_store, rebuild

RECORD = ("us-wi", "training", "R1")
ALONE = Person("us-wi", "P7")
LATER = NOW - 10
SPOKEN = ("PORTABILITY", "DECISION", "DISPUTE")


def spoken(hub: SmallHub) -> list[Message]:
    """What is said of one who is linked, and of one whom nobody else knows."""
    return [
        profile(hub.keyring, ALONE, [ssn_token(7)]),
        training("R7", person_id="P7"),
        request(WISCONSIN, "us-nv"),
        request(ALONE, "us-nv"),
        consent(ALONE, "us-nv", "training"),
        decision("us-nv", RECORD, "REFUSED", document_received=["certificate"]),
        decision("us-nv", ("us-wi", "training", "R7")),
        appeal(WISCONSIN, RECORD, "us-nv"),
        appeal(ALONE, ("us-wi", "training", "R7"), "us-nv"),
    ]


def taken_back() -> list[Message]:
    gone: dict[str, Any] = {"change": Change.WITHDRAWN, "revision": LATER}
    return [
        request(WISCONSIN, "us-nv", **gone),
        request(ALONE, "us-nv", **gone),
        consent(ALONE, "us-nv", "training", **gone),
        decision("us-nv", RECORD, **gone),
        appeal(WISCONSIN, RECORD, "us-nv", **gone),
    ]


async def standing(hub: SmallHub) -> list[str]:
    """Items about requests, decisions and appeals that were not withdrawn."""
    inboxes = {registry: await hub.inbox(registry) for registry in ("us-nv", "us-wi")}
    return sorted(
        f"{registry} {item['item']} {item['record_id']}"
        for registry, items in inboxes.items()
        for item in items
        if item["item"] in SPOKEN and not item["withdrawn"]
    )


class RebuildExchangeContract:
    async def test_what_was_said_beside_records_is_not_sent_again(self, hub: SmallHub) -> None:
        await linked(hub)
        await hub.feed(*spoken(hub))
        sent, stood = await derived(hub), await standing(hub)

        report = await rebuild(hub)
        await hub.lanes.until_idle()

        assert (report.is_well, report.difference, report.to_send) == (True, None, 0)
        assert await derived(hub) == sent
        assert len(stood) == len(SPOKEN) * 2 + 3

    async def test_what_was_taken_back_unsent_is_withdrawn_after_a_rebuild(
        self, hub: SmallHub
    ) -> None:
        await linked(hub)
        await hub.feed(*spoken(hub))
        for message in taken_back():
            await hub.log.append([message])
        await hub.lanes.fold()
        await hub.lanes.derive()
        lose_store(hub)

        await rebuild(hub)
        await hub.lanes.until_idle()

        assert await standing(hub) == ["us-nv DISPUTE R7", "us-wi DECISION R7"]

    async def test_what_was_taken_back_and_said_again_unsent_still_stands(
        self, hub: SmallHub
    ) -> None:
        """Consumers hear of the middle one while the log is read; what is derived of the whole log
        never sees it."""
        await linked(hub)
        await hub.feed(*spoken(hub))
        stood = await standing(hub)
        await hub.feed(*taken_back())
        again = [
            request(WISCONSIN, "us-nv", revision=LATER + 1),
            request(ALONE, "us-nv", revision=LATER + 1),
            consent(ALONE, "us-nv", "training", revision=LATER + 1),
            decision(
                "us-nv", RECORD, "REFUSED", document_received=["certificate"], revision=LATER + 1
            ),
            appeal(WISCONSIN, RECORD, "us-nv", revision=LATER + 1),
        ]
        for message in again:
            await hub.log.append([message])
        await hub.lanes.fold()
        await hub.lanes.derive()

        await rebuild(hub)
        await hub.lanes.until_idle()

        assert await standing(hub) == stood
