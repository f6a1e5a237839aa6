"""All that a run of the hub wrote, opened seals included, laid before a search."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.adapters.keyring import open_keyring
from hub.domain.events import Kind, Sealed
from hub.domain.log import LogRecord
from hub.domain.rows import Person
from hub.errors import RejectedError
from hub.identity.sealing import open_sealed
from hub.wire.codec import decode_private, read_event
from tests.e2e.identity_search import Search, cells_of, look_all, printable_parts, texts_in
from tests.e2e.sample_run import SampleRun, events_on, files_in

MASKS_BYTES = 8
_AT_ONCE = 500
_END = "endofrecord"
"""Parts the words of one record from those of the next."""


def look_at_run(search: Search, run: SampleRun) -> set[str]:
    """Look through files, tables, events, opened seals, console and JSON; the files' names."""
    files = [path for path in files_in(run.data) if not path.name.startswith("sent-")]
    for path in files:
        search.look(printable_parts(path.read_bytes()), bytes_too=path.suffix != ".csv")
        if path.suffix == ".sqlite":
            look_all(search, cells_of(path))
    records = records_of(run.data)
    for start in range(0, len(records), _AT_ONCE):
        some = records[start : start + _AT_ONCE]
        look_all(search, (text for record in some for text in (*_said(record), _END)))
    look_all(search, sealed_texts(run.data, records))
    search.look(run.console)
    search.look(json.dumps(run.document, ensure_ascii=False))
    return {path.name for path in files}


def _said(record: LogRecord) -> Iterator[str]:
    envelope, body = read_event(record)
    head = envelope.head
    yield from map(str, (record.key, head.registry, head.person_id, head.record_id))
    yield str(head.submission_id)
    yield from (value.decode() for _, value in record.headers)
    yield from texts_in(body)


def records_of(data: Path) -> list[LogRecord]:
    """Every record of a run's log."""
    return [record for run in events_on(data).values() for record in run]


def sealed_texts(data: Path, records: list[LogRecord]) -> Iterator[str]:
    """Texts of what is sealed, opened with the hub's own keys, packed evidence as bytes."""
    opened = [read_event(record)[0] for record in records]
    sealed = [envelope for envelope in opened if envelope.sealed is not None]
    keyring = open_keyring(f"sqlite:///{data / 'keyring.sqlite'}")
    try:
        keys = keyring.open_keys(sorted({e.sealed.key_id for e in sealed if e.sealed}))
    finally:
        keyring.close()
    for envelope in sealed:
        head = envelope.head
        if envelope.sealed is not None and envelope.kind is not Kind.IDENTITY_CLAIM:
            person = Person(head.registry, head.person_id or "")
            key = keys[envelope.sealed.key_id]
            data_in = open_sealed(envelope.sealed, key, person, envelope.kind)
            private = decode_private(data_in)
            yield from texts_in(private)
            yield (private.get("evidence") or b"").decode("latin-1")


def pair_changes(records: list[LogRecord]) -> Iterator[dict[str, Any]]:
    """Every pair that a decision says something of."""
    for record in records:
        envelope, body = read_event(record)
        if envelope.kind is Kind.IDENTITY_DECISION:
            yield from body["pairs"]


def open_pair(change: dict[str, Any], keys: dict[str, bytes]) -> bytes:
    """The names of a pair's evidence, out of both seals."""
    one = Person(change["registry"], change["person_id"])
    other = Person(change["other_registry"], change["other_person_id"])
    evidence = change["evidence"]
    inner, outer = evidence["key_id"], evidence["other_key_id"]
    for first, second in ((one, other), (other, one)):
        try:
            twice = Sealed(outer, evidence["ciphertext"])
            once = open_sealed(twice, keys[outer], second, Kind.IDENTITY_DECISION)
            return open_sealed(Sealed(inner, once), keys[inner], first, Kind.IDENTITY_DECISION)
        except RejectedError:
            continue
    raise AssertionError(f"the evidence of {one} and {other} opens under neither order")
