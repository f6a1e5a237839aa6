"""Policies as they stand on the log: every revision that was published in a registry's name, and
what the registry answered to it.

Only what the records lane takes counts: a policy that it would refuse stands nowhere.
"""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.domain.events import Change, Envelope, Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.partitioning import partition_for
from hub.domain.topics import REFERENCE, events_topic
from hub.errors import ConfigurationError, CorruptEventError
from hub.intake.exchange import Statement, publish_statement
from hub.intake.reference import Entry, policy_entry, publish_reference
from hub.lanes.reference import reference_refusal
from hub.ports import EventLog
from hub.projections.exchange import READ, Speaker, subject_id
from hub.reciprocity.model import PolicyTable, RuleTable
from hub.reciprocity.places import located
from hub.reciprocity.policy import PolicyError
from hub.reciprocity.policy_changes import RuleKey, refused_changes
from hub.reciprocity.policy_words import read_tables, tables_of
from hub.wire.codec import read_event

_READ_MAX = 5_000
_NOTHING_SENT = "nothing was published"


@dataclass(frozen=True, slots=True)
class PublishedPolicy:
    """One revision of a registry's policy as the Alliance published it."""

    registry: str
    revision: int
    text: str
    sha256: str
    adopted_by: str | None
    received_ms: int


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """What a registry says of a revision published in its name."""

    revision: int
    sha256: str
    answer: str
    reason: str
    staff_id: str
    received_ms: int


async def published_policies(log: EventLog, registry: str) -> tuple[PublishedPolicy, ...]:
    """Every revision of the registry's policy, the one that stands last; one for each number."""
    newest: dict[int, tuple[Envelope, PublishedPolicy]] = {}
    place = TopicPartition(REFERENCE, 0)
    async for record in _records(log, place):
        try:
            envelope, body = read_event(record)
        except CorruptEventError:
            continue  # Nothing stands by it.
        head = envelope.head
        if envelope.kind is not Kind.RECIPROCITY_POLICY or head.record_id != registry:
            continue
        if reference_refusal(envelope, body) is not None:
            continue
        held = newest.get(head.revision)
        if held is None or envelope.order > held[0].order:
            newest[head.revision] = (envelope, _published(head.revision, body, record))
    return tuple(newest[revision][1] for revision in sorted(newest))


def _published(revision: int, body: Mapping[str, Any], record: LogRecord) -> PublishedPolicy:
    return PublishedPolicy(
        registry=body["registry"],
        revision=revision,
        text=body["text"],
        sha256=body["sha256"],
        adopted_by=body["adopted_by"],
        received_ms=record.append_at_ms,
    )


async def _records(
    log: EventLog, place: TopicPartition, key: bytes | None = None
) -> AsyncIterator[LogRecord]:
    """The partition's records, or those with this key, up to what is there now."""
    if place.topic not in await log.topics():
        return
    end = (await log.ends([place.topic])).get(place, 0)
    offset = 0
    while offset < end and (records := await log.read(place, offset, _READ_MAX)):
        for record in records:
            if key is None or record.key == key:
                yield record
        offset = records[-1].offset + 1


async def policy_answer(log: EventLog, registry: str, revision: int) -> PolicyAnswer | None:
    """What the registry answered to this revision; None where it said nothing, or took it back.

    Raises NotAllowedError where this principal may not read the registry's events.
    """
    record_id = subject_id("policy", str(revision))
    topic = events_topic(registry)
    partitions = (await log.topics()).get(topic)
    if partitions is None:
        return None
    found: tuple[Envelope, PolicyAnswer] | None = None
    place = TopicPartition(topic, partition_for(record_id.encode(), partitions))
    async for record in _records(log, place, record_id.encode()):
        try:
            envelope, body = read_event(record)
        except CorruptEventError:
            continue
        if not _is_answer(envelope, body, record_id):
            continue
        if found is None or envelope.order > found[0].order:
            found = (envelope, _answered(body, record))
    if found is None or found[0].head.change is not Change.STATED:
        return None
    return found[1]


