"""Recorded decisions: whoever reads the claims again applies what the log says was decided."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.sql_store import SqlStore
from hub.domain.log import TopicPartition
from hub.domain.rows import Person
from hub.domain.topics import IDENTITY
from hub.embedded import Embedded
from hub.identity.resolver import Resolver
from hub.lanes import identity_decisions
from tests.unit.identity.small_model import last4_token, number_token, small_model
from tests.unit.lanes.lane_events import NOW, SmallHub, forwarded, identity_model, profile
from tests.unit.rebuild.rebuild_hub import rebuild

KEPT = ("claim", "identity_pair", "identity_answer", "identity_input", "link")
PERSONS = [Person(registry, f"P{n}") for registry in ("us-wi", "us-nv") for n in range(4)]
OWN = {person: number_token(int(person.person_id[1:])) for person in PERSONS}


def rows(hub: SmallHub) -> dict[str, list[dict[str, Any]]]:
    return {name: sorted(hub.rows(f"SELECT * FROM {name}"), key=repr) for name in KEPT}


async def decided(hub: SmallHub) -> None:
    """Pairs of accounts, linked, parted, and decided again by another model."""
    await hub.feed(*(profile(hub.keyring, p, [OWN[p]]) for p in PERSONS))
    await hub.feed(profile(hub.keyring, PERSONS[0], [number_token(1)], revision=NOW))
    strict = small_model("strict", link_at=7.0)
    await hub.log.append([forwarded(identity_model(strict))])
    await hub.feed(profile(hub.keyring, PERSONS[1], [last4_token(1)], revision=NOW))


def deciding_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        raise AssertionError("decided again")

    for name in ("claim", "promote", "answer", "release", "end_epoch"):
        monkeypatch.setattr(Resolver, name, refuse)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity_decisions, "CHANGES_MAX", 3)


async def test_a_rebuild_applies_what_was_decided(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await decided(hub)
    before, ends = rows(hub), await hub.log.ends()
    deciding_is_forbidden(monkeypatch)

    report = await rebuild(hub)

    assert report.is_well
    assert rows(hub) == before
    assert hub.rows("SELECT * FROM identity_recorded") == []
    assert await hub.log.ends() == ends
    assert hub.rows("SELECT * FROM outbox") == []


async def test_a_lane_goes_on_after_a_rebuild_as_if_nothing_had_been(hub: SmallHub) -> None:
    await decided(hub)
    await rebuild(hub)
    await hub.feed(profile(hub.keyring, PERSONS[2], [number_token(3)], revision=NOW))

    clusters: dict[str, set[str]] = {}
    for row in hub.rows("SELECT * FROM claim"):
        clusters.setdefault(row["national_id"], set()).add(row["person_id"])
    assert {"P2", "P3"} in clusters.values()


async def test_a_worker_on_an_empty_store_applies_what_was_decided(
    hub: SmallHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await decided(hub)
    deciding_is_forbidden(monkeypatch)
    (tmp_path / "again").mkdir()
    again = SmallHub(tmp_path / "again")
    again.lanes = Embedded(again.store, hub.log, hub.keyring)
    ends = await hub.log.ends()
    await again.lanes.until_idle()

    assert rows(again) == rows(hub)
    assert await hub.log.ends() == ends
    again.store.close()


async def test_a_store_restored_from_an_older_copy_applies_what_was_decided_since(
    hub: SmallHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hub.feed(*(profile(hub.keyring, p, [OWN[p]]) for p in PERSONS))
    hub.store.engine.dispose()  # The last connection writes everything into the one file.
    shutil.copy(tmp_path / "store.sqlite", tmp_path / "older.sqlite")
    await decided(hub)
    ends = await hub.log.ends()
    deciding_is_forbidden(monkeypatch)

    restored = SqlStore(f"sqlite:///{tmp_path / 'older.sqlite'}")
    await Embedded(restored, hub.log, hub.keyring).until_idle()

    with restored.reading() as sql:
        found = {name: sorted(sql.rows(f"SELECT * FROM {name}"), key=repr) for name in KEPT}
    assert found == rows(hub)
    place = TopicPartition(IDENTITY, 0)
    assert (await hub.log.ends())[place] == ends[place]
    restored.close()
