"""The identity lane decides the same whatever goes wrong, and applies what the log already says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.sql_store import SqlStore
from hub.domain.events import Change, Kind
from hub.domain.identity_rows import RecordedRow
from hub.domain.rows import Person
from hub.identity.model import Limits
from hub.identity.resolver import Resolver
from hub.lanes import identity_decisions, identity_opened
from hub.wire.codec import decode_body
from hub.wire.schemas import load_schemas
from tests.unit.identity.small_model import last4_token, name_token, number_token, small_model
from tests.unit.lanes.claim_records import (
    DAKOTA,
    NEVADA,
    WISCONSIN,
    Deciding,
    FaultyStore,
    answer,
    claim,
    clusters,
    decisions,
    epoch_ended,
    model,
    records,
    release,
    tables,
)

SCHEMA = load_schemas().of(Kind.IDENTITY_DECISION).schema_id
SECOND = Person("us-wi", "P2")
STRICT = small_model(
    "strict",
    weights={**small_model().weights, "given_sound": 3.5},
    limits=Limits(evidences_max=1, newcomers_min=1_000),
)
STORY = records(
    claim(WISCONSIN, [number_token(1), name_token("a")]),
    claim(NEVADA, [number_token(1)]),
    claim(DAKOTA, [name_token("a")]),
    claim(SECOND, [number_token(2), name_token("b")]),
    model(small_model()),
    claim(WISCONSIN, [number_token(1), name_token("a")], 1),
    answer("us-nv", WISCONSIN, NEVADA, "DISPUTE"),
    claim(NEVADA, [number_token(2), name_token("b")], 2),
    answer("us-wi", SECOND, NEVADA, "SAME"),
    answer("us-nv", SECOND, NEVADA, "SAME"),
    model(STRICT),
    claim(DAKOTA, [name_token("b"), last4_token(7)], 2),
    claim(DAKOTA, [name_token("c"), last4_token(8)], 3),
    answer("us-nv", WISCONSIN, NEVADA, "DISPUTE", 2, Change.WITHDRAWN),
    release("us-nd"),
    answer("alliance", SECOND, NEVADA, "NEVER"),
    claim(WISCONSIN, [number_token(2)], 4, present=False),
    model(small_model(), 2),
    epoch_ended(),
    claim(WISCONSIN, [number_token(2)], 5),
)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts and transactions are cut often."""
    monkeypatch.setattr(identity_decisions, "CHANGES_MAX", 1)
    monkeypatch.setattr(identity_opened, "CLAIMS_MAX", 2)


def made(path: Path) -> SqlStore:
    store = SqlStore(f"sqlite:///{path}")
    store.create()
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = made(tmp_path / "plain.sqlite")
    Deciding(store).decide(STORY)
    yield store
    store.close()


def test_the_story_has_links_reviews_holds_answers_and_parts(store: SqlStore) -> None:
    """Else the tests below would prove little."""
    said = [decode_body(SCHEMA, body) for _, _, body in decisions(store)]
    assert {each["cause"] for each in said} == {"claim", "model", "answer", "release", "epoch"}
    assert {p["verdict"] for each in said for p in each["pairs"]} == {"LINK", "REVIEW", "APART"}
    assert any(each["held"] for each in said)
    assert max(each["part"] for each in said if each["cause"] == "model") > 1
    with store.transaction() as tx:
        assert len(tx.answers.all()) == 4


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_how_claims_are_cut_into_runs_changes_nothing(
    store: SqlStore, tmp_path: Path, size: int
) -> None:
    other = made(tmp_path / "other.sqlite")
    Deciding(other).decide(STORY, size)

    assert decisions(other) == decisions(store)
    assert tables(other) == tables(store)
    other.close()


def test_an_index_that_is_loaded_before_every_record_decides_the_same(
    store: SqlStore, tmp_path: Path
) -> None:
    other = made(tmp_path / "other.sqlite")
    for end in range(1, len(STORY) + 1):
        Deciding(other).decide(STORY[:end])

    assert decisions(other) == decisions(store)
    assert tables(other) == tables(store)
    other.close()


def test_claims_that_come_twice_decide_once(store: SqlStore) -> None:
    before = [row[1:] for row in tables(store)["claim"]]
    again = [each._replace(offset=n + len(STORY)) for n, each in enumerate(STORY)]
    count = len(decisions(store))
    Deciding(store).decide([*STORY, *again])

    assert [row[1:] for row in tables(store)["claim"]] == before
    assert len(decisions(store)) == count


