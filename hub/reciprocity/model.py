"""The form of a policy file: closed tables of conditions and effects, strict, extra keys refused.

Only form and codes are checked here, table by table; what concerns several keys or rules is checked
where the policy is put together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from hub.reciprocity import codes
from hub.reciprocity.answer import DEFAULT, NOT_IN_FORCE

RULES_MAX = 500
WORDS_MAX = 200
GROUPS_MAX = 100
GROUP_MEMBERS_MAX = 100
CLAUSES_MAX = 20
MONTHS_MAX = 120
STATES_MAX = 60
PLACES_MAX = 4
DIGITS_MAX = 5
TEXT_CHARS_MAX = 200
NOTE_CHARS_MAX = 2_000
REVISION_MAX = 2**31 - 1
"""Of revisions and versions: what the log's schemas hold."""
SHOWN_CHARS_MAX = 60

RESERVED_IDS = frozenset({NOT_IN_FORCE, DEFAULT})
_DECIMAL_FIX = 'write a decimal in quotes, like "1.5"'


class FormError(ValueError):
    """A value does not have its form: what it is, what to write, and the word it is about."""

    def __init__(self, what: str, fix: str, word: str | None = None) -> None:
        super().__init__(f"{what}; {fix}")
        self.what = what
        self.fix = fix
        self.word = word


def shown(text: str, chars_max: int = SHOWN_CHARS_MAX) -> str:
    """A text of the file as a message shows it: short, without control characters."""
    short = text if len(text) <= chars_max else text[:chars_max] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in short)


def suggestion(word: str, known: frozenset[str]) -> str:
    """What to write instead: the nearest known word, or all of them."""
    near = get_close_matches(word, sorted(known), n=1) if len(word) <= SHOWN_CHARS_MAX else []
    return f"write {near[0]}" if near else "use one of " + ", ".join(sorted(known))


def checked_text(text: str, chars_max: int = TEXT_CHARS_MAX) -> str:
    """The text, which is neither too long nor holds what nobody can read. Raises FormError."""
    if len(text) > chars_max:
        raise FormError(f"is longer than {chars_max} characters", "shorten it", text)
    if not all(each.isprintable() for each in text):
        raise FormError("holds a control character", "leave it out", text)
    return text


def _words(known: frozenset[str] | None, *, presence: bool) -> Callable[[Any], Any]:
    def read(value: Any) -> frozenset[str] | bool:
        if presence and isinstance(value, bool):
            return value
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not words:
            wanted = "a text, a list of texts" + (", true or false" if presence else "")
            raise FormError(f"is not {wanted}", "write one")
        if len(words) > WORDS_MAX:
            raise FormError(f"names more than {WORDS_MAX}", "name fewer")
        seen: set[str] = set()
        for word in words:
            if not isinstance(word, str) or not word:
                raise FormError("holds something that is not a text", "write texts in quotes")
            checked_text(word)
            if known is not None and word not in known:
                raise FormError(f"'{shown(word)}' is not a code", suggestion(word, known), word)
            if word in seen:
                raise FormError(f"names '{shown(word)}' twice", "leave one out", word)
            seen.add(word)
        return frozenset(words)

    return read


def _checked(accepts: Callable[[str], bool], wanted: str, fix: str, *, presence: bool) -> Any:
    """Words that each have a form of their own."""
    plain = _words(None, presence=presence)

    def read(value: Any) -> Any:
        words = plain(value)
        if not isinstance(words, bool):
            for word in [value] if isinstance(value, str) else value:
                if not accepts(word):
                    raise FormError(f"'{shown(word)}' {wanted}", fix, word)
        return words

    return read


_NO_NAME = ("is not a name", "write small letters, digits and _, such as official_transcript")
_NO_OWN_CODE = ("names no registry", "write it with its registry, such as us-wi:CODE")


