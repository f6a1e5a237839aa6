"""The states change their token key: the old one, both, then the new one alone, end to end at the
edge. Each submission replaces the profiles of the one before, and none is in conflict with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hub.adapters.keyring import MemoryKeyring
from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sql_store import SqlStore
from hub.adapters.token_key import new_token_key, read_token_key, token_key_files
from hub.domain.events import Kind
from hub.domain.log import LogRecord
from hub.domain.rows import Person
from hub.domain.statements import Statement
from hub.errors import ConfigurationError
from hub.identity.evidence import unpack
from hub.identity.sealing import open_sealed
from hub.identity.tokens import TokenKey, fingerprint
from hub.intake.known import Known, KnownState, MemoryKnown
from hub.intake.publish import publish_submission
from hub.lanes.records import apply_batch, open_batch
from hub.wire.codec import decode_private, read_event
from tests.unit.edge.edge_samples import everything, sample

SUBMISSION = sample("us-nd")
OLD, NEW = TokenKey(1, bytes(range(32))), TokenKey(2, bytes(32))
STEPS = ((OLD,), (OLD, NEW), (NEW,))


async def publish(
    log: MemoryEventLog,
    keys: Sequence[TokenKey],
    *,
    keyring: MemoryKeyring | None = None,
    known: Known | None = None,
) -> None:
    await publish_submission(
        SUBMISSION,
        log=log,
        keyring=keyring or MemoryKeyring(),
        token_keys=keys,
        known=known,
    )


async def added(log: MemoryEventLog, before: Sequence[LogRecord]) -> list[LogRecord]:
    held = {record[:3] for record in before}
    return [record for record in await everything(log) if record[:3] not in held]


def is_whole(statement: Statement) -> bool:
    who = statement.identity
    return who is not None and bool(who.given_name and who.surname and who.birth_on)


async def test_each_step_of_a_rotation_replaces_the_profiles_before(tmp_path: Path) -> None:
    log, keyring = MemoryEventLog(), MemoryKeyring()
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store.create()
    stood: list[dict[str, int]] = []
    for keys in STEPS:
        before = await everything(log)
        await publish(log, keys, keyring=keyring)
        places = sorted({record.place for record in await added(log, before)})
        runs = [
            [record for record in await added(log, before) if record.place == place]
            for place in places
        ]
        with store.transaction() as tx:
            apply_batch(tx, open_batch(runs))
        with store.reading() as sql:
            rows = sql.rows("SELECT record_id, encoding FROM record WHERE kind = 1")
            inbox = sql.rows("SELECT subject FROM published WHERE subject LIKE 'inbox|conflict|%'")
        stood.append({row["record_id"]: row["encoding"] for row in rows})
        assert inbox == []

    store.close()
    first, both, last = stood
    assert len(first) == len(both) == len(last) > 100
    assert all(first[one] < both[one] < last[one] for one in first)


async def test_while_keys_are_changed_a_profile_holds_evidence_under_both() -> None:
    log, keyring = MemoryEventLog(), MemoryKeyring()
    await publish(log, (OLD, NEW), keyring=keyring)
    whole = {s.person_id for s in SUBMISSION.statements if s.kind is Kind.PROFILE and is_whole(s)}
    epochs = set()
    for record in await everything(log):
        envelope, body = read_event(record)
        head, sealed = envelope.head, envelope.sealed
        if envelope.kind is not Kind.PROFILE or head.person_id not in whole:
            continue
        assert head.person_id is not None
        assert sealed is not None
        key = keyring.keys_for("us-nd", [head.person_id], mint=False)[head.person_id]
        person = Person("us-nd", head.person_id)
        private = decode_private(open_sealed(sealed, key.key, person, Kind.PROFILE))
        held = [block.epoch for block in unpack(private["evidence"])]
        assert held == body["evidence_epochs"]
        epochs.add(tuple(held))

    assert epochs == {(2, 1)}


async def test_the_order_in_which_keys_are_given_says_nothing() -> None:
    keyring, logs = MemoryKeyring(), (MemoryEventLog(), MemoryEventLog())
    for log, keys in zip(logs, ((OLD, NEW), (NEW, OLD)), strict=True):
        await publish(log, keys, keyring=keyring)
    values = [[record.value for record in await everything(log)] for log in logs]

    assert values[0] == values[1]


async def test_only_profiles_and_the_receipt_are_sent_anew_under_other_keys() -> None:
    keyring, logs = MemoryKeyring(), (MemoryEventLog(), MemoryEventLog())
    for log, keys in zip(logs, ((OLD,), (NEW,)), strict=True):
        await publish(log, keys, keyring=keyring)
    first, second = [
        {(e.kind, e.head.event_id) for e, _ in map(read_event, await everything(log))}
        for log in logs
    ]

    assert {kind for kind, _ in first ^ second} == {Kind.PROFILE, Kind.SUBMISSION}


async def test_the_receipt_names_the_newest_key() -> None:
    log = MemoryEventLog()
    await publish(log, (OLD, NEW))
    events = map(read_event, await everything(log))
    receipt = next(body for envelope, body in events if envelope.kind is Kind.SUBMISSION)

    assert receipt["token_epoch"] == 2
    assert receipt["token_fingerprint"] == fingerprint(NEW)


async def test_a_withheld_person_sends_a_profile_without_evidence() -> None:
    profile = next(s for s in SUBMISSION.statements if is_whole(s))
    assert profile.identity is not None
    hidden = replace(profile, identity=replace(profile.identity, withheld=True))
    log, keyring = MemoryEventLog(), MemoryKeyring()
    await publish_submission(
        replace(SUBMISSION, statements=(hidden,)),
        log=log,
        keyring=keyring,
        token_keys=(NEW, OLD),
        known=None,
    )
    envelope, body = read_event((await everything(log))[0])

    assert envelope.kind is Kind.PROFILE
    assert body["evidence_epochs"] == []
    if envelope.sealed is not None:
        person = Person("us-nd", str(profile.person_id))
        key = keyring.keys_for("us-nd", [person.person_id], mint=False)[person.person_id]
        private = decode_private(open_sealed(envelope.sealed, key.key, person, Kind.PROFILE))
        assert private["evidence"] is None


@pytest.mark.parametrize(
    "keys",
    [
        (),
        (OLD, TokenKey(1, bytes(32))),
        (OLD, TokenKey(2, OLD.secret)),
        (OLD, NEW, TokenKey(3, bytes(32))),
    ],
)
async def test_no_keys_two_of_one_epoch_or_secret_and_three_are_refused(
    keys: Sequence[TokenKey],
) -> None:
    log = MemoryEventLog()
    with pytest.raises(ConfigurationError) as caught:
        await publish(log, keys)

    assert caught.value.effect == "nothing was sent"
    assert await everything(log) == []


@pytest.mark.parametrize("in_file", [True, False])
async def test_another_key_of_an_epoch_that_was_sent_under_is_refused(
    tmp_path: Path, in_file: bool
) -> None:
    known: Known = KnownState(tmp_path / "state.sqlite", "us-nd") if in_file else MemoryKnown()
    log = MemoryEventLog()
    await publish(log, (OLD,), known=known)
    before = await everything(log)
    other = TokenKey(1, bytes(31) + b"x")
    with pytest.raises(ConfigurationError, match="epoch 1") as caught:
        await publish(log, (NEW, other), known=known)

    assert fingerprint(OLD) in caught.value.message
    assert caught.value.effect == "nothing was sent"
    assert await everything(log) == before
    assert known.fingerprints() == {1: fingerprint(OLD)}
    await publish(log, (NEW, OLD), known=known)
    assert known.fingerprints() == {1: fingerprint(OLD), 2: fingerprint(NEW)}
    if isinstance(known, KnownState):
        known.close()


def test_the_setting_may_name_several_files_as_a_path_does(tmp_path: Path) -> None:
    paths = [tmp_path / "old.key", tmp_path / "new.key"]
    made = [new_token_key(path, epoch) for epoch, path in enumerate(paths, 1)]
    files = token_key_files((), f"{paths[0]}:{paths[1]}")

    assert [read_token_key(file) for file in files] == made
    assert token_key_files([paths[1]], str(paths[0])) == [paths[1]]
    assert token_key_files((), None) == []
