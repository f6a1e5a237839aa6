"""What a decision says, in the open and sealed, and how much of it stands in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.sql_store import SqlStore
from hub.domain.events import Change, Kind, Sealed
from hub.domain.rows import Person
from hub.errors import FatalError, RejectedError
from hub.identity.model import Limits
from hub.identity.sealing import open_sealed
from hub.identity.tokens import Label
from hub.lanes import identity_decisions
from hub.wire.codec import decode_body
from hub.wire.schemas import load_schemas
from tests.unit.identity.small_model import last4_token, name_token, number_token, small_model
from tests.unit.lanes.claim_records import (
    DAKOTA,
    HOUR_MS,
    KEYRING,
    NEVADA,
    WISCONSIN,
    Deciding,
    answer,
    claim,
    clusters,
    decisions,
    epoch_ended,
    model,
    records,
    release,
)
from tests.unit.lanes.lane_events import body_for, event

SCHEMA = load_schemas().of(Kind.IDENTITY_DECISION).schema_id
MODEL = model(small_model())
ALL = (WISCONSIN, NEVADA)
TWO_OF_ONE = [claim(person, [number_token(1)]) for person in ALL]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store.create()
    yield store
    store.close()


def said(store: SqlStore) -> list[dict[str, Any]]:
    return [decode_body(SCHEMA, body) for _, _, body in decisions(store)]


def test_every_claim_with_a_new_version_yields_exactly_one_decision(store: SqlStore) -> None:
    Deciding(store).decide(
        records(
            MODEL,
            claim(WISCONSIN, [number_token(1)], 2),
            claim(NEVADA, [number_token(1)]),
            claim(WISCONSIN, [number_token(1)], 2),
            claim(WISCONSIN, [number_token(1)], 1),
            claim(WISCONSIN, [number_token(1)], 3, remark="other words"),
        )
    )

    assert [each["claim_offset"] for each in said(store)] == [0, 1, 2, 5]
    assert [len(each["changes"]) for each in said(store)] == [0, 1, 1, 0]
    assert {each["cause"] for each in said(store)[1:]} == {"claim"}
    assert all(each["model"] == "small" and each["last"] for each in said(store))


def test_unchanged_evidence_decides_nothing_and_is_compared_with_nobody(store: SqlStore) -> None:
    first = claim(WISCONSIN, [number_token(1)])
    again = claim(WISCONSIN, [number_token(1)], 2, remark="other words")
    Deciding(store).decide(records(MODEL, first, claim(NEVADA, [number_token(1)]), again))

    last = said(store)[-1]
    assert (last["compared"], last["changes"], last["pairs"]) == (0, [], [])
    assert said(store)[-2]["compared"] == 1


def test_without_a_model_claims_are_taken_in_and_linked_when_one_is_promoted(
    store: SqlStore,
) -> None:
    claims = [claim(p, [number_token(1)]) for p in (WISCONSIN, NEVADA)]
    topic = records(*claims, MODEL)
    Deciding(store).decide(topic[:2])
    assert clusters(store) == [["N1"], ["P1"]]
    assert [each["model"] for each in said(store)] == ["", ""]

    Deciding(store).decide(topic)
    assert clusters(store) == [["N1", "P1"]]
    assert said(store)[-1]["cause"] == "model"


def test_names_of_the_evidence_open_only_with_both_persons_keys(store: SqlStore) -> None:
    Deciding(store).decide(
        records(
            MODEL,
            claim(WISCONSIN, [number_token(1), last4_token(1)]),
            claim(NEVADA, [number_token(1), name_token("a")]),
        )
    )

    (pair,) = said(store)[-1]["pairs"]
    keys = {p: KEYRING.keys_for(p.registry, [p.person_id], mint=False)[p.person_id] for p in ALL}
    assert pair["evidence"]["key_id"] == keys[NEVADA].key_id
    assert pair["evidence"]["other_key_id"] == keys[WISCONSIN].key_id
    outer = Sealed(keys[WISCONSIN].key_id, pair["evidence"]["ciphertext"])
    kind = Kind.IDENTITY_DECISION
    inner = Sealed(keys[NEVADA].key_id, open_sealed(outer, keys[WISCONSIN].key, WISCONSIN, kind))
    masks = open_sealed(inner, keys[NEVADA].key, NEVADA, kind)
    nine = 1 << Label.SSN9
    assert masks == nine.to_bytes(4, "big") * 2
    with pytest.raises(RejectedError):
        open_sealed(outer, keys[NEVADA].key, WISCONSIN, kind)
    assert masks not in pair["evidence"]["ciphertext"]


def test_a_pair_whose_key_is_gone_has_no_names_and_is_decided_all_the_same(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(KEYRING), "keys_for", lambda *_given, **_named: {})
    Deciding(store).decide(records(MODEL, *TWO_OF_ONE))

    (pair,) = said(store)[-1]["pairs"]
    assert (pair["verdict"], pair["evidence"]) == ("LINK", None)


class CountingStore:
    """Counts transactions."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.claims: list[int] = []

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self._store.transaction() as tx:
            put = tx.claims.put

            def counted(rows: Any) -> None:
                self.claims.append(len(rows))
                put(rows)

            tx.claims.put = counted  # type: ignore[method-assign]
            yield tx


