"""Short ways to make rows and to look at a store, for the contract of projection stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from hub.adapters.sql_store import SqlStore, SqlTransaction
from hub.domain.events import Kind
from hub.domain.identity_rows import InputRow
from hub.domain.log import TopicPartition
from hub.domain.rows import (
    Advance,
    AnswerRow,
    ClaimRow,
    LinkRow,
    MatchRow,
    OutboxItem,
    PairRow,
    Person,
    RecordKey,
    RecordRow,
    ReferenceRow,
    RejectedRow,
    WorkerRow,
)

PLACE = TopicPartition("registry.us-wi.events", 0)
TRAINING = int(Kind.TRAINING_COMPLETION)
APPROVAL = int(Kind.APPROVAL)


def advance(old: int, new: int, place: TopicPartition = PLACE) -> Advance:
    return Advance(place, old, new, bytes([new % 256]) * 32)


def record_key(record_id: str, registry: str = "us-wi", kind: int = TRAINING) -> RecordKey:
    return RecordKey(registry, kind, record_id)


def record(record_id: str, **changes: Any) -> RecordRow:
    values: dict[str, Any] = {
        "registry": "us-wi",
        "kind": TRAINING,
        "record_id": record_id,
        "person_id": "P1",
        "revision": 5,
        "encoding": 1,
        "change": 0,
        "digest": bytes(64),
        "leaf": b"\x00\xff" * 16,
        "schema_id": 4,
        "body": b"body \x00",
        "sealed_key": "key-1",
        "sealed": b"\xff\x00",
        "partition": 3,
        "log_offset": 2**40,
        "received_ms": 1_780_000_000_000,
        "synthetic": True,
        "own_type": "CDA",
        "valid_from": -5,
        "valid_until": 20_000,
        "counted": 1,
        "hours_e4": 15_0000,
        "approval_code": "A-1",
        "trainer_id": "T-1",
        "recorded_days": 30,
    }
    return RecordRow(**{**values, **changes})


def link(registry: str, person_id: str, national_id: str, version: int = 0) -> LinkRow:
    return LinkRow(registry, person_id, national_id, version)


def reference(key: str, **changes: Any) -> ReferenceRow:
    values: dict[str, Any] = {
        "kind": int(Kind.RECIPROCITY_POLICY),
        "key": key,
        "revision": 1,
        "encoding": 1,
        "change": 0,
        "digest": b"d" * 64,
        "schema_id": 8,
        "body": b"policy",
    }
    return ReferenceRow(**{**values, **changes})


def match(record_id: str, receiver: str = "us-nv", **changes: Any) -> MatchRow:
    values: dict[str, Any] = {
        "registry": "us-wi",
        "kind": TRAINING,
        "record_id": record_id,
        "receiver": receiver,
        "person_id": "P1",
        "subject": "training",
        "record_leaf": b"\x00\xff" * 16,
        "basis": b"basis",
        "body": b"answer",
        "leaf": b"leaf",
    }
    return MatchRow(**{**values, **changes})


def item(subject: str, content: bytes, **changes: Any) -> OutboxItem:
    values: dict[str, Any] = {
        "topic": "national.reciprocity",
        "key": subject,
        "kind": int(Kind.RECIPROCITY_MATCH),
        "subject": subject,
        "body": content,
        "digest": content.ljust(64, b"."),
        "synthetic": True,
        "recorded_at": 1_780_000_000_000_000,
    }
    return OutboxItem(**{**values, **changes})


def claim(person: Person, offset: int, **changes: Any) -> ClaimRow:
    values: dict[str, Any] = {
        "registry": person.registry,
        "person_id": person.person_id,
        "version": b"\x00\x01",
        "claim_offset": offset,
        "first_offset": offset,
        "first_event_id": f"event-{offset}",
        "present": True,
        "replaced_by": None,
        "sealed_key": "key",
        "sealed": b"\x01",
        "national_id": "n-1",
    }
    return ClaimRow(**{**values, **changes})


def pair(one: str, other: str, **changes: Any) -> PairRow:
    values: dict[str, Any] = {
        "registry": "us-wi",
        "person_id": one,
        "other_registry": "us-wi",
        "other_person_id": other,
        "verdict": 1,
        "cause": "score",
        "score": 3.5,
        "agree": 6,
        "both": 2**31 + 6,
        "opened_ms": 1_780_000_000_000,
        "claim_offset": 7,
    }
    return PairRow(**{**values, **changes})


def answer(publisher: str, one: str, other: str, **changes: Any) -> AnswerRow:
    persons = ("us-wi", one, "us-wi", other)
    return AnswerRow(publisher, *persons, "SAME", b"\x01", 9)._replace(**changes)


def identity_input(key: str, **changes: Any) -> InputRow:
    values: dict[str, Any] = {
        "kind": int(Kind.IDENTITY_MODEL),
        "key": key,
        "sort": b"\x01",
        "claim_offset": 4,
        "parts": 1,
        "done": True,
        "schema_id": 901,
        "body": b"body",
    }
    return InputRow(**{**values, **changes})


def count_rows(store: SqlStore, table: str) -> int:
    with store.reading() as sql:
        return int(sql.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])


def rejected(offset: int = 9, **changes: Any) -> RejectedRow:
    values: dict[str, Any] = {
        "topic": PLACE.topic,
        "partition": PLACE.partition,
        "log_offset": offset,
        "reason": "KEY_EMPTY",
        "fold_version": 1,
        "registry": "us-wi",
        "received_ms": 1_780_000_000_000,
    }
    return RejectedRow(**{**values, **changes})


def worker(worker_id: str = "w-1", seen_ms: int = 1_780_000_000_000) -> WorkerRow:
    return WorkerRow(
        worker_id=worker_id,
        host="host",
        pid=2**31,
        started_ms=1_780_000_000_000,
        seen_ms=seen_ms,
        lanes="{}",
    )


class CountedDriver:
    """A driver's connection or cursor that notes what is said to the database through it."""

    def __init__(self, driver: Any, said: list[str]) -> None:
        self._driver = driver
        self._said = said

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def cursor(self, *given: Any, **named: Any) -> CountedDriver:
        return CountedDriver(self._driver.cursor(*given, **named), self._said)

    def execute(self, statement: str, *given: Any) -> Any:
        self._said.append(statement)
        return self._driver.execute(statement, *given)

    def executemany(self, statement: str, *given: Any) -> Any:
        self._said.append(statement)
        return self._driver.executemany(statement, *given)

    def copy(self, statement: str) -> Any:
        self._said.append(statement)
        return self._driver.copy(statement)


def statements_of(store: SqlStore, work: Callable[[SqlTransaction], object]) -> list[str]:
    """What a piece of work says to the database, in a transaction of its own. One statement for
    many rows, by COPY or executemany, counts as one."""
    said: list[str] = []
    with store.transaction() as tx:
        tx._sql.driver = CountedDriver(tx._sql.driver, said)
        event.listen(
            tx._sql.connection,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_: said.append(statement),
        )
        work(tx)
    return said
