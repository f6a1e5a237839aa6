"""The fold of registries' events: an event becomes a row, the highest statement stands.

An event is refused only for its own bytes, key and append time, never for what another topic has
said. Folding commutes and repeats change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from hub.domain.events import PERSON_KINDS, Change, Kind, Sealed
from hub.domain.log import LogRecord
from hub.domain.rows import RecordKey, RecordRow
from hub.domain.topics import registry_of_events
from hub.projections.answers import Answered, registry_answer_refusal
from hub.projections.exchange import READ as EXCHANGE
from hub.projections.exchange import Speaker
from hub.projections.roots import leaf_of_record
from hub.wire.codec import decode_body, digest_of, sealed_bytes_of
from hub.wire.schemas import load_schemas
from hub.wire.skim import Skim, event_skim_of, skim_of

FUTURE_MS_MAX = 24 * 60 * 60 * 1000
EPOCH = date(1970, 1, 1)
VERIFIED = frozenset({"VERIFIED", "ATTENDANCE"})
NOT_HELD = frozenset({"REVOKED", "APPLIED"})
AMOUNT_BELOW = 1_000_000
"""Hours and credits stay below it: converted and added up they fit the schemas' decimals then."""
# A member of an enumeration is slow to look up: what is asked of every event stands here.
_STATED, _WITHDRAWN = int(Change.STATED), int(Change.WITHDRAWN)
_PROFILE, _EDUCATION = int(Kind.PROFILE), int(Kind.EDUCATION)
_TRAINING, _CREDENTIAL = int(Kind.TRAINING_COMPLETION), int(Kind.CREDENTIAL)
_APPROVAL, _ANSWER = int(Kind.APPROVAL), int(Kind.REVIEW_ANSWER)
_AMOUNT_E4_BELOW = AMOUNT_BELOW * 10_000
_WANTED: dict[Kind, tuple[str, ...]] = {
    Kind.PROFILE: ("status", "replaced_by"),
    Kind.EMPLOYMENT: (),
    Kind.EDUCATION: ("credits_total", "credits_early_childhood"),
    Kind.TRAINING_COMPLETION: (
        "completed_on",
        "entered_on",
        "verification",
        "clock_hours",
        "amount",
        "areas.clock_hours",
        "approval_code",
        "trainer_id",
    ),
    Kind.CREDENTIAL: ("own_type", "issued_on", "expires_on", "standing"),
    Kind.APPROVAL: ("subject", "course_id", "trainer_id", "clock_hours", "areas.clock_hours"),
    Kind.SUBMISSION: (),
    Kind.REVIEW_ANSWER: Answered._fields,
    **{kind: wanted for kind, (wanted, _) in EXCHANGE.items()},
}
_EXCHANGE = {int(kind): refusal_of for kind, (_, refusal_of) in EXCHANGE.items()}


class Columns(NamedTuple):
    """What SQL itself needs of a body, in the order of the row's last fields."""

    own_type: str | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    counted: int = 0
    hours_e4: int = 0
    approval_code: str | None = None
    trainer_id: str | None = None
    recorded_days: int | None = None
    refused: str | None = None
    """Why the event is not applied for its body's sake; not in SQL."""


_NOTHING = Columns()


def day_number(day: date | None) -> int | None:
    """Days since 1970."""
    return None if day is None else (day - EPOCH).days


class _Reading(NamedTuple):
    """How an event of one schema is read."""

    kind: int
    skim: Skim
    of_person: bool


class Statement(NamedTuple):
    """What an event of a registry says, as far as the fold asks."""

    reading: _Reading
    schema_id: int
    registry: str
    person_id: str | None
    record_id: str
    revision: int
    encoding: int
    synthetic: bool
    change: int
    key_id: str | None
    ciphertext: bytes | None
    body: bytes
    """The log's own bytes."""
    digest: bytes
    columns: Columns


_HEAD = (
    "meta.registry",
    "meta.person_id",
    "meta.record_id",
    "meta.revision",
    "meta.encoding",
    "meta.synthetic",
    "change#",
    "sealed.key_id",
    "sealed.ciphertext",
    "sealed@",
    "body@",
)


def read_statement(schema_id: int, value: bytes) -> Statement:
    """Take a registry's event apart, checked whole. Raises ValueError on damage."""
    reading = _reading(schema_id)
    values = reading.skim(value)
    sealed_at, body_at = values[9:11]
    body = value[body_at:]
    if reading.kind == _ANSWER:
        columns = _answer_columns(values[:11], Answered._make(values[11:]))
    elif reading.kind in _EXCHANGE:
        speaker = Speaker(values[0], values[1], values[2], values[6])
        columns = Columns(refused=_EXCHANGE[reading.kind](values[11:], speaker))
    else:
        columns = columns_of(reading.kind, values[6], values[11:])
    return Statement._make(
        (
            reading,
            schema_id,
            *values[:9],
            body,
            digest_of(body, value[sealed_at:body_at]),
            columns,
        )
    )


@cache
def _reading(schema_id: int) -> _Reading:
    kind = load_schemas().by_id[schema_id].kind
    assert kind in _WANTED
    wanted = _HEAD + tuple(f"body.{name}" for name in _WANTED[kind])
    return _Reading(int(kind), event_skim_of(schema_id, wanted), kind in PERSON_KINDS)


