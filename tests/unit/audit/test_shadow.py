"""A model's shadow: which links and reviews would come and go; nothing is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from hub.audit.shadow import Shadow, by_registries, shadow_of
from hub.identity.model import Model
from hub.identity.statements import Pair
from tests.unit.identity.small_model import number_token, small_model
from tests.unit.lanes.lane_events import SmallHub, identity_model
from tests.unit.lanes.review_hub import alike, looking_alike, person

LINKED = (person("wi", "P1"), person("nv", "N1"))
OPEN = (person("wi", "P2"), person("nv", "N2"))


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    """One link and one open review between two registries."""
    hub = await SmallHub(tmp_path).start()
    await hub.feed(*alike(hub, number_token(1), *LINKED), *looking_alike(hub, *OPEN, 5))
    yield hub
    hub.store.close()


def shadow(hub: SmallHub, **changes: Any) -> Shadow:
    return shadow_of(hub.store, hub.keyring, small_model("tried", **changes))


def everything(hub: SmallHub) -> list[Any]:
    tables = ("claim", "identity_pair", "identity_answer", "identity_input", "link", "outbox",
              "position", "note", "published")  # fmt: skip
    return [hub.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


async def test_the_model_in_force_as_its_own_shadow_changes_nothing(hub: SmallHub) -> None:
    found = shadow(hub)

    assert (found.appear, found.vanish, found.opened, found.closed, found.moved) == (
        (), (), (), (), 0,
    )  # fmt: skip
    assert (found.in_force, found.persons) == ("small", 4)


async def test_a_stricter_model_would_take_links_and_reviews(hub: SmallHub) -> None:
    found = shadow(hub, link_at=50.0, review_at=40.0)

    assert found.vanish == (Pair(LINKED[1], LINKED[0]),)
    assert found.closed == (Pair(OPEN[1], OPEN[0]),)
    assert (found.appear, found.opened, found.moved) == ((), (), 1)
    assert by_registries(found.vanish) == {"us-nv|us-wi": 1}


async def test_a_model_between_would_make_the_link_a_review(hub: SmallHub) -> None:
    found = shadow(hub, link_at=50.0)

    assert found.opened == found.vanish == (Pair(LINKED[1], LINKED[0]),)
    assert found.closed == ()


async def test_a_shadow_writes_nothing(hub: SmallHub) -> None:
    before = everything(hub)

    shadow(hub, link_at=50.0)

    assert everything(hub) == before


async def test_promoting_does_what_the_shadow_said(hub: SmallHub) -> None:
    model: Model = small_model("tried", link_at=50.0)
    said = shadow_of(hub.store, hub.keyring, model)

    await hub.feed(identity_model(model))

    rows = hub.rows("SELECT verdict, cause FROM identity_pair ORDER BY cause")
    assert [(row["verdict"], row["cause"]) for row in rows] == [(1, "score"), (1, "score")]
    assert len(said.vanish) == 1
    assert len({row["national_id"] for row in hub.rows("SELECT national_id FROM link")}) == 4
