"""Conditions of a policy in words: one part of a sentence for each key that a clause holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from hub.reciprocity import policy_code_words as code
from hub.reciprocity.condition import OTHERS
from hub.reciprocity.model import AmountIn, ApprovedBy, Clause, Span, When
from hub.reciprocity.words import hours_text

AnyClause = TypeVar("AnyClause", bound=Clause)
_OWN_DAY = {
    "training": "completed",
    "education": "awarded",
    "credential": "issued",
    "course": "approved",
    "trainer": "approved",
    "organization": "approved",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """In whose words: the receiving state's name, the kind of record, how days are written."""

    receiver: str
    kind: str
    day: Callable[[date], str]

    def value(self, value: Any) -> str:
        """Any value of the file, so that a key without a sentence of its own is said too."""
        if isinstance(value, bool):
            return "stated" if value else "known to be none"
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, Decimal):
            return hours_text(value)
        if isinstance(value, frozenset | list | tuple):
            return code.listed(self.value(each) for each in value)
        return code.plain(str(value))


def with_groups(when: When, groups: Mapping[str, frozenset[str]]) -> When:
    """The conditions with each group put as the registries that it lists."""
    clauses = when.any and [_ungrouped(each, groups) for each in when.any]
    nested = {"any": clauses, "not_": when.not_ and _ungrouped(when.not_, groups)}
    held = {key: value for key, value in nested.items() if value is not None}
    return _ungrouped(when, groups).model_copy(update=held)


def _ungrouped(clause: AnyClause, groups: Mapping[str, frozenset[str]]) -> AnyClause:
    changed: dict[str, Any] = {}
    if clause.registry is not None:
        changed["registry"] = _registries(clause.registry, groups)
    for key in ("trainer_approved_by", "course_approved_by"):
        wanted = getattr(clause, key)
        if isinstance(wanted, ApprovedBy):
            registries = _registries(wanted.registries, groups)
            changed[key] = wanted.model_copy(update={"registries": registries})
    return clause.model_copy(update=changed)


