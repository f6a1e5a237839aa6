"""The form of a policy file: closed tables of conditions and effects, strict, extra keys refused.

Only form and codes are checked here, table by table; what concerns several keys or rules is checked
where the policy is put together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from hub.reciprocity import codes

RULES_MAX = 500
WORDS_MAX = 200
MONTHS_MAX = 120
PLACES_MAX = 4


def suggestion(word: str, known: frozenset[str]) -> str:
    """What to write instead: the nearest known word, or all of them."""
    near = get_close_matches(word, sorted(known), n=1)
    return f"write {near[0]}" if near else "use one of " + ", ".join(sorted(known))


def _words(known: frozenset[str] | None, *, presence: bool) -> Callable[[Any], Any]:
    def read(value: Any) -> frozenset[str] | bool:
        if presence and isinstance(value, bool):
            return value
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not words or len(words) > WORDS_MAX:
            wanted = "a text, a list of texts" + (", true or false" if presence else "")
            raise ValueError(f"is not {wanted}; write one")
        for word in words:
            if not isinstance(word, str) or not word:
                raise ValueError("holds something that is not a text; write texts in quotes")
            if known is not None and word not in known:
                raise ValueError(f"'{word}' is not a code; {suggestion(word, known)}")
        if len(set(words)) < len(words):
            raise ValueError("names one twice; leave one out")
        return frozenset(words)

    return read


def decimal_of(value: Any) -> Decimal:
    """A decimal written as a text. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError('is not a decimal in quotes; write it like "1.5"')
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError('is not a number; write a decimal in quotes, like "1.5"') from None
    if not amount.is_finite():
        raise ValueError('is not a number; write a decimal in quotes, like "1.5"')
    exponent = amount.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    if amount < 0 or amount >= 100_000 or places > PLACES_MAX:
        raise ValueError(f"is not from 0 to 99999 with at most {PLACES_MAX} places; correct it")
    return amount


Words = Annotated[frozenset[str], PlainValidator(_words(None, presence=False))]
WordsOrPresence = Annotated[frozenset[str] | bool, PlainValidator(_words(None, presence=True))]
Amount = Annotated[Decimal, PlainValidator(decimal_of)]

Units = Annotated[frozenset[str], PlainValidator(_words(codes.UNITS, presence=False))]
Standings = Annotated[frozenset[str], PlainValidator(_words(codes.STANDINGS, presence=False))]
Areas = Annotated[frozenset[str], PlainValidator(_words(codes.AREAS, presence=False))]
Verifications = Annotated[
    frozenset[str], PlainValidator(_words(codes.VERIFICATIONS, presence=False))
]
Settings = Annotated[
    frozenset[str] | bool, PlainValidator(_words(codes.CDA_SETTINGS, presence=True))
]
EventTypes = Annotated[
    frozenset[str] | bool, PlainValidator(_words(codes.EVENT_TYPES, presence=True))
]
EvidenceCodes = Annotated[
    frozenset[str] | bool, PlainValidator(_words(codes.EVIDENCE, presence=True))
]
Deliveries = Annotated[
    frozenset[str] | bool, PlainValidator(_words(codes.DELIVERIES, presence=True))
]
Tested = Literal["own_day", "asked"]


class Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Span(Table):
    """Days from and until, both inclusive."""

    from_on: date | None = Field(default=None, alias="from")
    until_on: date | None = Field(default=None, alias="until")


class Bounds(Table):
    """At least `min` and below `below`."""

    min: Amount | None = None
    below: Amount | None = None


class AmountIn(Table):
    amount: Amount
    unit: Literal["clock", "ceu", "semester"]


class ApprovedBy(Table):
    registries: Words
    tested: Tested = "own_day"


class OnList(Table):
    list: Words
    tested: Tested = "own_day"


class RecognizedIn(Table):
    """At least so many distinct states on a list of recognized credentials."""

    states: int = Field(ge=1, le=60)
    list: Words = frozenset({"recognized-credentials"})
    meets_cda: bool = True
    tested: Tested = "own_day"


def _or_table(short: Callable[[Any], Any], table: type[Table], key: str) -> Callable[[Any], Any]:
    """A condition written short, or as a table that also says when it is tested."""

    def read(value: Any) -> Table:
        if isinstance(value, dict):
            return table.model_validate(value)
        return table.model_validate({key: short(value)})

    return read