def _is_answer(envelope: Envelope, body: Mapping[str, Any], record_id: str) -> bool:
    """Whether the records lane applies it as an answer to this revision."""
    head = envelope.head
    if envelope.kind is not Kind.POLICY_ANSWER or head.record_id != record_id:
        return False
    names, refusal = READ[Kind.POLICY_ANSWER]
    speaker = Speaker(head.registry, head.person_id, head.record_id, int(head.change))
    return refusal(tuple(body[name] for name in names), speaker) is None


def _answered(body: Mapping[str, Any], record: LogRecord) -> PolicyAnswer:
    return PolicyAnswer(
        revision=body["revision"],
        sha256=body["sha256"],
        answer=body["answer"],
        reason=body["reason"],
        staff_id=body["staff_id"],
        received_ms=record.append_at_ms,
    )


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy file that may be published, beside what stands."""

    entry: Entry
    table: PolicyTable
    standing: PublishedPolicy | None
    standing_table: PolicyTable | None
    is_new: bool
    """False where this text stands already: publishing it is no new fact."""


async def propose(
    log: EventLog, text: str, source: str, adopted_by: str | None, today: date
) -> Proposal:
    """The file as it would be published.

    Raises PolicyError where the hub does not take it or it would change what was published, and
    ConfigurationError where its revision is not above the one that stands.
    """
    table = read_tables(text, source=source)
    entry = policy_entry(text, source, adopted_by)
    earlier = await published_policies(log, table.registry)
    if not earlier:
        return Proposal(entry, table, None, None, is_new=True)
    standing = earlier[-1]
    standing_table = tables_of(standing.text)
    if standing.sha256 == entry.body["sha256"]:
        return Proposal(entry, table, standing, standing_table, is_new=False)
    if table.revision <= standing.revision:
        raise ConfigurationError(
            f"{source} is revision {table.revision}, and the policy of {table.registry} stands at "
            f"revision {standing.revision} with other content",
            fix=f"write revision = {standing.revision + 1}",
            effect=_NOTHING_SENT,
        )
    problems = refused_changes(_ever_published(earlier), standing_table, table, today)
    if problems:
        raise PolicyError(source, tuple(located(text, tomllib.loads(text), problems)))
    return Proposal(entry, table, standing, standing_table, is_new=True)


async def refuse_changed_policies(log: EventLog, entries: Iterable[Entry], today: date) -> None:
    """The same refusals for policies among references that are to be published."""
    for entry in entries:
        if entry.kind is Kind.RECIPROCITY_POLICY:
            said = entry.body
            await propose(log, said["text"], f"{entry.key}.toml", said["adopted_by"], today)


def _ever_published(policies: tuple[PublishedPolicy, ...]) -> dict[RuleKey, RuleTable]:
    """Every version of a rule, as it was published last."""
    return {
        (rule.id, rule.version): rule for policy in policies for rule in tables_of(policy.text).rule
    }


async def publish_proposal(log: EventLog, proposal: Proposal) -> bool:
    """Publish it. Answers whether anything was sent."""
    return await publish_reference(log, [proposal.entry]) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What a registry wants to say of a revision of its policy."""

    registry: str
    revision: int
    answer: str
    reason: str
    staff_id: str
    withdrawn: bool = False


async def publish_policy_answer(log: EventLog, said: Answering, *, synthetic: bool) -> bool:
    """Publish it onto the registry's own topic, with the digest of the text that is answered.
    Answers whether anything was sent: the same again is no new fact.

    Raises ConfigurationError where that revision was not published, before anything is sent.
    """
    policies = await published_policies(log, said.registry)
    answered = [each for each in policies if each.revision == said.revision]
    if not answered:
        known = ", ".join(str(each.revision) for each in policies)
        raise ConfigurationError(
            f"no revision {said.revision} of a policy of {said.registry} was published",
            fix=f"answer one that was: {known}" if known else "wait until one was published",
            effect=_NOTHING_SENT,
        )
    statement = Statement(
        kind=Kind.POLICY_ANSWER,
        registry=said.registry,
        person_id=None,
        record_id=subject_id("policy", str(said.revision)),
        body={
            "revision": said.revision,
            "sha256": answered[0].sha256,
            "answer": said.answer,
            "reason": said.reason,
            "staff_id": said.staff_id,
        },
        withdrawn=said.withdrawn,
    )
    return await publish_statement(log, statement, synthetic=synthetic)