def refusal(said: Statement, record: LogRecord) -> str | None:
    """Why a registry's event is not applied; None where it is."""
    if said.registry != registry_of_events(record.topic):
        return "REGISTRY_NOT_OF_THE_TOPIC"
    if said.reading.of_person != (said.person_id is not None):
        return "PERSON_ID_MISPLACED"
    if said.reading.kind == _PROFILE and said.record_id != said.person_id:
        return "PROFILE_NOT_OF_THE_PERSON"
    key = said.record_id if said.person_id is None else said.person_id
    if record.key != key.encode():
        return "KEY_NOT_OF_THE_RECORD"
    if not said.record_id or key == "" or said.revision < 0:
        return "KEY_EMPTY"
    if said.encoding < 0:
        return "ENCODING_NEGATIVE"
    if _holds_nul(said):
        return "NUL_IN_TEXT"
    if said.columns.refused is not None:
        return said.columns.refused
    if said.revision // 1000 > record.append_at_ms + FUTURE_MS_MAX:
        return "REVISION_IN_THE_FUTURE"
    return None


def _holds_nul(said: Statement) -> bool:
    """Whether a text that SQL keeps as text holds the one character that PostgreSQL refuses."""
    columns = said.columns
    return (
        "\x00" in said.record_id
        or (said.person_id is not None and "\x00" in said.person_id)
        or (said.key_id is not None and "\x00" in said.key_id)
        or (columns.own_type is not None and "\x00" in columns.own_type)
        or (columns.approval_code is not None and "\x00" in columns.approval_code)
        or (columns.trainer_id is not None and "\x00" in columns.trainer_id)
    )


def row_of(said: Statement, record: LogRecord) -> RecordRow:
    """The row that this event would be, were it to stand."""
    key = RecordKey(said.registry, said.reading.kind, said.record_id)
    stated = (said.revision, said.encoding, said.change)
    return RecordRow._make(
        (
            *key,
            said.person_id,
            *stated,
            said.digest,
            leaf_of_record(key, said.person_id, stated, said.body),
            said.schema_id,
            said.body,
            said.key_id,
            said.ciphertext,
            record.partition,
            record.offset,
            record.append_at_ms,
            said.synthetic,
            *said.columns[:-1],
        )
    )


def columns_of(kind: int, change: int, values: tuple[Any, ...]) -> Columns:
    """What SQL needs of a body of this kind, from its skimmed values."""
    stated = change == _STATED
    if kind == _TRAINING:
        return _training_columns(stated, values)
    if kind == _CREDENTIAL:
        own_type, issued, expires, standing = values
        held = stated and standing not in NOT_HELD
        return Columns(own_type, issued if held else None, expires if held else None)
    if kind == _APPROVAL:
        subject, course_id, trainer_id, hours, by_area = values
        refused = _amounts_refused((hours,), by_area)
        return Columns(subject, approval_code=course_id, trainer_id=trainer_id, refused=refused)
    if kind == _PROFILE:
        status, replaced_by = values
        # The id that an account continues under is kept as a text, too, with its claim.
        nul = replaced_by is not None and "\x00" in replaced_by
        counted = int(change != _WITHDRAWN)
        return Columns(status, counted=counted, refused="NUL_IN_TEXT" if nul else None)
    if kind == _EDUCATION:
        return Columns(refused=_amounts_refused(values, ()))
    return _NOTHING


def _answer_columns(head: tuple[Any, ...], said: Answered) -> Columns:
    """An answer concerns no measure and no match: only whether it is applied is asked."""
    registry, person_id, record_id, change = head[0], head[1], head[2], head[6]
    publisher = (registry, person_id)
    return Columns(refused=registry_answer_refusal(said, record_id, change, publisher))


def _training_columns(stated: bool, values: tuple[Any, ...]) -> Columns:
    done, entered, verification, hours, amount, by_area, approval_code, trainer_id = values
    counted = int(stated and verification in VERIFIED)
    in_time = done is not None and entered is not None and entered >= done
    return Columns(
        None,
        done,
        None,
        counted,
        (hours or 0) if counted else 0,
        approval_code,
        trainer_id,
        entered - done if in_time else None,
        _amounts_refused((hours, amount), by_area),
    )


def _amounts_refused(amounts: Iterable[int | None], by_area: Iterable[int | None]) -> str | None:
    """Whether an amount is negative or absurd, the sum over knowledge areas included."""
    total = 0
    for hours in by_area:
        if hours is not None:
            if hours < 0:
                return "AMOUNT_OUT_OF_RANGE"
            total += hours
    if total >= _AMOUNT_E4_BELOW:
        return "AMOUNT_OUT_OF_RANGE"
    for amount in amounts:
        if amount is not None and not 0 <= amount < _AMOUNT_E4_BELOW:
            return "AMOUNT_OUT_OF_RANGE"
    return None


def body_of(row: RecordRow) -> dict[str, Any]:
    """The row's body, read with the schema it was written with."""
    return decode_body(row.schema_id, row.body)


def replaced_by_of(profile: RecordRow) -> str | None:
    """The id under which this account continues at its registry."""
    found: str | None = skim_of(profile.schema_id, ("replaced_by",))(profile.body)[0]
    return found


def names_of_approval(row: RecordRow) -> set[str]:
    """Every id by which records of its registry may cite an approval."""
    return {name for name in (row.record_id, row.approval_code, row.trainer_id) if name}


def same_statement_differs(first: RecordRow, other: RecordRow) -> bool:
    """Equal revision and encoding with another content: a conflict to be reported."""
    return first.order[:2] == other.order[:2] and first.order != other.order


def sealed_bytes(row: RecordRow) -> bytes:
    """The sealed part as it stands on the log."""
    if row.sealed_key is None or row.sealed is None:
        return sealed_bytes_of(None)
    return sealed_bytes_of(Sealed(row.sealed_key, row.sealed))
