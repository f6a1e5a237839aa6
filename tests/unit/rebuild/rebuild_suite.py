"""What every rebuild promises, as one abstract suite: a generation made of the log alone takes the
live one's place, and consumers hear of nothing twice and miss nothing.

A class gives the fixture `hub`, a small hub on its database.
"""

from __future__ import annotations

from datetime import date

from hub.adapters.sql_reads import read_state
from hub.adapters.sql_scan import scan_store
from hub.domain.state import StoreState
from hub.domain.topics import RECIPROCITY
from hub.wire.codec import read_event
from tests.unit.lanes.lane_events import NOW, SmallHub, profile, ssn_token, training
from tests.unit.rebuild.rebuild_hub import (
    NEVADA,
    derived,
    generation_of,
    ids,
    linked,
    lose_store,
    nevada_accepts,
    newest,
    rebuild,
    run_sql,
)

DAY = date(2026, 6, 30)


def state_of(hub: SmallHub) -> StoreState:
    state = read_state(hub.store, DAY)
    assert state.touches_pending == 0
    return state


class RebuildContract:
    async def test_a_rebuilt_store_is_the_same_and_nothing_is_sent_again(
        self, hub: SmallHub
    ) -> None:
        await linked(hub)
        before, sent = state_of(hub), await derived(hub)

        report = await rebuild(hub)
        after = state_of(hub)
        await hub.lanes.until_idle()

        assert report.is_well
        assert report.compared == ("records", "matches", "links", "links_canonical")
        assert report.difference is None
        assert report.to_send == 0
        assert after.state_root == before.state_root
        assert after.state_root_canonical == before.state_root_canonical
        assert after.sums == before.sums
        assert after.positions == before.positions
        assert await derived(hub) == sent
        assert not generation_of(hub).exists()

    async def test_lanes_go_on_over_the_rebuilt_tables(self, hub: SmallHub) -> None:
        await linked(hub)
        await rebuild(hub)

        await hub.feed(training("R3"), training("R1", hours="9", revision=NOW - 10))

        assert [row["record_id"] for row in hub.rows("SELECT record_id FROM match ORDER BY 1")] == [
            "R1",
            "R2",
            "R3",
        ]
        assert scan_store(hub.store).differing == []

    async def test_a_lost_store_is_simply_built(self, hub: SmallHub) -> None:
        await linked(hub)
        before, sent = state_of(hub), await derived(hub)
        lose_store(hub)

        report = await rebuild(hub)
        after = state_of(hub)
        await hub.lanes.until_idle()

        assert report.is_well
        assert report.compared == ()
        assert "no live state" in str(report.not_compared)
        assert after.state_root == before.state_root
        assert after.positions == before.positions
        assert await derived(hub) == sent

    async def test_what_waited_in_a_lost_outbox_is_sent_after_the_rebuild(
        self, hub: SmallHub
    ) -> None:
        await linked(hub)
        await hub.log.append([training("R1", hours="9", revision=NOW - 10), training("R3")])
        await hub.lanes.fold()
        await hub.lanes.derive()
        waiting = {row["subject"] for row in hub.rows("SELECT subject FROM outbox")}
        lose_store(hub)

        report = await rebuild(hub)
        await hub.lanes.until_idle()
        records = await derived(hub)

        assert len(waiting) == report.to_send == 4
        assert waiting <= newest(records).keys()
        assert len(ids(records)) == len(set(ids(records)))
        stands = hub.rows("SELECT registry, record_id, receiver, body FROM match")
        for row in stands:
            subject = f"match|us-wi|training_completion|{row['record_id']}|us-nv"
            assert newest(records)[subject] == row["body"]

    async def test_a_lost_withdrawal_is_made_again(self, hub: SmallHub) -> None:
        """The link ended, and the store was lost before anybody was told."""
        await linked(hub)
        await hub.log.append([profile(hub.keyring, NEVADA, [ssn_token(2)], revision=NOW - 10)])
        await hub.lanes.fold()
        await hub.lanes.derive()
        assert hub.rows("SELECT * FROM match") == []
        assert hub.rows("SELECT count(*) AS n FROM outbox")[0]["n"] > 3
        lose_store(hub)

        await rebuild(hub)
        await hub.lanes.until_idle()

        events = [read_event(record)[1] for record in await hub.records(RECIPROCITY)]
        assert [(e["record_id"], e["withdrawn"]) for e in events] == [
            ("R1", False),
            ("R2", False),
            ("R1", True),
            ("R2", True),
        ]
        for registry in ("us-nv", "us-wi"):
            items = await hub.inbox(registry)
            assert items
            assert all(item["withdrawn"] for item in items if item["item"] != "POLICY")

    async def test_withdrawn_before_is_not_withdrawn_again(self, hub: SmallHub) -> None:
        await linked(hub)
        await hub.feed(profile(hub.keyring, NEVADA, [ssn_token(2)], revision=NOW - 10))
        sent = await derived(hub)
        lose_store(hub)

        report = await rebuild(hub)
        await hub.lanes.until_idle()

        assert report.to_send == 0
        assert await derived(hub) == sent

    async def test_what_waits_in_the_live_outbox_goes_out_once_with_the_ids_it_has(
        self, hub: SmallHub
    ) -> None:
        await linked(hub)
        await hub.log.append([training("R1", hours="9", revision=NOW - 10)])
        await hub.lanes.fold()
        await hub.lanes.derive()
        columns = "SELECT subject, version, digest FROM outbox ORDER BY subject"
        waiting = hub.rows(columns)

        report = await rebuild(hub)

        assert report.is_well
        assert len(waiting) == report.to_send == 2
        assert hub.rows(columns) == waiting

    async def test_an_answer_that_changed_and_changed_back_unsent_still_goes_out(
        self, hub: SmallHub
    ) -> None:
        """Consumers have the middle one; what is derived once from the whole log never sees it."""
        await linked(hub)
        await hub.log.append([nevada_accepts("DENIED", 2)])
        await hub.lanes.until_idle()
        await hub.log.append([nevada_accepts("FULL", 3)])
        await hub.lanes.fold()
        await hub.lanes.derive()
        wanted = {
            row["subject"]: row["body"] for row in hub.rows("SELECT subject, body FROM outbox")
        }

        await rebuild(hub)
        await hub.lanes.until_idle()

        found = newest(await derived(hub))
        assert wanted
        assert {subject: found[subject] for subject in wanted} == wanted

    async def test_a_tampered_row_is_named_and_the_live_tables_stay(self, hub: SmallHub) -> None:
        await linked(hub)
        run_sql(hub.store, "UPDATE record SET body = substr(body, 2) WHERE record_id = 'R2'")

        report = await rebuild(hub)

        assert not report.switched
        assert report.difference is not None
        assert report.difference.table == "record"
        assert report.difference.key == ("us-wi", "4", "R2")
        assert report.difference.live is not None
        assert report.difference.rebuilt is not None
        assert report.difference.live["body"] == report.difference.rebuilt["body"][2:]
        assert generation_of(hub).exists()

    async def test_a_tampered_store_is_replaced_where_that_is_wanted(self, hub: SmallHub) -> None:
        await linked(hub)
        before, sent = state_of(hub), await derived(hub)
        run_sql(hub.store, "DELETE FROM match WHERE record_id = 'R2'")
        assert not (await rebuild(hub)).switched

        report = await rebuild(hub, replace=True)
        await hub.lanes.until_idle()

        assert report.resumed
        assert report.is_well
        assert report.difference is not None
        assert report.difference.live is None
        assert state_of(hub).state_root == before.state_root
        assert await derived(hub) == sent

    async def test_a_wrong_answer_that_was_sent_is_corrected(self, hub: SmallHub) -> None:
        """Somebody changed a policy in SQL, and the lanes answered by it."""
        await linked(hub)
        right = newest(await derived(hub))
        run_sql(hub.store, "DELETE FROM match")
        run_sql(hub.store, "DELETE FROM link WHERE registry = 'us-nv'")
        await hub.feed(training("R1", hours="9", revision=NOW - 10))
        run_sql(hub.store, "DELETE FROM published WHERE subject LIKE 'match%R2%'")

        report = await rebuild(hub, replace=True)
        await hub.lanes.until_idle()

        assert report.is_well
        found = newest(await derived(hub))
        subject = "match|us-wi|training_completion|{}|us-nv"
        assert found[subject.format("R2")] == right[subject.format("R2")]
        bodies = {row["record_id"]: row["body"] for row in hub.rows("SELECT * FROM match")}
        assert found[subject.format("R1")] == bodies["R1"]

    async def test_what_is_not_on_the_log_is_kept(self, hub: SmallHub) -> None:
        await linked(hub)
        with hub.store.transaction() as tx:
            tx.deliver("us-nv", ["an event"])
            tx.set_note("mine", "kept")

        await rebuild(hub)

        assert hub.rows("SELECT registry, event_id FROM delivery") == [
            {"registry": "us-nv", "event_id": "an event"}
        ]
        with hub.store.transaction() as tx:
            assert tx.note("mine") == "kept"
            assert tx.note("generation") == "1"
            assert tx.note("lease|rebuild") is None
