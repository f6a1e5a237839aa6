"""The Alliance's side: policies, lists, agreements, identity models and what it says of persons,
onto alliance.reference.

Publishing the same content again makes no new fact: what stands on the log is read first. A policy
carries its own revision, and other content under a revision that stands is refused; lists and
agreements count theirs up; a model and what is said of persons have the time at which they were
said, so that of two models the later one can be told.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import permutations
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.domain.events import (
    FORWARDED_KINDS,
    Change,
    Head,
    Kind,
    encoding_of,
    record_event_id,
)
from hub.domain.log import Message, TopicPartition
from hub.domain.topics import REFERENCE
from hub.errors import ConfigurationError, CorruptEventError
from hub.identity.model import model_body, parse_model
from hub.identity.statements import ALLIANCE
from hub.identity.tokens import EPOCH_MAX
from hub.lanes.reference import reference_refusal
from hub.ports import EventLog
from hub.reciprocity.codes import is_registry
from hub.reciprocity.lists import parse_lists
from hub.reciprocity.policy import parse_policy
from hub.wire.codec import digest_of, encode_body, encode_value, headers_of, read_event
from hub.wire.codec import sealed_bytes_of as sealed_bytes
from hub.wire.schemas import load_schemas

SHARED_KINDS = (
    "training",
    "education",
    "credential",
    "course",
    "trainer",
    "organization",
    "link",
    "identity",
)
_READ_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One reference to be published; a revision of None counts up from what stands."""

    kind: Kind
    key: str
    body: dict[str, Any]
    revision: int | None
    synthetic: bool
    change: Change = Change.STATED
    repeats: bool = False
    """Sent although it stands already: what it ends may have begun again."""


@dataclass(frozen=True, slots=True)
class _Standing:
    revision: int
    digest: bytes
    change: Change
    sha256: str | None = None
    """Of a policy's text."""

    def says(self, entry: Entry, digest: bytes) -> bool:
        """Whether the entry would be no new fact. The same text of a policy is none, whoever
        adopted it and with whichever version of the schema it was written."""
        if entry.kind is Kind.RECIPROCITY_POLICY:
            return self.sha256 == entry.body["sha256"] and self.change == entry.change
        return self.digest == digest and self.change == entry.change and not entry.repeats


def policy_entry(text: str, source: str, adopted_by: str | None = None) -> Entry:
    """A policy file, whole, and the id of who at the registry adopted it. Raises PolicyError."""
    policy = parse_policy(text, source=source)
    body = {
        "registry": policy.registry,
        "text": text,
        "sha256": sha256(text.encode()).hexdigest(),
        "adopted_by": adopted_by,
    }
    return Entry(Kind.RECIPROCITY_POLICY, policy.registry, body, policy.revision, False)


def list_entries(text: str, source: str) -> list[Entry]:
    """Entries of a lists file."""
    entries = []
    for each in parse_lists(text, source=source):
        credential = each.meets_cda is not None or ":" in each.member
        kind = Kind.RECOGNIZED_CREDENTIAL if credential else Kind.RECOGNIZED_ORGANIZATION
        body: dict[str, Any] = {
            "list": each.list,
            "member": each.member,
            "aliases": list(each.aliases),
            "state": each.state,
            "from_on": each.from_on,
            "until_on": each.until_on,
            "illustrative": True,
        }
        if credential:
            body["meets_cda"] = each.meets_cda
        key = "|".join((each.list, each.member, each.state or ""))
        entries.append(Entry(kind, key, body, None, False))
    return entries


def model_entry(text: str, source: str, population: int | None = None) -> Entry:
    """The identity model of a JSON file, for its population or another. Raises ConfigurationError
    where it is none."""
    model = parse_model(text, source=source)
    if population is not None:
        model = replace(model, population=population)
    return Entry(Kind.IDENTITY_MODEL, model.name, model_body(model), None, False)


def release_entry(registry: str, person_id: str | None, reason: str) -> Entry:
    """Held persons of a registry, one or all, may be linked again; whoever is held after it is
    released by another."""
    body = {"registry": registry, "person_id": person_id, "reason": reason}
    key = f"{registry}|{person_id or ''}"
    return Entry(Kind.IDENTITY_RELEASE, key, body, None, False, repeats=True)


def epoch_entry(epoch: int, reason: str) -> Entry:
    """Nobody is compared under this epoch any more."""
    if not 1 <= epoch <= EPOCH_MAX:
        raise ConfigurationError(
            f"no token key is of epoch {epoch}", fix=f"name one of 1 to {EPOCH_MAX}"
        )
    return Entry(
        Kind.TOKEN_EPOCH_ENDED, str(epoch), {"epoch": epoch, "reason": reason}, None, False
    )


