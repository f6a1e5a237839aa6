"""A judged submission to events on the registry's topic.

Statements go out in the order of their rows, in batches, and one submission event closes them: it
is the receipt, and where it stands the submission was sent whole. Encoding and sealing are
deterministic, so a submission that was cut short, or is sent twice, is simply sent again: the same
bytes, which change nothing. What is known of earlier submissions is updated last of all.

While the states change their token key, evidence goes out under both keys. Profiles that are sent
under the next set of keys replace those before, whatever their revision says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.domain.events import (
    Change,
    Head,
    Kind,
    Sealed,
    encoding_of,
    evidence_encoding,
    record_event_id,
)
from hub.domain.log import Message, TopicSpec
from hub.domain.statements import FileReceipt, Statement, Submission
from hub.domain.topics import events_topic, inbox_topic
from hub.errors import HubError
from hub.identity.evidence import VERSION as EVIDENCE_VERSION
from hub.identity.tokens import TokenKey, fingerprint
from hub.intake.known import Known, Receipt
from hub.intake.provenance import refuse_mixing
from hub.intake.seal import SealedPart, seal_statements
from hub.intake.token_keys import checked_keys, remember_keys
from hub.ports import EventLog, Keyring
from hub.wire.codec import digest_of, encode_body, encode_value, headers_of, sealed_bytes_of
from hub.wire.schemas import load_schemas

BATCH = 2_000
EVENT_PARTITIONS = 4
INBOX_PARTITIONS = 1
_DAY_US = 86_400_000_000
_KEYED = frozenset({Kind.PROFILE, Kind.SUBMISSION})

Progress = Callable[[int, int], None]
"""Called with the events sent and the events to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """A submission that was sent whole: there is no report of any other."""

    submission_id: str
    sent: int
    """Events: statements and the submission event."""
    already_sent: bool
    """True where an earlier run had sent this submission whole, with this encoding."""


async def publish_submission(
    submission: Submission,
    *,
    log: EventLog,
    keyring: Keyring,
    token_keys: Sequence[TokenKey],
    known: Known | None,
    progress: Progress | None = None,
) -> PublishReport:
    """Send a submission whole, or raise.

    Raises ConfigurationError before anything is sent where real and synthetic data would mix, or
    where earlier submissions had another token key of the same epoch. An error on the way says in
    its effect how much was sent. It may be cancelled at any await. After either, the same call
    again completes what was begun.
    """
    keys = checked_keys(token_keys)
    await refuse_mixing(log, synthetic=submission.synthetic)
    if known is not None:
        remember_keys(known, keys)
    await make_topics(log, submission.registry)
    encoding = _encoding(submission, Kind.SUBMISSION, keys)
    earlier = known.receipt(submission.submission_id, encoding) if known is not None else None
    receipt = earlier or _receipt(submission, keys)
    total = len(submission.statements) + 1
    sent = 0
    try:
        for batch in _batches(submission.statements):
            await log.append(await asyncio.to_thread(_encode, submission, batch, keyring, keys))
            sent += len(batch)
            if progress is not None:
                progress(sent, total)
        await log.append([_submission_message(submission, receipt)])
    except HubError as error:
        error.effect = f"{sent:,} of {total:,} events were sent; run the same again to send all"
        raise
    if known is not None:
        known.remember(submission.statements, receipt)
    if progress is not None:
        progress(total, total)
    return PublishReport(
        submission_id=submission.submission_id, sent=total, already_sent=earlier is not None
    )


async def make_topics(log: EventLog, registry: str) -> None:
    """Make the registry's topics where they are absent; those that exist stay as they are."""
    there = await log.topics()
    wanted = (
        TopicSpec(events_topic(registry), EVENT_PARTITIONS),
        TopicSpec(inbox_topic(registry), INBOX_PARTITIONS),
    )
    absent = [spec for spec in wanted if spec.name not in there]
    if absent:
        await log.create_topics(absent)


def _batches(statements: Sequence[Statement]) -> Iterator[Sequence[Statement]]:
    return (statements[start : start + BATCH] for start in range(0, len(statements), BATCH))