def decimal_of(value: Any) -> Decimal:
    """A decimal written as a text. Raises FormError."""
    if not isinstance(value, str):
        raise FormError("is not a decimal in quotes", 'write it like "1.5"')
    whole, point, places = value.partition(".")
    is_number = value.isascii() and whole.isdigit() and (places.isdigit() if point else True)
    if not is_number:
        raise FormError("is not a number", _DECIMAL_FIX)
    if len(whole) > DIGITS_MAX or len(places) > PLACES_MAX:
        raise FormError(f"is not from 0 to 99999 with at most {PLACES_MAX} places", "correct it")
    return Decimal(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise FormError("is not a text", "write it in quotes")
    return checked_text(value)


def _note(value: Any) -> str:
    if not isinstance(value, str):
        raise FormError("is not a text", "write it in quotes")
    return checked_text(value.replace("\n", " ").replace("\t", " "), NOTE_CHARS_MAX)


def _rule_id(value: Any) -> str:
    text = _text(value)
    if not codes.is_rule_id(text):
        raise FormError("is not an id", "write letters, digits, - and _, such as nd-conference")
    if text in RESERVED_IDS:
        raise FormError("is a word of its own", "name the rule differently")
    return text


def _citation(value: Any) -> str:
    text = _text(value)
    if not text.startswith("https://") or " " in text:
        raise FormError("is not an address", "write one that starts with https://")
    return text


def _names(value: Any) -> tuple[str, ...]:
    words = _checked(codes.is_name, *_NO_NAME, presence=False)(value)
    return tuple(sorted(words))


Text = Annotated[str, PlainValidator(_text)]
Note = Annotated[str, PlainValidator(_note)]
RuleId = Annotated[str, PlainValidator(_rule_id)]
Citation = Annotated[str, PlainValidator(_citation)]
Names = Annotated[
    frozenset[str], PlainValidator(_checked(codes.is_name, *_NO_NAME, presence=False))
]
SortedNames = Annotated[tuple[str, ...], PlainValidator(_names)]
OwnCodes = Annotated[
    frozenset[str], PlainValidator(_checked(codes.is_own_code, *_NO_OWN_CODE, presence=False))
]
OwnLevels = Annotated[
    frozenset[str] | bool, PlainValidator(_checked(codes.is_own_code, *_NO_OWN_CODE, presence=True))
]
Number = Annotated[int, Field(ge=1, le=REVISION_MAX)]
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
Grades = Annotated[frozenset[str] | bool, PlainValidator(_words(codes.GRADES, presence=True))]
HeldIn = Annotated[frozenset[str] | bool, PlainValidator(_words(codes.HELD_IN, presence=True))]
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
    list: Names
    tested: Tested = "own_day"


class RecognizedIn(Table):
    """At least so many distinct states on a list of recognized credentials."""

    states: int = Field(ge=1, le=STATES_MAX)
    list: Names = frozenset({"recognized-credentials"})
    meets_cda: bool = True
    tested: Tested = "own_day"


def _or_table(short: Callable[[Any], Any], table: type[Table], key: str) -> Callable[[Any], Any]:
    """A condition written short, or as a table that also says when it is tested."""

    def read(value: Any) -> Table:
        if isinstance(value, dict):
            return table.model_validate(value)
        try:
            return table.model_validate({key: short(value)})
        except ValidationError as error:  # Of the one key that is not written out.
            cause = error.errors()[0].get("ctx", {}).get("error")
            if isinstance(cause, FormError):
                raise cause from None
            raise FormError(f"is not a whole number from 1 to {STATES_MAX}", "write one") from None

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
    own_type: OwnCodes | None = None
    on: SpanOrPresence | None = None
    expires: SpanOrPresence | None = None
    revoked_on: SpanOrPresence | None = None
    amount: bool | None = None
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
    level: OwnLevels | None = None
    held_in: HeldIn | None = None
    grade: Grades | None = None
    accredited: bool | None = None
    birth_to_8_percent: Bounds | None = None
    documents: Names | None = None
    trainer_approved_by: Approved | None = None
    course_approved_by: Approved | None = None
    on_list: Listed | None = None
    recognized_in_at_least: Recognized | None = None
    within_months: int | None = Field(default=None, ge=1, le=MONTHS_MAX)


class When(Clause):
    """The conditions of a rule; `any` and `not` hold clauses, one level deep."""

    any: list[Clause] | None = Field(default=None, min_length=1, max_length=CLAUSES_MAX)
    not_: Clause | None = Field(default=None, alias="not")


class Convert(Table):
    """Clock hours that one unit counts for, where that is less than the common number."""

    ceu: Amount | None = None
    semester: Amount | None = None


class Lift(Table):
    """What the documents lift the answer to; what it does not say stays as the effect has it."""

    outcome: Literal["FULL", "PARTIAL", "NEEDS_REVIEW", "DENIED"]
    counts_as: Text | None = None
    not_for: SortedNames | None = None
    cap_hours: Amount | None = None
    areas: Areas | None = None
    round_down_to: Amount | None = None
    convert: Convert | None = None


class EffectTable(Table):
    outcome: Literal["FULL", "PARTIAL", "NEEDS_DOCUMENT", "NEEDS_REVIEW", "DENIED"]
    counts_as: Text | None = None
    not_for: SortedNames | None = None
    documents: Names | None = None
    cap_hours: Amount | None = None
    areas: Areas | None = None
    round_down_to: Amount | None = None
    convert: Convert | None = None
    with_: Lift | None = Field(default=None, alias="with")


class RuleTable(Table):
    id: RuleId
    version: Number
    kind: Literal["training", "education", "credential", "course", "trainer", "organization"]
    from_on: date = Field(alias="from")
    until_on: date | None = Field(default=None, alias="until")
    citation: Citation | None = None
    illustrative: bool = False
    note: Note | None = None
    unknown: Literal["stop", "skip"] = "stop"
    when: When = When()
    effect: EffectTable


class PolicyHead(Table):
    """What stands before the rules."""

    registry: str
    revision: Number
    groups: dict[str, Annotated[list[str], Field(max_length=GROUP_MEMBERS_MAX)]] = Field(
        default_factory=dict, max_length=GROUPS_MAX
    )


class PolicyTable(PolicyHead):
    rule: list[RuleTable] = Field(min_length=1, max_length=RULES_MAX)
