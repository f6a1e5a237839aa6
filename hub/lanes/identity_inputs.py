"""What the identity lane reads beside claims: models, answers, releases, ends of token epochs.

Each is one input to the resolver. Of two statements of one publisher about one thing the greater
stands, so copies and late arrivals decide nothing.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from hub.domain.events import Change, Envelope, Kind
from hub.domain.identity_rows import InputRow
from hub.domain.log import LogRecord
from hub.domain.rows import AnswerRow, Person
from hub.errors import FatalError
from hub.identity import recorded as recorded_decisions
from hub.identity.model import Model, model_of_body
from hub.identity.recorded import Recorded
from hub.identity.resolver import Decided, Resolver
from hub.identity.statements import Answer, Pair, pair_of
from hub.lanes.identity_decisions import ANSWER, EPOCH, MODEL, RELEASE
from hub.ports import StoreTransaction
from hub.projections.forwarding import forward_order
from hub.wire.codec import Body, decode_body

logger = logging.getLogger(__name__)


class Said(NamedTuple):
    """An answer about a pair; None where it was taken back."""

    pair: Pair
    publisher: str
    answer: Answer | None


class Release(NamedTuple):
    """Held persons of a registry, one or all, may be linked again."""

    registry: str
    person_id: str | None


class Given(NamedTuple):
    """One input, and the order of the statement that gave it."""

    record: LogRecord
    kind: Kind
    key: str
    sort: bytes
    schema_id: int
    body: bytes
    synthetic: bool
    what: Model | Said | Release | int


CAUSES = {
    Kind.IDENTITY_MODEL: MODEL,
    Kind.REVIEW_ANSWER: ANSWER,
    Kind.IDENTITY_RELEASE: RELEASE,
    Kind.TOKEN_EPOCH_ENDED: EPOCH,
}


def given_by(record: LogRecord, envelope: Envelope, body: Body) -> Given | None:
    """The input that an event gives; None where it gives none, which is said in the lane's log.
    Raises FatalError where this program cannot use a model."""
    what = _what(envelope, body)
    if what is None:
        logger.warning(
            "identity lane: the %s at offset %d changes nothing",
            envelope.kind.event_name,
            record.offset,
        )
        return None
    return Given(
        record=record,
        kind=envelope.kind,
        key=f"{envelope.head.registry}|{envelope.head.record_id}",
        sort=forward_order(envelope.order),
        schema_id=envelope.schema_id,
        body=envelope.body,
        synthetic=envelope.head.synthetic,
        what=what,
    )


def _what(envelope: Envelope, body: Body) -> Model | Said | Release | int | None:
    if envelope.kind is Kind.IDENTITY_MODEL:
        return model_in(body)
    if envelope.kind is Kind.REVIEW_ANSWER:
        return _said(envelope, body)
    if envelope.kind is Kind.IDENTITY_RELEASE:
        return Release(body["registry"], body["person_id"])
    epoch: int = body["epoch"]
    return epoch


def model_in(body: Body) -> Model | None:
    """The model of an event; None where it has no weights, which leaves the model in force."""
    try:
        return model_of_body(body)
    except (ValueError, KeyError) as error:
        raise FatalError(
            f'the identity model "{body["name"]}" cannot be used: {error!s}',
            fix="run a version of the hub that knows this model, or promote another before it",
            effect="the identity lane stops before it",
        ) from None


def _said(envelope: Envelope, body: Body) -> Said | None:
    one = Person(body["registry"], body["person_id"])
    other = Person(body["other_registry"], body["other_person_id"])
    if one == other:
        return None
    answer = None
    if envelope.head.change is not Change.WITHDRAWN:
        answer = Answer.__members__.get(body["answer"])
    return Said(pair_of(one, other), envelope.head.registry, answer)


def decide(resolver: Resolver, what: Model | Said | Release | int) -> Decided:
    """What follows from an input."""
    if isinstance(what, Model):
        return resolver.promote(what)
    if isinstance(what, Said):
        return resolver.answer(what.pair, what.publisher, what.answer)
    if isinstance(what, Release):
        return resolver.release(what.registry, what.person_id)
    return resolver.end_epoch(what)


def apply(resolver: Resolver, what: Model | Said | Release | int, recorded: Recorded) -> Decided:
    """Take in an input with what was decided of it."""
    recorded_decisions.begin(resolver)
    people = resolver.people
    released: tuple[Person, ...] = ()
    if isinstance(what, Model):
        resolver.enforce(what)
    elif isinstance(what, Said):
        people.set_answer(what.pair, what.publisher, what.answer)
    elif isinstance(what, Release):
        released = _release(resolver, what)
    else:
        people.end_epoch(what)
    return recorded_decisions.take_in(resolver, recorded)._replace(released=released)


def _release(resolver: Resolver, what: Release) -> tuple[Person, ...]:
    people = resolver.people
    persons = people.index.persons
    numbers = [
        number
        for number in people.held
        if persons[number].registry == what.registry
        and what.person_id in (None, persons[number].person_id)
    ]
    numbers.sort(key=people.index.offset.__getitem__)
    for number in numbers:
        people.set_held(number, None)
        people.set_changed(number, ())
    return tuple(persons[number] for number in numbers)


class Progress(NamedTuple):
    """What stands of an input in the store."""

    is_seen: bool
    """This statement or a greater one was decided."""
    parts: int
    """Parts of its decision that are written, where the last is not."""


def progress_of(tx: StoreTransaction, given: Given) -> Progress:
    """How far the store is with this input."""
    row = tx.inputs.get(int(given.kind), given.key)
    if row is not None and row.claim_offset == given.record.offset and not row.done:
        return Progress(False, row.parts)
    if row is not None and row.done and row.sort >= given.sort:
        return Progress(True, 0)
    if isinstance(given.what, Model) and any(
        other.kind == Kind.IDENTITY_MODEL and other.done and other.sort > given.sort
        for other in tx.inputs.all()
    ):
        return Progress(True, 0)  # A later model is in force: two relays may send in any order.
    if isinstance(given.what, Said):
        for answer in tx.answers.of_pairs([given.what.pair]):
            if answer.publisher == given.what.publisher and answer.sort >= given.sort:
                return Progress(True, 0)
    return Progress(False, 0)


def note_part(tx: StoreTransaction, given: Given, parts: int, *, done: bool) -> None:
    """Note that so many parts are written."""
    offset = given.record.offset
    if not isinstance(given.what, Said) or parts > 1 or not done:
        tx.inputs.put(
            InputRow(
                kind=int(given.kind),
                key=given.key,
                sort=given.sort,
                claim_offset=offset,
                parts=parts,
                done=done,
                schema_id=given.schema_id,
                body=given.body,
            )
        )
    if isinstance(given.what, Said) and done:
        pair, publisher, answer = given.what
        name = "" if answer is None else answer.name
        tx.answers.put([AnswerRow(publisher, *pair.one, *pair.other, name, given.sort, offset)])


def model_in_force(rows: list[InputRow]) -> Model | None:
    """The model that was promoted last."""
    models = [row for row in rows if row.kind == Kind.IDENTITY_MODEL and row.done]
    return model_in(decode_body(models[-1].schema_id, models[-1].body)) if models else None


def ended_epochs(rows: list[InputRow]) -> list[int]:
    """Epochs under which nobody is compared any more."""
    ends = [row for row in rows if row.kind == Kind.TOKEN_EPOCH_ENDED and row.done]
    return [int(decode_body(row.schema_id, row.body)["epoch"]) for row in ends]