def _encoding(submission: Submission, kind: Kind, keys: Sequence[TokenKey]) -> int:
    """Only what says something of the keys is encoded anew with other keys."""
    evidence = 0
    if kind in _KEYED:
        evidence = evidence_encoding(EVIDENCE_VERSION, [key.epoch for key in keys])
    return encoding_of(submission.mapping_version, load_schemas().of(kind).version, evidence)


def _encode(
    submission: Submission,
    batch: Sequence[Statement],
    keyring: Keyring,
    keys: Sequence[TokenKey],
) -> list[Message]:
    sealed = seal_statements(
        submission.registry,
        batch,
        keyring=keyring,
        token_keys=keys,
        synthetic=submission.synthetic,
    )
    return [
        _message(
            submission,
            statement,
            part.sealed,
            encode_body(statement.kind, _body(statement, part)),
            _encoding(submission, statement.kind, keys),
        )
        for statement, part in zip(batch, sealed, strict=True)
    ]


def _body(statement: Statement, part: SealedPart) -> dict[str, Any]:
    if statement.kind is not Kind.PROFILE:
        return statement.body
    return {**statement.body, "evidence_epochs": list(part.evidence_epochs)}


def _message(
    submission: Submission,
    statement: Statement,
    sealed: Sealed | None,
    body: bytes,
    encoding: int,
) -> Message:
    version = (statement.revision, encoding, digest_of(body, sealed_bytes_of(sealed)))
    registry, kind, record_id = submission.registry, statement.kind, statement.record_id
    head = Head(
        event_id=record_event_id(registry, kind, record_id, version),
        registry=registry,
        person_id=statement.person_id,
        record_id=record_id,
        revision=statement.revision,
        encoding=encoding,
        recorded_at=statement.revision,
        submission_id=submission.submission_id,
        submission_row=statement.row,
        synthetic=submission.synthetic,
        change=statement.change,
    )
    return _framed(kind, head, sealed, body)


def _framed(kind: Kind, head: Head, sealed: Sealed | None, body: bytes) -> Message:
    value = encode_value(kind, head, sealed, body)
    key = head.record_id if head.person_id is None else head.person_id
    return Message(events_topic(head.registry), key.encode(), value, headers_of(kind, head, value))


def _receipt(submission: Submission, keys: Sequence[TokenKey]) -> Receipt:
    """The submission event's content, from the submission alone. It names the newest key."""
    body: dict[str, Any] = {
        "digest": submission.digest,
        "extract_on": submission.extract_on,
        "mapping_version": submission.mapping_version,
        "kinds": list(submission.kinds),
        "elements": list(submission.elements),
        "functions": list(submission.functions),
        "token_epoch": keys[0].epoch,
        "token_fingerprint": fingerprint(keys[0]),
        "files": [_file_body(file) for file in sorted(submission.files, key=lambda f: f.name)],
    }
    extract_at = (submission.extract_on - date(1970, 1, 1)).days * _DAY_US
    return Receipt(
        submission_id=submission.submission_id,
        encoding=_encoding(submission, Kind.SUBMISSION, keys),
        revision=max([extract_at, *(s.revision for s in submission.statements)]),
        body=encode_body(Kind.SUBMISSION, body),
    )


def _file_body(file: FileReceipt) -> dict[str, Any]:
    rejections = sorted(file.rejections, key=lambda r: (r.line, r.field, r.rule))
    return {
        "name": file.name,
        "kind": file.kind,
        "rows": file.rows,
        "accepted": file.accepted,
        "superseded": file.superseded,
        "duplicate": file.duplicate,
        "rejected": file.rejected,
        "rejections": [{"line": r.line, "field": r.field, "rule": r.rule} for r in rejections],
    }


def _submission_message(submission: Submission, receipt: Receipt) -> Message:
    version = (receipt.revision, receipt.encoding, digest_of(receipt.body, sealed_bytes_of(None)))
    registry, record_id = submission.registry, submission.submission_id
    head = Head(
        event_id=record_event_id(registry, Kind.SUBMISSION, record_id, version),
        registry=registry,
        person_id=None,
        record_id=record_id,
        revision=receipt.revision,
        encoding=receipt.encoding,
        recorded_at=receipt.revision,
        submission_id=record_id,
        submission_row=None,
        synthetic=submission.synthetic,
        change=Change.STATED,
    )
    return _framed(Kind.SUBMISSION, head, None, receipt.body)