def test_broken_off_at_any_call_the_lane_goes_on_to_the_same(
    store: SqlStore, tmp_path: Path
) -> None:
    """With its memory as it is then, and in a process of its own."""
    counting = FaultyStore(made(tmp_path / "counted.sqlite"), -1)
    Deciding(counting).decide(STORY, 5)
    assert counting.calls > 200
    expected = decisions(store), tables(store)
    for at in range(1, counting.calls + 1, 3):
        path = tmp_path / "broken.sqlite"
        broken = made(path)
        faulty = FaultyStore(broken, at)
        assert Deciding(faulty).insist(STORY, 5) == 1
        assert (decisions(broken), tables(broken)) == expected, f"broken off at call {at}"
        broken.close()
        path.unlink()
        Path(f"{path}-wal").unlink(missing_ok=True)
        Path(f"{path}-shm").unlink(missing_ok=True)


def test_a_store_restored_from_an_older_copy_says_the_same_again(
    store: SqlStore, tmp_path: Path
) -> None:
    for end in (1, 4, 9, 12, 18):
        older = made(tmp_path / f"{end}.sqlite")
        Deciding(older).decide(STORY[:end])
        older.close()
        copy = tmp_path / f"{end}-copy.sqlite"
        shutil.copy(tmp_path / f"{end}.sqlite", copy)
        restored = made(copy)
        Deciding(restored).decide(STORY)

        assert decisions(restored) == decisions(store)
        assert tables(restored) == tables(store)
        restored.close()


def recorded(store: SqlStore) -> list[RecordedRow]:
    """The decisions as the log has them."""
    rows = []
    for subject, version, body in decisions(store):
        part = int(subject.split("|")[2]) if subject.count("|") == 2 else 0
        rows.append(RecordedRow(version, part, SCHEMA, body))
    return rows


def keep(store: SqlStore, rows: list[RecordedRow]) -> None:
    with store.transaction() as tx:
        tx.inputs.record(rows)


def _must_not_decide(*_given: Any) -> Any:
    raise AssertionError("decided although the log says what was decided")


@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_what_the_log_says_was_decided_is_applied_and_not_decided_again(
    store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    rows = recorded(store)
    for name in ("claim", "promote", "answer", "release", "end_epoch"):
        monkeypatch.setattr(Resolver, name, _must_not_decide)
    other = made(tmp_path / "other.sqlite")
    keep(other, rows)
    Deciding(other).decide(STORY, size)

    assert tables(other) == tables(store)
    assert decisions(other) == []
    with other.transaction() as tx:
        assert tx.inputs.recorded(0, 10_000) == []
    other.close()


def test_where_the_log_says_nothing_the_lane_decides(store: SqlStore, tmp_path: Path) -> None:
    """Behind what the log has, between, and behind the first parts of a long decision."""
    rows = recorded(store)
    for number in range(len(rows)):
        for kept in (rows[:number], rows[:number] + rows[number + 1 :], rows[number:]):
            path = tmp_path / "other.sqlite"
            other = made(path)
            keep(other, kept)
            Deciding(other).decide(STORY, 4)

            assert tables(other) == tables(store), f"without {rows[number][:2]}"
            said = {(version, subject) for subject, version, _ in decisions(other)}
            assert len(said) >= len(rows) - len(kept)
            other.close()
            path.unlink()
            Path(f"{path}-wal").unlink(missing_ok=True)
            Path(f"{path}-shm").unlink(missing_ok=True)


def test_link_then_unlink_leaves_every_row_as_before(tmp_path: Path) -> None:
    apart = made(tmp_path / "apart.sqlite")
    topic = records(
        model(small_model()),
        claim(WISCONSIN, [number_token(1)]),
        claim(NEVADA, [number_token(2)]),
        claim(DAKOTA, [number_token(3)]),
        claim(NEVADA, [number_token(1)], 2),
        claim(NEVADA, [number_token(2)], 3),
    )
    Deciding(apart).decide(topic[:4])
    before = clusters(apart), tables(apart)["identity_pair"]
    ids = national_ids(apart)
    Deciding(apart).decide(topic[:5])
    assert clusters(apart) == [["D1"], ["N1", "P1"]]
    Deciding(apart).decide(topic)

    assert (clusters(apart), tables(apart)["identity_pair"]) == before
    assert national_ids(apart) == ids
    apart.close()


def national_ids(store: SqlStore) -> dict[str, str]:
    with store.reading() as sql:
        return dict(sql.tuples("SELECT person_id, national_id FROM claim"))
