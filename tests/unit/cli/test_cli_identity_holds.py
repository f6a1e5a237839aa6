"""Who is held from linking, as status and `hub identity holds` show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.adapters.sql_store import SqlStore
from hub.bootstrap import open_store
from hub.domain.rows import Person
from hub.identity.model import Limits
from tests.unit.cli.hub_command import hub
from tests.unit.cli.operations_hub import Installation
from tests.unit.identity.small_model import name_token, number_token, small_model
from tests.unit.lanes.claim_records import (
    DAKOTA,
    NEVADA,
    WISCONSIN,
    Deciding,
    claim,
    model,
    records,
)


def decide(store: SqlStore) -> None:
    """Nevada's N1 has shown three evidences; Wisconsin's two are a review."""
    limits = Limits(evidences_max=2, newcomers_min=1_000)
    Deciding(store).decide(
        records(
            model(small_model(limits=limits)),
            claim(WISCONSIN, [number_token(1), name_token("a")]),
            claim(Person("us-wi", "P2"), [number_token(2), name_token("a")]),
            claim(DAKOTA, [number_token(3)]),
            *(claim(NEVADA, [number_token(n)], n) for n in range(5, 8)),
        )
    )


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    store = open_store(url)
    decide(store)
    store.close()
    return url


def test_held_persons_are_listed_with_their_cause(store_url: str) -> None:
    ran = hub("identity", "holds", HUB_STORE=store_url)

    assert ran.code == 0
    assert "1 person is held from linking" in ran.out
    assert "more different evidences" in ran.out
    assert "N1" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_the_same_as_json(store_url: str) -> None:
    ran = hub("identity", "holds", "--json", "-", HUB_STORE=store_url)

    document = json.loads(ran.out)
    assert document["held"] == [{"registry": "us-nv", "cause": "evidences", "persons": 1}]
    (person,) = document["persons"]
    assert (person["registry"], person["person_id"], person["evidences"]) == ("us-nv", "N1", 3)


def test_of_another_registry_nobody_is_held(store_url: str) -> None:
    ran = hub("identity", "holds", "--registry", "us-wi", HUB_STORE=store_url)

    assert (ran.code, ran.out.strip()) == (0, "Nobody is held from linking.")


def test_status_counts_open_reviews_and_who_is_held(tmp_path: Path) -> None:
    installed = Installation(tmp_path)
    installed.append()
    installed.fold()
    store = SqlStore(installed.urls["store"])
    decide(store)
    store.close()

    document = installed.json("status")
    assert document["open_reviews"] == 1
    assert document["held_persons"] == [{"registry": "us-nv", "cause": "evidences", "persons": 1}]
    assert "1 review is open; 1 person is held from linking" in installed.hub("status").out
