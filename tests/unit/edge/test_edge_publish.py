"""Publishing: everything in order, the same bytes each time, and nothing of anybody's identity."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from hub.adapters.keyring import MemoryKeyring
from hub.adapters.memory_log import MemoryEventLog
from hub.domain.events import Kind
from hub.domain.log import Appended, LogRecord, Message, TopicSpec
from hub.domain.rows import Person
from hub.domain.statements import Statement, Submission
from hub.errors import ConfigurationError, RetryableError
from hub.identity.evidence import evidence_of
from hub.identity.sealing import open_sealed
from hub.identity.tokens import TokenKey, fingerprint
from hub.intake.known import MemoryKnown
from hub.intake.publish import BATCH, publish_submission
from hub.ports import EventLog
from hub.wire.codec import decode_private, open_envelope, read_event
from tests.unit.edge.edge_samples import KEY, everything, sample

SUBMISSION = sample("us-nd")
DIGEST = "ce_digest"


class FailingLog(MemoryEventLog):
    """A log that stops answering after some appends."""

    def __init__(self, appends: int, error: BaseException) -> None:
        super().__init__()
        self.left = appends
        self.error = error

    async def append(self, messages: Sequence[Message]) -> list[Appended]:
        if self.left == 0:
            raise self.error
        self.left -= 1
        return await super().append(messages)


async def publish(
    log: EventLog,
    submission: Submission = SUBMISSION,
    *,
    keyring: MemoryKeyring | None = None,
    key: TokenKey = KEY,
    known: MemoryKnown | None = None,
) -> int:
    report = await publish_submission(
        submission, log=log, keyring=keyring or MemoryKeyring(), token_keys=(key,), known=known
    )
    return report.sent


def kinds(records: list[LogRecord]) -> list[Kind]:
    return [open_envelope(record).kind for record in records]


async def test_every_statement_and_one_submission_event_are_sent() -> None:
    log = MemoryEventLog()
    sent = await publish(log)
    records = await everything(log)

    assert sent == len(records) == len(SUBMISSION.statements) + 1
    assert kinds(records).count(Kind.SUBMISSION) == 1
    assert await log.topics() == {"registry.us-nd.events": 4, "registry.us-nd.inbox": 1}


async def test_events_say_what_the_statements_say_in_order_of_their_rows() -> None:
    log = MemoryEventLog()
    await log.create_topics([TopicSpec("registry.us-nd.events", 1)])
    await publish(log)
    events = [read_event(record) for record in await everything(log)]

    for statement, (envelope, body) in zip(SUBMISSION.statements, events, strict=False):
        epochs = body.get("evidence_epochs", [])
        assert epochs in ([], [1])
        assert body == {**statement.body, **({"evidence_epochs": epochs} if epochs else {})}
        assert envelope.kind == statement.kind
        assert envelope.head.record_id == statement.record_id
        assert envelope.head.revision == statement.revision
        assert envelope.head.submission_row == statement.row
        assert envelope.head.change == statement.change
        assert envelope.head.synthetic
    assert events[-1][0].kind == Kind.SUBMISSION


async def test_a_profile_names_the_epoch_of_the_evidence_that_is_sealed_in_it() -> None:
    log = MemoryEventLog()
    await publish(log)
    events = [read_event(record) for record in await everything(log)]
    profiles = [body for envelope, body in events if envelope.kind == Kind.PROFILE]

    assert {tuple(body["evidence_epochs"]) for body in profiles} >= {(1,)}


async def test_an_event_is_keyed_by_its_person_and_an_approval_by_itself() -> None:
    log = MemoryEventLog()
    await publish(log)
    heads = [(record.key, open_envelope(record).head) for record in await everything(log)]

    assert all(key == (head.person_id or head.record_id).encode() for key, head in heads)


async def test_the_submission_event_counts_rows_and_names_the_token_key() -> None:
    log = MemoryEventLog()
    await publish(log)
    [(envelope, body)] = [
        read_event(r) for r in await everything(log) if open_envelope(r).kind == Kind.SUBMISSION
    ]

    assert envelope.head.record_id == SUBMISSION.submission_id
    assert envelope.head.revision >= max(s.revision for s in SUBMISSION.statements)
    assert (body["token_epoch"], body["token_fingerprint"]) == (1, fingerprint(KEY))
    assert [file["name"] for file in body["files"]] == sorted(f.name for f in SUBMISSION.files)
    for said, file in zip(body["files"], SUBMISSION.files, strict=True):
        assert said["rows"] == file.rows
        assert said["rejected"] == len(said["rejections"]) == file.rejected
        assert said["rows"] == sum(
            said[word] for word in ("accepted", "superseded", "duplicate", "rejected")
        )


async def test_publishing_twice_gives_the_same_bytes() -> None:
    keyring = MemoryKeyring()
    logs = (MemoryEventLog(), MemoryEventLog())
    for log in logs:
        await publish(log, keyring=keyring)
    first, second = [
        [(r.topic, r.partition, r.offset, r.key, r.value, r.headers) for r in records]
        for records in (await everything(logs[0]), await everything(logs[1]))
    ]

    assert first == second


async def test_a_submission_sent_again_repeats_its_receipt() -> None:
    keyring, known, log = MemoryKeyring(), MemoryKnown(), MemoryEventLog()
    await publish(log, keyring=keyring, known=known)
    judged_later = replace(
        SUBMISSION,
        files=tuple(
            replace(file, accepted=0, superseded=file.accepted + file.superseded)
            for file in SUBMISSION.files
        ),
    )
    report = await publish_submission(
        judged_later, log=log, keyring=keyring, token_keys=(KEY,), known=known
    )
    receipts = [r for r in await everything(log) if open_envelope(r).kind == Kind.SUBMISSION]

    assert report.already_sent
    assert len(receipts) == 2
    assert receipts[0].value == receipts[1].value


async def test_another_token_epoch_encodes_every_profile_anew() -> None:
    log, keyring = MemoryEventLog(), MemoryKeyring()
    await publish(log, keyring=keyring)
    await publish(log, keyring=keyring, key=TokenKey(2, bytes(32)))
    profiles = [e for e in map(open_envelope, await everything(log)) if e.kind is Kind.PROFILE]

    assert len({envelope.head.encoding for envelope in profiles}) == 2
    assert len({envelope.head.event_id for envelope in profiles}) == len(profiles)


def evidence(statement: Statement) -> bytes:
    if statement.identity is None:
        return b""
    return evidence_of(statement.identity, [KEY], synthetic=True)


async def test_private_fields_and_evidence_are_sealed_under_the_persons_key() -> None:
    keyring, log = MemoryKeyring(), MemoryEventLog()
    await publish(log, keyring=keyring)
    by_record = {(s.kind, s.record_id, s.revision): s for s in SUBMISSION.statements}
    opened = 0
    for record in await everything(log):
        envelope = open_envelope(record)
        head, sealed = envelope.head, envelope.sealed
        if sealed is None or head.person_id is None:
            continue
        key = keyring.keys_for("us-nd", [head.person_id], mint=False)[head.person_id]
        assert sealed.key_id == key.key_id
        person = Person("us-nd", head.person_id)
        private = decode_private(open_sealed(sealed, key.key, person, envelope.kind))
        statement = by_record[envelope.kind, head.record_id, head.revision]
        assert {name: private[name] for name in statement.private} == statement.private
        assert (private["evidence"] or b"") == evidence(statement)
        opened += 1

    assert opened >= len([s for s in SUBMISSION.statements if s.kind is Kind.PROFILE])


async def test_a_statement_with_nothing_private_is_not_sealed() -> None:
    log = MemoryEventLog()
    plain = [s for s in SUBMISSION.statements if s.kind is Kind.APPROVAL]
    await publish(log, replace(SUBMISSION, statements=tuple(plain)))

    assert plain
    assert all(open_envelope(record).sealed is None for record in await everything(log))


def identity_texts(statement: Statement) -> set[str]:
    """What would name the person; names only as given name and surname together."""
    who = statement.identity
    if who is None:
        return set()
    texts = {f"{who.given_name} {who.surname}", f"{who.surname} {who.given_name}", who.ssn or ""}
    if who.birth_on is not None:
        texts |= {who.birth_on.isoformat(), who.birth_on.strftime("%Y%m%d")}
    return {text.lower() for text in texts if text}


async def test_nothing_of_an_identity_is_on_the_log_in_the_open() -> None:
    log = MemoryEventLog()
    await publish(log)
    # But for digests, whose digits may spell any day.
    written = b"\n".join(
        b"\n".join(
            (record.key or b"", record.value, *(v for n, v in record.headers if n != DIGEST))
        )
        for record in await everything(log)
    ).lower()
    named = {text for s in SUBMISSION.statements for text in identity_texts(s)}

    assert len(named) > 100
    assert not [text for text in named if text.encode() in written]


@pytest.mark.parametrize("first_is_synthetic", [True, False])
async def test_real_and_synthetic_data_do_not_mix_in_one_log(first_is_synthetic: bool) -> None:
    log = MemoryEventLog()
    await publish(log, replace(SUBMISSION, synthetic=first_is_synthetic))
    before = len(await everything(log))
    other = replace(SUBMISSION, registry="us-oh", synthetic=not first_is_synthetic)
    with pytest.raises(ConfigurationError, match=r"registry\.us-nd\.events"):
        await publish(log, other)

    assert len(await everything(log)) == before
    assert "registry.us-oh.events" not in await log.topics()


async def test_an_interrupted_submission_is_not_known_and_can_be_completed() -> None:
    keyring, known = MemoryKeyring(), MemoryKnown()
    log = FailingLog(1, RetryableError("no answer from the log"))
    with pytest.raises(RetryableError) as caught:
        await publish(log, keyring=keyring, known=known)
    total = len(SUBMISSION.statements) + 1

    assert caught.value.effect is not None
    assert caught.value.effect.startswith(f"{min(BATCH, total - 1):,} of {total:,} events")
    assert known.newest_stamp(SUBMISSION.statements[0].kind, "any") is None
    assert not known.has_person(SUBMISSION.statements[0].person_id or "")

    log.left = -1
    assert await publish(log, keyring=keyring, known=known) == total
    assert known.has_person(SUBMISSION.statements[0].person_id or "")


async def test_cancelling_leaves_the_known_state_as_it_was() -> None:
    known = MemoryKnown()
    with pytest.raises(asyncio.CancelledError):
        await publish(FailingLog(1, asyncio.CancelledError()), known=known)

    assert not known.has_person(SUBMISSION.statements[0].person_id or "")


async def test_progress_grows_to_everything() -> None:
    seen: list[tuple[int, int]] = []
    await publish_submission(
        SUBMISSION,
        log=MemoryEventLog(),
        keyring=MemoryKeyring(),
        token_keys=(KEY,),
        known=None,
        progress=lambda sent, total: seen.append((sent, total)),
    )
    total = len(SUBMISSION.statements) + 1

    assert seen == sorted(seen)
    assert seen[-1] == (total, total)