def test_a_long_run_is_cut_into_transactions_of_at_most_five_hundred_claims(
    store: SqlStore,
) -> None:
    persons = [Person("us-wi", f"P{n}") for n in range(1_100)]
    counting = CountingStore(store)
    topic = records(MODEL, *(claim(p, [number_token(n)]) for n, p in enumerate(persons)))
    Deciding(counting).decide(topic)

    assert counting.claims == [0, 500, 500, 100]
    assert len(said(store)) == 1_101


def test_what_a_model_changes_is_written_in_numbered_parts(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity_decisions, "CHANGES_MAX", 4)
    persons = [Person(registry, f"P{n}") for n in range(9) for registry in ("us-nv", "us-wi")]
    topic = records(*(claim(p, [number_token(n // 2)]) for n, p in enumerate(persons)), MODEL)
    Deciding(store).decide(topic)

    parts = [each for each in said(store) if each["cause"] == "model"]
    assert [each["part"] for each in parts] == [0, 1, 2, 3, 4]
    assert [each["last"] for each in parts] == [False] * 4 + [True]
    assert [len(each["changes"]) + len(each["pairs"]) for each in parts] == [4, 4, 4, 4, 2]
    changes = [tuple(c.values()) for each in parts for c in each["changes"]]
    assert changes == sorted(changes)
    assert len(clusters(store)) == 9
    subjects = [subject for subject, _, _ in decisions(store)][-5:]
    assert subjects == ["decision|18", *(f"decision|18|{n}" for n in range(1, 5))]


def test_an_older_model_that_comes_again_changes_nothing(store: SqlStore) -> None:
    blind = model(small_model("blind", link_at=1_000.0, review_at=1_000.0), 2)
    claims = [claim(p, [number_token(1)]) for p in (WISCONSIN, NEVADA)]
    Deciding(store).decide(records(*claims, MODEL, blind, MODEL))

    assert clusters(store) == [["N1"], ["P1"]]
    assert len(said(store)) == 4


def test_a_model_sent_before_the_one_in_force_and_read_after_it_changes_nothing(
    store: SqlStore,
) -> None:
    """Two workers may relay two models in any order."""
    later = model(small_model(), 2)
    earlier = model(small_model("blind", link_at=1_000.0, review_at=1_000.0), 1)
    Deciding(store).decide(records(later, earlier, *TWO_OF_ONE))

    assert {each["model"] for each in said(store)} == {"small"}
    assert clusters(store) == [["N1", "P1"]]


def test_a_model_without_weights_leaves_the_one_in_force(store: SqlStore) -> None:
    body = body_for(Kind.IDENTITY_MODEL, name="old", population=1)
    empty = event(Kind.IDENTITY_MODEL, "old", body, registry="alliance", person_id=None, revision=1)
    Deciding(store).decide(records(MODEL, empty, *TWO_OF_ONE))

    assert clusters(store) == [["N1", "P1"]]
    assert [each["model"] for each in said(store)] == ["small"] * 3


def test_a_model_that_this_program_does_not_know_stops_the_lane_before_it(
    store: SqlStore,
) -> None:
    weights = [{"name": "number_of_another_planet", "weight": 1.0}]
    body = body_for(Kind.IDENTITY_MODEL, name="later", population=1, weights=weights)
    later = event(
        Kind.IDENTITY_MODEL, "later", body, registry="alliance", person_id=None, revision=1
    )
    deciding = Deciding(store)
    with pytest.raises(FatalError, match="later"):
        deciding.decide(records(MODEL, *TWO_OF_ONE, later))

    assert deciding.lane.at == 3
    assert clusters(store) == [["N1", "P1"]]


def test_an_answer_outlives_repeats_and_older_copies_until_it_is_taken_back(
    store: SqlStore,
) -> None:
    never = answer("us-wi", WISCONSIN, NEVADA, "NEVER", 2)
    older = answer("us-wi", WISCONSIN, NEVADA, "SAME", 1)
    topic = records(
        MODEL, *TWO_OF_ONE, never, never, older,
        answer("us-wi", WISCONSIN, NEVADA, "NEVER", 3, Change.WITHDRAWN), never,
    )  # fmt: skip
    Deciding(store).decide(topic[:6])
    assert clusters(store) == [["N1"], ["P1"]]
    assert [each["cause"] for each in said(store)].count("answer") == 1

    Deciding(store).decide(topic)
    assert clusters(store) == [["N1", "P1"]]
    assert [each["cause"] for each in said(store)].count("answer") == 2


def test_who_asks_too_often_is_held_until_the_alliance_releases_them(store: SqlStore) -> None:
    limits = Limits(evidences_max=2, evidences_days=1, newcomers_min=1_000)
    topic = records(
        model(small_model(limits=limits)),
        claim(WISCONSIN, [number_token(1)]),
        claim(NEVADA, [number_token(7)], 1),
        claim(NEVADA, [number_token(8)], 2),
        claim(NEVADA, [number_token(1)], 3),
        release("us-nv", "N1"),
        step_ms=HOUR_MS,
    )
    deciding = Deciding(store)
    deciding.decide(topic[:5])
    with store.transaction() as tx:
        (held,) = tx.claims.held()
    assert (held.person, held.held) == (NEVADA, "evidences")
    assert clusters(store) == [["N1"], ["P1"]]
    assert said(store)[-1]["held"] == "evidences"
    assert deciding.lane.held() == {("us-nv", "evidences"): 1}

    deciding.decide(topic)
    with store.transaction() as tx:
        assert tx.claims.held() == []
    assert clusters(store) == [["N1", "P1"]]
    assert said(store)[-1]["cause"] == "release"
    assert not deciding.lane.held()


def test_days_of_the_limits_are_counted_by_append_time(store: SqlStore) -> None:
    limits = Limits(evidences_max=2, evidences_days=1, newcomers_min=1_000)
    claims = [claim(NEVADA, [number_token(n)], n + 1) for n in range(5)]
    Deciding(store).decide(
        records(model(small_model(limits=limits)), *claims, step_ms=13 * HOUR_MS)
    )

    with store.transaction() as tx:
        assert tx.claims.held() == []


def test_an_ended_epoch_links_nobody_anew_and_parts_nobody(store: SqlStore) -> None:
    topic = records(MODEL, *TWO_OF_ONE, epoch_ended(), claim(DAKOTA, [number_token(1)]))
    Deciding(store).decide(topic)

    assert clusters(store) == [["D1"], ["N1", "P1"]]
    assert [each["cause"] for each in said(store)][-2:] == ["epoch", "claim"]


def test_persons_whose_review_opens_or_ends_are_touched(store: SqlStore) -> None:
    both = [name_token("a"), number_token(1)]
    other = [name_token("a"), number_token(2)]
    topic = records(MODEL, claim(WISCONSIN, both), claim(NEVADA, other), claim(DAKOTA, []))
    Deciding(store).decide(topic)

    with store.reading() as sql:
        touched = sql.tuples("SELECT kind, key FROM touch ORDER BY key")
    assert said(store)[-2]["pairs"][0]["verdict"] == "REVIEW"
    assert touched == [("person", "us-nv|N1"), ("person", "us-wi|P1")]


def test_a_review_keeps_the_day_on_which_it_opened(store: SqlStore) -> None:
    both, other = [name_token("a"), number_token(1)], [name_token("a"), number_token(2)]
    topic = records(
        MODEL,
        claim(WISCONSIN, both),
        claim(NEVADA, other),
        claim(DAKOTA, [number_token(5)]),
        claim(NEVADA, [*other, last4_token(9)], 2),
        step_ms=HOUR_MS,
    )
    Deciding(store).decide(topic)

    with store.transaction() as tx:
        (pair,) = tx.pairs.all()
    assert pair.opened_ms == topic[2].append_at_ms
    assert pair.verdict == 1
