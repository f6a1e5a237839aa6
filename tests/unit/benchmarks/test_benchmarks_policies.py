"""The benches of policies: what they ask, what they count, and what they would miss."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pytest

from benchmarks.evaluation_cases import long_cases, rules_of, seed_cases
from benchmarks.plan import Plan
from benchmarks.policy_change import REGISTRIES, policy_message
from benchmarks.policy_meter import Held, MeteredStore, held_figures, quantile_ms, step_shares
from benchmarks.policy_texts import ADDED_RULE, BEFORE_RULE, LONG_RULES, RECEIVER, later_policy
from benchmarks.policy_watch import Ends, Seen, completions, latencies
from benchmarks.policy_worker import received
from hub import bootstrap
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import Person
from hub.domain.topics import REFERENCE
from hub.reciprocity.answer import DEFAULT, NOT_IN_FORCE
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.policy import parse_policy
from hub.wire.codec import read_event

PLAN = Plan(stored=600, measured=0, accounts=40, linked=1.0, registries=REGISTRIES)
SHIPPED = bootstrap.seed_text(f"policies/{RECEIVER}.toml")


def test_the_later_policy_is_one_revision_on_and_adds_a_rule_before_the_last() -> None:
    before, after = parse_policy(SHIPPED), parse_policy(later_policy(SHIPPED))

    assert after.revision == before.revision + 1
    added = [rule.id for rule in after.rules if rule.id not in {r.id for r in before.rules}]
    assert added == [ADDED_RULE]
    assert [rule.id for rule in after.rules][-2:] == [ADDED_RULE, BEFORE_RULE]


def test_a_policy_without_the_rule_that_is_built_on_is_refused() -> None:
    with pytest.raises(ValueError, match=BEFORE_RULE):
        later_policy(SHIPPED.replace(BEFORE_RULE, "another"))


def test_every_shipped_rule_decides_some_of_the_made_up_records() -> None:
    cases = seed_cases(8_000)
    answers = [evaluate(*case) for case in cases]
    decided = {answer.rule_id for answer in answers if answer is not None}

    shipped = [parse_policy(text) for _, text in bootstrap.seed_texts("policies")]
    assert decided - {DEFAULT, NOT_IN_FORCE} == rules_of(shipped)


def test_equal_seeds_ask_equal_questions_and_other_seeds_others() -> None:
    def asked(seed: int) -> list[Any]:
        return [(case.policy.registry, *case[1:]) for case in seed_cases(200, seed)]

    assert asked(1) == asked(1)
    assert asked(1) != asked(2)


def test_the_last_of_the_long_policys_rules_decides_after_all_others_were_tried() -> None:
    answers = [evaluate(*case, trace=True) for case in long_cases(200)]

    assert {answer.rule_id for answer in answers if answer} == {f"nd-long-{LONG_RULES}"}
    assert {len(answer.tried) for answer in answers if answer} == {LONG_RULES}


def test_the_policys_message_is_what_the_records_lane_takes_for_a_policy() -> None:
    message = policy_message()
    record = Ends({TopicPartition(REFERENCE, 0): 7}).place(message, 1_000.0)
    envelope, body = read_event(record)

    assert (record.topic, record.partition, record.offset) == (REFERENCE, 0, 7)
    assert envelope.head.record_id == RECEIVER
    assert body["text"] == later_policy(SHIPPED)


def test_completions_are_new_records_placed_one_behind_the_other() -> None:
    ends = Ends({TopicPartition(f"registry.{REGISTRIES[0]}.events", 1): 30})
    said = list(islice(completions(PLAN), 300))
    records = [ends.place(message, 5.0) for _, message in said]

    assert len({key for key, _ in said}) == 300
    offsets: dict[TopicPartition, list[int]] = {}
    for record in records:
        offsets.setdefault(record.place, []).append(record.offset)
    assert len(offsets) == 8
    for place, found in offsets.items():
        first = 30 if place == TopicPartition(f"registry.{REGISTRIES[0]}.events", 1) else 0
        assert found == list(range(first, first + len(found)))


def test_latencies_are_those_of_events_sent_within_the_time() -> None:
    seen = [Seen(sent_at=float(at), seconds=at / 10) for at in range(20)]
    found = latencies(seen, 5.0, 15.0)

    assert found["events"] == 10
    assert found["rate"] == 1.0
    assert (found["p50_ms"], found["p99_ms"], found["max_ms"]) == (1000.0, 1400.0, 1400.0)
    assert latencies(seen, 100.0, 101.0)["p99_ms"] is None


def test_a_quantile_of_one_is_the_longest() -> None:
    assert quantile_ms([0.1, 0.2, 0.7], 1.0) == 700.0
    assert quantile_ms([], 0.5) is None


class _Transaction:
    """Locks all who are named; its parts take a moment."""

    def __init__(self) -> None:
        self.records = self

    def lock_persons(self, persons: set[Person]) -> set[Person]:
        return persons

    def of_persons(self, seconds: float) -> str:
        time.sleep(seconds)
        return "rows"


class _Store:
    """Transactions that end at once."""

    @contextmanager
    def transaction(self) -> Iterator[_Transaction]:
        yield _Transaction()


def test_only_transactions_that_hold_persons_are_kept_with_what_their_calls_took() -> None:
    store = MeteredStore(_Store())
    with store.transaction() as tx:
        assert tx.records.of_persons(0.0) == "rows"
    with store.transaction() as tx:
        tx.records.of_persons(0.02)
        tx.lock_persons({Person("us-oh", "1"), Person("us-nd", "2")})
        tx.records.of_persons(0.03)

    (held,) = store.held
    assert held.persons == 2
    assert 0.03 <= held.seconds < held.whole - 0.02 + 0.001
    assert held.calls["records.of_persons"] >= 0.05


def _roll_back(store: MeteredStore) -> None:
    with store.transaction() as tx:
        tx.lock_persons({Person("us-oh", "1")})
        tx.records.of_persons(0.02)
        raise ValueError


def test_a_transaction_that_was_rolled_back_held_persons_all_the_same() -> None:
    store = MeteredStore(_Store())
    with pytest.raises(ValueError):
        _roll_back(store)

    (held,) = store.held
    assert held.seconds >= 0.02
    assert held_figures(store.held)["rolled_back"] == 1


def test_held_figures_name_the_longest_and_shares_what_is_left_to_python() -> None:
    held = [
        Held(ended_at=1.0, seconds=0.4, whole=0.5, persons=3, calls={"commit": 0.1}),
        Held(ended_at=2.0, seconds=1.2, whole=1.5, persons=3, calls={"commit": 0.3, "count": 0.2}),
    ]

    figures = held_figures(held)
    assert (figures["held_max_ms"], figures["held_over_goal"]) == (1200.0, 1)
    assert step_shares(held) == {"python": 1.4, "commit": 0.4, "count": 0.2}


def _record(offset: int) -> LogRecord:
    return LogRecord("registry.us-oh.events", 0, offset, 0, None, b"", ())


def test_a_worker_takes_all_that_has_come_and_ends_behind_it() -> None:
    inlet: queue.Queue[list[LogRecord] | None] = queue.Queue()
    for offset in range(3):
        inlet.put([_record(offset)])
    assert received(inlet) == ([_record(0), _record(1), _record(2)], False)

    inlet.put([_record(3)])
    inlet.put(None)
    inlet.put([_record(4)])
    assert received(inlet) == ([_record(3)], True)