def _same(value: Any) -> Any:
    return value


def _span(value: Any) -> Span | bool:
    return value if isinstance(value, bool) else Span.model_validate(value)


def _min_amount(value: Any) -> AmountIn | Decimal:
    return AmountIn.model_validate(value) if isinstance(value, dict) else decimal_of(value)


Approved = Annotated[ApprovedBy, PlainValidator(_or_table(_same, ApprovedBy, "registries"))]
Listed = Annotated[OnList, PlainValidator(_or_table(_same, OnList, "list"))]
Recognized = Annotated[RecognizedIn, PlainValidator(_or_table(_same, RecognizedIn, "states"))]
SpanOrPresence = Annotated[Span | bool, PlainValidator(_span)]
MinAmount = Annotated[AmountIn | Decimal, PlainValidator(_min_amount)]


class Clause(Table):
    """Conditions that all hold; a list means any of. True or false: there is one, there is none."""

    registry: Words | None = None
    standing: Standings | None = None
    type: Words | None = None
    subtype: Settings | None = None
    own_type: Words | None = None
    on: SpanOrPresence | None = None
    expires: SpanOrPresence | None = None
    revoked_on: SpanOrPresence | None = None
    unit: Units | None = None
    min_amount: MinAmount | None = None
    hours_by_area: Areas | None = None
    verification: Verifications | None = None
    evidence: EvidenceCodes | None = None
    event_type: EventTypes | None = None
    delivery: Deliveries | None = None
    organization: WordsOrPresence | None = None
    approval_code: bool | None = None
    trainer: bool | None = None
    level: WordsOrPresence | None = None
    held_in: WordsOrPresence | None = None
    grade: WordsOrPresence | None = None
    accredited: bool | None = None
    birth_to_8_percent: Bounds | None = None
    documents: Words | None = None
    trainer_approved_by: Approved | None = None
    course_approved_by: Approved | None = None
    on_list: Listed | None = None
    recognized_in_at_least: Recognized | None = None
    within_months: int | None = Field(default=None, ge=1, le=MONTHS_MAX)


class When(Clause):
    """The conditions of a rule; `any` and `not` hold clauses, one level deep."""

    any: list[Clause] | None = Field(default=None, min_length=1, max_length=20)
    not_: Clause | None = Field(default=None, alias="not")


class Convert(Table):
    """Clock hours that one unit counts for, where that is less than the common number."""

    ceu: Amount | None = None
    semester: Amount | None = None


class Lift(Table):
    """What the documents lift the answer to; what it does not say stays as the effect has it."""

    outcome: Literal["FULL", "PARTIAL", "NEEDS_REVIEW", "DENIED"]
    counts_as: str | None = Field(default=None, min_length=1)
    not_for: list[str] | None = None
    cap_hours: Amount | None = None
    areas: Areas | None = None
    round_down_to: Amount | None = None
    convert: Convert | None = None


class EffectTable(Table):
    outcome: Literal["FULL", "PARTIAL", "NEEDS_DOCUMENT", "NEEDS_REVIEW", "DENIED"]
    counts_as: str | None = Field(default=None, min_length=1)
    not_for: list[str] | None = None
    documents: Words | None = None
    cap_hours: Amount | None = None
    areas: Areas | None = None
    round_down_to: Amount | None = None
    convert: Convert | None = None
    with_: Lift | None = Field(default=None, alias="with")


class RuleTable(Table):
    id: str = Field(min_length=1, max_length=100)
    version: int = Field(ge=1)
    kind: Literal["training", "education", "credential", "course", "trainer", "organization"]
    from_on: date = Field(alias="from")
    until_on: date | None = Field(default=None, alias="until")
    citation: str | None = Field(default=None, min_length=1)
    illustrative: bool = False
    note: str | None = None
    unknown: Literal["stop", "skip"] = "stop"
    when: When = When()
    effect: EffectTable


class PolicyTable(Table):
    registry: str
    revision: int = Field(ge=1)
    groups: dict[str, list[str]] = Field(default_factory=dict)
    rule: list[RuleTable] = Field(min_length=1, max_length=RULES_MAX)
