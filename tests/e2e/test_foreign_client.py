"""A client that knows nothing of the hub reads every topic: confluent_kafka, given the schemas."""

from __future__ import annotations

import asyncio
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from hub import bootstrap
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.rows import Person
from hub.identity.statements import Answer
from hub.intake.answers import Saying, publish_answer
from hub.intake.exchange import Statement, publish_statement
from hub.intake.exchange_forms import (
    Appeal,
    Decided,
    RecordNamed,
    consent,
    decision,
    dispute,
    portability_request,
)
from hub.intake.policies import Answering, publish_policy_answer
from hub.intake.reference import epoch_entry, publish_reference, release_entry
from hub.settings import Settings
from hub.wire.codec import open_envelope, read_event
from hub.wire.schemas import load_schemas
from tests.e2e.sample_run import ROOT, SampleRun, events_on

DAY = date(2026, 6, 30)
NOWHERE = "http://127.0.0.1:1"


class CheckedInSchemas(SchemaRegistryClient):  # type: ignore[misc]
    """Answers with the project's schema files by id, as a schema registry would; no network."""

    def get_schema(
        self,
        schema_id: int,
        subject_name: Any = None,
        fmt: Any = None,
        reference_format: Any = None,
    ) -> Schema:
        return Schema(schema_file(schema_id).read_text("utf-8"), schema_type="AVRO")

    def get_associations_by_resource_name(self, *_asked: Any, **_more: Any) -> list[Any]:
        """No topic has a subject of another name than its own."""
        return []


def schema_file(schema_id: int) -> Path:
    schema = load_schemas().by_id[schema_id]
    return ROOT / "schemas" / "avro" / schema.event / f"v{schema.version}.avsc"


@pytest.fixture(scope="module")
def log(
    sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory
) -> dict[TopicPartition, list[LogRecord]]:
    """The sample's log, and what people say beside records, which no export does."""
    data = tmp_path_factory.mktemp("said")
    shutil.copy(sample_run.data / "log.sqlite", data)
    asyncio.run(_say(f"sqlite:///{data / 'log.sqlite'}"))
    return events_on(data)


async def _say(log_url: str) -> None:
    log = bootstrap.open_log(log_url, Settings())
    never = Saying(
        one=Person("us-nd", "400240"),
        other=Person("us-nv", "NV-004672"),
        answer=Answer.NEVER,
        reason="twins",
        staff_id="staff-1",
    )
    try:
        assert await publish_answer(log, never, None, synthetic=True)
        entries = [release_entry("us-nd", None, "checked"), epoch_entry(1, "rotated")]
        assert await publish_reference(log, entries) == len(entries)
        for statement in _statements():
            assert await publish_statement(log, statement, synthetic=True)
        adopted = Answering(
            registry="us-nd", revision=1, answer="ADOPTED", reason="ours", staff_id="staff-1"
        )
        assert await publish_policy_answer(log, adopted, synthetic=True)
    finally:
        await log.close()


def _statements() -> list[Statement]:
    """One of each kind that registries say beside their records."""
    worker, record = Person("us-nd", "400240"), RecordNamed("us-nd", "training", "T-1")
    appeal = Appeal(person=worker, record=record, receiver="us-nv", reason="hours")
    decided = Decided(
        registry="us-nv",
        record=record,
        decision="PARTLY",
        reason="hours",
        staff_id="staff-1",
        decided_on=DAY,
        hours=Decimal("1.5"),
        revision=1,
    )
    return [
        consent(worker, "us-nv", ["training"], "signed_form"),
        portability_request(worker, "us-nv", DAY),
        dispute(appeal),
        decision(decided, None),
    ]


@pytest.fixture(scope="module")
def read_by_the_client(
    log: dict[TopicPartition, list[LogRecord]],
) -> list[tuple[LogRecord, dict[str, Any]]]:
    """Every value of the log, as the client reads it."""
    deserialize = AvroDeserializer(CheckedInSchemas({"url": NOWHERE}))
    found = []
    for place, run in log.items():
        context = SerializationContext(place.topic, MessageField.VALUE)
        for record in run:
            value = deserialize(record.value, context)
            assert isinstance(value, dict)
            found.append((record, value))
    return found


def test_every_event_of_every_topic_decodes(
    log: dict[TopicPartition, list[LogRecord]],
    read_by_the_client: list[tuple[LogRecord, dict[str, Any]]],
) -> None:
    topics = {place.topic for place in log}

    assert len(read_by_the_client) == sum(map(len, log.values())) > 19_000
    assert {record.topic for record, _ in read_by_the_client} == topics
    assert {"alliance.reference", "national.identity-claims", "national.identity"} < topics
    assert {"national.reciprocity", "registry.us-oh.events", "registry.us-oh.inbox"} < topics


def test_the_client_reads_what_the_hub_reads(
    read_by_the_client: list[tuple[LogRecord, dict[str, Any]]],
) -> None:
    for record, value in read_by_the_client:
        envelope, body = read_event(record)
        meta = value["meta"]

        assert list(value) == ["meta", "change", "sealed", "body"]
        assert value["body"] == body
        assert value["change"] == envelope.head.change.name
        assert str(meta["event_id"]) == envelope.head.event_id
        assert meta["registry"] == envelope.head.registry
        assert meta["person_id"] == envelope.head.person_id
        assert meta["record_id"] == envelope.head.record_id
        assert meta["revision"] == envelope.head.revision
        sealed = None if envelope.sealed is None else envelope.sealed.ciphertext
        assert (value["sealed"] or {}).get("ciphertext") == sealed


def test_every_schema_that_can_stand_on_a_topic_is_read(
    log: dict[TopicPartition, list[LogRecord]],
) -> None:
    seen = {open_envelope(record).schema_id for run in log.values() for record in run}
    newest = {schema.schema_id for schema in load_schemas().newest.values() if schema.kind}

    assert seen == newest


def test_headers_say_what_the_event_is(log: dict[TopicPartition, list[LogRecord]]) -> None:
    """CloudEvents 1.0, Kafka binding, binary mode."""
    for run in log.values():
        for record in run:
            headers = dict(record.headers)
            head = open_envelope(record).head

            assert headers["ce_specversion"] == b"1.0"
            assert headers["content-type"] == b"application/avro"
            assert headers["ce_id"].decode() == head.event_id
            assert headers["ce_source"].decode().endswith(head.registry)
            assert {"ce_type", "ce_time", "ce_subject", "ce_digest"} < headers.keys()