class AgreementTable(BaseModel):
    """One [[agreement]] of a file. Nothing is guessed: this is what opens and closes the gate."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sender: str
    receiver: str
    kinds: list[str]
    in_force: bool = True


class AgreementFile(BaseModel):
    """A file of agreements."""

    model_config = ConfigDict(extra="forbid", strict=True)

    agreement: list[AgreementTable]


def agreement_entries(text: str, source: str) -> list[Entry]:
    """Agreements of a file: [[agreement]] with sender, receiver, kinds, in_force."""
    try:
        tables = AgreementFile.model_validate(tomllib.loads(text)).agreement
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        what = str(error).splitlines()
        raise ConfigurationError(
            f"{source}: not a file of agreements: {'; '.join(w.strip() for w in what[1:3])}",
            fix="write [[agreement]] tables with sender, receiver, kinds and in_force, no more",
            effect="nothing was published",
        ) from None
    return [_agreement(t.sender, t.receiver, t.kinds, in_force=t.in_force) for t in tables]


def demo_agreements(registries: Iterable[str]) -> list[Entry]:
    """Labelled agreements for all pairs, in both directions, on every kind."""
    return [
        _agreement(sender, receiver, SHARED_KINDS, in_force=True, illustrative=True)
        for sender, receiver in permutations(sorted(registries), 2)
    ]


def _agreement(
    sender: str,
    receiver: str,
    kinds: Sequence[str],
    *,
    in_force: bool,
    illustrative: bool = False,
) -> Entry:
    if sender == receiver or not (is_registry(sender) and is_registry(receiver)):
        raise ConfigurationError(
            f'an agreement is from "{sender}" to "{receiver}"',
            fix="name two registries by their codes, such as us-oh and us-nv",
            effect="nothing was published",
        )
    unknown = sorted(set(kinds) - set(SHARED_KINDS))
    if unknown:
        raise ConfigurationError(
            f'an agreement names the kind "{unknown[0]}"',
            fix=f"use {', '.join(SHARED_KINDS)}",
        )
    body = {
        "sender": sender,
        "receiver": receiver,
        "kinds": sorted(kinds),
        "in_force": in_force,
        "illustrative": illustrative,
    }
    key = f"{sender}>{receiver}"
    return Entry(Kind.SHARING_AGREEMENT, key, body, None, illustrative)


async def publish_reference(
    log: EventLog, entries: Sequence[Entry], *, keep_newer: bool = False
) -> int:
    """Append what does not stand yet. Answers how many. Raises ConfigurationError where other
    content stands under a policy's revision, or a later one does, before anything is sent.

    keep_newer: a later revision that stands, and a model that was promoted over the entry's, are
    left as they are, for what is shipped.
    """
    standing, last_model = await _standing(log)
    messages = []
    for entry in entries:
        held = standing.get((entry.kind, entry.key))
        if entry.kind is Kind.IDENTITY_MODEL and held is not None and entry.key != last_model:
            if keep_newer:
                continue
            entry = replace(entry, repeats=True)  # Another model is in force.
        if keep_newer and held and entry.revision is not None and entry.revision < held.revision:
            continue
        message = _message(entry, held)
        if message is not None:
            messages.append(message)
    if messages:
        await log.append(messages)
    return len(messages)


async def _standing(log: EventLog) -> tuple[dict[tuple[Kind, str], _Standing], str | None]:
    """What stands, and the name of the model that was promoted last."""
    last_model = None
    place = TopicPartition(REFERENCE, 0)
    end = (await log.ends([REFERENCE])).get(place, 0)
    found: dict[tuple[Kind, str], _Standing] = {}
    offset = 0
    while offset < end:
        records = await log.read(place, offset, _READ_MAX)
        if not records:
            break
        for record in records:
            try:
                envelope, body = read_event(record)
            except CorruptEventError:
                continue  # The records lane refuses it too: nothing stands by it.
            if reference_refusal(envelope, body) is not None:
                continue
            key = (envelope.kind, envelope.head.record_id)
            held = found.get(key)
            head = envelope.head
            if held is None or head.revision >= held.revision:
                text_digest = body.get("sha256")
                found[key] = _Standing(head.revision, envelope.digest, head.change, text_digest)
                if envelope.kind is Kind.IDENTITY_MODEL:
                    last_model = head.record_id
        offset = records[-1].offset + 1
    return found, last_model


def _message(entry: Entry, held: _Standing | None) -> Message | None:
    data = encode_body(entry.kind, entry.body)
    digest = digest_of(data, sealed_bytes(None))
    if held is not None and held.says(entry, digest):
        return None
    now = time.time_ns() // 1_000
    revision = entry.revision
    if revision is None:
        least = now if entry.kind in FORWARDED_KINDS else 1
        revision = least if held is None else max(least, held.revision + 1)
    elif held is not None and revision <= held.revision:
        raise ConfigurationError(
            f"the policy of {entry.key} stands at revision {held.revision} with other content",
            fix=f"raise its revision above {held.revision}",
            effect="nothing was published",
        )
    encoding = encoding_of(1, load_schemas().of(entry.kind).version, 0)
    head = Head(
        event_id=record_event_id(ALLIANCE, entry.kind, entry.key, (revision, encoding, digest)),
        registry=ALLIANCE,
        person_id=None,
        record_id=entry.key,
        revision=revision,
        encoding=encoding,
        recorded_at=now,
        submission_id=None,
        submission_row=None,
        synthetic=entry.synthetic,
        change=entry.change,
    )
    value = encode_value(entry.kind, head, None, data)
    return Message(REFERENCE, entry.key.encode(), value, headers_of(entry.kind, head, value))