def _registries(names: Iterable[str], groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(each for name in names for each in groups.get(name, (name,)))


def clause_parts(clause: Clause, wording: Wording) -> list[str]:
    """Parts of sentences without capital and period, in the order of the language's keys."""
    return list(_parts(clause, wording))


def _parts(clause: Clause, wording: Wording) -> Iterator[str]:
    for key, value in clause:
        if value is None:
            continue
        if key == "any":
            yield "one of these holds: " + "; ".join(_joined(each, wording) for each in value)
        elif key == "not_":
            yield f"it is not so that {_joined(value, wording)}"
        elif key in _PRESENCE and isinstance(value, bool):
            yield _PRESENCE[key][0 if value else 1]
        elif key in _SENTENCES:
            yield _SENTENCES[key](value, wording)
        else:
            yield f"{code.plain(key)} is {wording.value(value)}"


def _joined(clause: Clause, wording: Wording) -> str:
    return " and ".join(_parts(clause, wording))


_PRESENCE = {
    "subtype": ("its setting is stated", "it is known to have no setting"),
    "on": ("it has a day of its own", "it is known to have no day of its own"),
    "expires": ("it has an expiry day", "it has no expiry day"),
    "revoked_on": ("it has a day of revocation", "it has no day of revocation"),
    "amount": ("it has an amount", "it is known to have no amount"),
    "evidence": ("its evidence is stated", "it is known to have no evidence"),
    "event_type": ("its type of event is stated", "it is known to have no type of event"),
    "delivery": ("its way of delivery is stated", "it is known to have no way of delivery"),
    "organization": ("it names its organization", "it is known to name no organization"),
    "approval_code": ("it has an approval code", "it is known to have no approval code"),
    "trainer": ("it names its trainer by an id", "it is known to name no trainer"),
    "level": ("it has a level", "it is known to have no level"),
    "held_in": ("the state where it was held is stated", "it is known to be held in no state"),
    "grade": ("it has a grade", "it is known to have no grade"),
    "accredited": ("the institution is accredited", "the institution is not accredited"),
}


def _registry(value: frozenset[str], wording: Wording) -> str:
    return f"the registry that holds it is {_whose(value, wording)}"


def _whose(names: frozenset[str], wording: Wording) -> str:
    states = [code.state_text(each) for each in names - {OTHERS}]
    if OTHERS in names:
        others = f"any other than {wording.receiver}'s"
        return f"{others}, or that of {code.listed(states)}" if states else others
    return f"that of {code.listed(states)}"


def _type(value: frozenset[str], wording: Wording) -> str:
    table = {"credential": code.CREDENTIALS, "education": code.DEGREES}
    names = table.get(wording.kind, code.ACTIVITIES)
    return "it is " + code.listed(code.article(names.get(each, each)) for each in value)


def _on(value: Span, wording: Wording) -> str:
    return f"it was {_OWN_DAY[wording.kind]} {_days(value, wording)}"


def _days(value: Span, wording: Wording) -> str:
    first, last = value.from_on, value.until_on
    if first is not None and last is not None:
        return f"from {wording.day(first)} until {wording.day(last)}"
    if first is not None:
        return f"on {wording.day(first)} or later"
    if last is not None:
        return f"on {wording.day(last)} or earlier"
    return "on a day that is stated"


def _min_amount(value: AmountIn | Decimal, wording: Wording) -> str:
    if isinstance(value, AmountIn):
        return f"it has at least {hours_text(value.amount)} {code.UNITS.get(value.unit)}"
    return f"it has at least {hours_text(value)} of its unit"


def _percent(value: Any, wording: Wording) -> str:
    bounds = []
    if value.min is not None:
        bounds.append(f"at least {hours_text(value.min)}%")
    if value.below is not None:
        bounds.append(f"less than {hours_text(value.below)}%")
    share = " and ".join(bounds) or "a stated share"
    return f"{share} of its content is about children from birth to age 8"


def _tested(value: Any) -> str:
    return "on the day of the answer" if value.tested == "asked" else "on the record's own day"


def _approved(what: str) -> Callable[[ApprovedBy, Wording], str]:
    def sentence(value: ApprovedBy, wording: Wording) -> str:
        whose = _whose(value.registries, wording)
        return f"{what} by the registry that holds the record, {whose}, {_tested(value)}"

    return sentence


def _on_list(value: Any, wording: Wording) -> str:
    what = "the credential" if wording.kind == "credential" else "its organization"
    names = code.listed(code.quoted(value.list))
    return f"{what} is on the Alliance's list {names} {_tested(value)}"


def _recognized(value: Any, wording: Wording) -> str:
    names = code.listed(code.quoted(value.list))
    meeting = " as meeting or exceeding the CDA" if value.meets_cda else ""
    states = "1 state recognizes" if value.states == 1 else f"{value.states} states recognize"
    return f"at least {states} the credential{meeting}, by the list {names} {_tested(value)}"


def _months(value: int, wording: Wording) -> str:
    months = "1 month" if value == 1 else f"{value} months"
    own = "completion" if wording.kind == "training" else "its own day"
    return f"{wording.receiver} is asked within {months} of {own}"


_SENTENCES: dict[str, Callable[[Any, Wording], str]] = {
    "registry": _registry,
    "standing": lambda v, w: f"its standing is {code.listed(map(code.plain, v))}",
    "type": _type,
    "subtype": lambda v, w: f"its setting is {code.listed(code.SETTINGS.get(x, x) for x in v)}",
    "own_type": lambda v, w: (
        f"its own registry's code for it is {code.listed(map(code.own_type_text, v))}"
    ),
    "on": _on,
    "expires": lambda v, w: f"it expires {_days(v, w)}",
    "revoked_on": lambda v, w: f"it was revoked or withdrawn {_days(v, w)}",
    "unit": lambda v, w: f"its amount is in {code.listed(code.UNITS.get(x, x) for x in v)}",
    "min_amount": _min_amount,
    "hours_by_area": lambda v, w: f"it has hours in a knowledge area of: {code.areas_text(v)}",
    "verification": lambda v, w: code.listed(code.VERIFICATIONS.get(x, code.plain(x)) for x in v),
    "evidence": lambda v, w: f"its evidence is {code.listed(map(code.plain, v))}",
    "event_type": lambda v, w: f"it is {code.listed(map(code.event_text, v))}",
    "delivery": lambda v, w: (
        f"it was given {code.listed(code.DELIVERIES.get(x, code.plain(x)) for x in v)}"
    ),
    "organization": lambda v, w: f"its organization is {code.listed(code.quoted(v))}",
    "level": lambda v, w: f"its level is {code.listed(map(code.own_type_text, v))}",
    "held_in": lambda v, w: f"it was held in {code.listed(map(code.state_text, v))}",
    "grade": lambda v, w: f"its grade is {code.grades_text(v)}",
    "birth_to_8_percent": _percent,
    "documents": lambda v, w: f"{w.receiver} has received: {code.listed(map(code.plain, v))}",
    "trainer_approved_by": _approved("its trainer is approved"),
    "course_approved_by": _approved("its course is approved"),
    "on_list": _on_list,
    "recognized_in_at_least": _recognized,
    "within_months": _months,
}
