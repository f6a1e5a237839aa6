"""Every match of the sample explained from its log alone: the store's answer, the rule file's from
the explanation's own input, and little of the log decoded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from hub.audit.explain import explain
from hub.audit.explain_read import Question, read_held
from hub.cli.match_explain import document_of
from hub.domain.events import Kind
from hub.domain.log import Appended, LogRecord, Message, TopicPartition, TopicSpec
from hub.domain.rows import Person
from hub.projections.matches import interval_body
from hub.reciprocity.answer_json import answer_document
from hub.reciprocity.facts_json import input_from_json
from hub.reciprocity.policy import parse_policy
from hub.wire.codec import decode_body
from hub.wire.schemas import load_schemas
from tests.e2e.sample_run import REGISTRIES, ROOT, SampleRun, events_on, rows_of, run_hub

SEEDS = ROOT / "hub" / "seeds" / "policies"
DAY = date(2026, 6, 30)
ASKED_ONE_IN = 7
DECODED_MAX = 150
"""Of the sample's log references are 56; the rest names person, record or approvals."""


class HeldLog:
    """A log's events in memory, to be read many times."""

    def __init__(self, events: dict[TopicPartition, list[LogRecord]]) -> None:
        self._events = events

    async def topics(self) -> dict[str, int]:
        return {place.topic: 0 for place in self._events}

    async def ends(self, topics: Sequence[str] | None = None) -> dict[TopicPartition, int]:
        return {place: len(run) for place, run in self._events.items()}

    async def read(self, start: TopicPartition, offset: int, max_records: int) -> list[LogRecord]:
        return self._events[start][offset : offset + max_records]

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        raise AssertionError("explaining writes nothing")

    async def create_topics(self, specs: Sequence[TopicSpec]) -> None:
        raise AssertionError("explaining makes nothing")

    async def close(self) -> None:
        """Nothing is held but memory."""


@pytest.fixture(scope="module")
def log(sample_run: SampleRun) -> HeldLog:
    events = events_on(sample_run.data)
    counts: dict[str, int] = {}
    for place in events:
        counts[place.topic] = max(counts.get(place.topic, 0), place.partition + 1)
    full = {TopicPartition(t, p): [] for t, count in counts.items() for p in range(count)}
    return HeldLog({**full, **events})


def matches_of(run: SampleRun) -> Iterator[tuple[Question, dict[str, Any]]]:
    """Every match with a person of the registry that holds the record, to ask for it."""
    anybody = {
        row["registry"]: row["person_id"]
        for row in rows_of(run, "SELECT registry, min(person_id) AS person_id FROM link GROUP BY 1")
    }
    schema_id = load_schemas().of(Kind.RECIPROCITY_MATCH).schema_id
    for row in rows_of(run, "SELECT * FROM match ORDER BY registry, kind, record_id, receiver"):
        question = Question(
            person=Person(row["registry"], row["person_id"] or anybody[row["registry"]]),
            registry=row["registry"],
            kind=row["subject"],
            record_id=row["record_id"],
            receiver=row["receiver"],
        )
        yield question, decode_body(schema_id, row["body"])


async def asked(log: HeldLog, question: Question) -> tuple[dict[str, Any], list[Any], int]:
    """The explanation's document, its timeline as a match has it, and how much was decoded."""
    held = await read_held(log, question, None, lambda _count: None)
    explanation = explain(held, question, DAY)
    timeline = [interval_body(each) for each in explanation.intervals]
    return document_of(explanation, held, None), timeline, held.decoded


def test_every_match_of_the_sample_is_explained_as_the_store_has_it(
    sample_run: SampleRun, log: HeldLog
) -> None:
    policies = {
        registry: parse_policy((SEEDS / f"{registry}.toml").read_text("utf-8"))
        for registry in REGISTRIES
    }

    async def ask() -> list[int]:
        decoded = []
        for question, body in matches_of(sample_run):
            document, timeline, count = await asked(log, question)
            assert timeline == body["intervals"], question
            assert document["policy_revision"] == policies[question.receiver].revision
            assert document["input"]["record"]["revision"] == body["record_revision"]
            given = input_from_json(document["input"])
            again = answer_document(policies[question.receiver], *given, DAY)
            assert json.dumps({name: document[name] for name in again}) == json.dumps(again)
            decoded.append(count)
        return decoded

    decoded = asyncio.run(ask())

    assert len(decoded) == sum(sample_run.document["national"]["matches"].values())
    assert len(decoded) > 800
    assert max(decoded) < DECODED_MAX


def test_a_linked_registry_gets_the_same_answer_from_its_own_account(
    sample_run: SampleRun, log: HeldLog
) -> None:
    """The receiver asks for its own account of the person; the demo lets all learn of all."""
    beside = {
        (row["registry"], row["person_id"], row["other"]): row["other_id"]
        for row in rows_of(
            sample_run,
            "SELECT a.registry, a.person_id, b.registry AS other, b.person_id AS other_id "
            "FROM link AS a JOIN link AS b USING (national_id)",
        )
    }

    async def ask() -> int:
        count = 0
        for question, body in matches_of(sample_run):
            if question.kind in ("trainer", "course") or count % ASKED_ONE_IN:
                count += 1
                continue
            key = (*question.person, question.receiver)
            other = Person(question.receiver, beside[key])
            mine = Question(
                person=other,
                registry=question.registry,
                kind=question.kind,
                record_id=question.record_id,
                receiver=question.receiver,
            )
            document, timeline, _ = await asked(log, mine)
            assert timeline == body["intervals"], mine
            assert document["person"] == other._asdict()
            count += 1
        return count

    assert asyncio.run(ask()) > 800


def test_the_command_says_how_much_of_the_log_it_decoded(sample_run: SampleRun) -> None:
    question, body = next(matches_of(sample_run))
    words = [
        *("match", "explain", "--log", sample_run.log_url, "--json", "-"),
        *("--person", "/".join(question.person), "--to", question.receiver),
        *("--record", f"{question.registry}/{question.kind}/{question.record_id}"),
        *("--effective-as-of", DAY.isoformat()),
    ]

    done = run_hub(*words)

    document = json.loads(done.stdout)
    decoded = int(done.stderr.split("Read ")[1].split(" of ")[0].replace(",", ""))
    assert len(document["timeline"]) == len(body["intervals"])
    assert 0 < decoded < DECODED_MAX < document["events_read"]
    assert f"of {document['events_read']:,} events decoded" in done.stderr
    assert sum(each["until"] for each in document["read"]) == document["events_read"]
