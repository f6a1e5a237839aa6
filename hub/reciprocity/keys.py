"""Which keys stand in which table of a policy file, and what a key that does not may have meant."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import BaseModel

from hub.reciprocity import model
from hub.reciprocity.model import SHOWN_CHARS_MAX

_OF_ONE_RECORD = frozenset({"record_id", "revision", "person_id"})


def stray_key(keys: tuple[str | int, ...], *, in_rule: bool) -> tuple[str, str]:
    """What to say of a key that does not stand where it was written: what, and the remedy.

    `keys` lead to it from the rule, or from the file."""
    *above, last = keys
    key = str(last)
    names = [each for each in above if isinstance(each, str)]
    whole = model.RuleTable if in_rule else model.PolicyHead
    table = _TABLES.get(names[-1], whole) if names else whole
    in_conditions = issubclass(table, model.Clause)
    if in_conditions and key in _OF_ONE_RECORD:
        return "names one record", "leave it out: a rule is about all records alike"
    if key in ("any", "not") and in_conditions:
        return "is no key here", "leave it out: any and not stand one level deep"
    here = names_of(table)
    near = get_close_matches(key, sorted(here), n=1) if len(key) <= SHOWN_CHARS_MAX else []
    if near:
        return "is no key here", f"write {near[0]}"
    of_effect = issubclass(table, model.EffectTable | model.Lift | model.Convert)
    homes = reversed(_HOMES) if of_effect else _HOMES
    elsewhere = [name for name, other in homes if key in names_of(other)]
    if elsewhere:
        return "is no key here", f"move it to {elsewhere[0]}"
    return "is no key here", "leave it out"


def names_of(table: type[BaseModel]) -> frozenset[str]:
    """The table's keys as the file writes them."""
    return frozenset(field.alias or name for name, field in table.model_fields.items())


_TABLES: dict[str, type[BaseModel]] = {
    "when": model.When,
    "any": model.Clause,
    "not": model.Clause,
    "effect": model.EffectTable,
    "with": model.Lift,
    "convert": model.Convert,
    "on": model.Span,
    "expires": model.Span,
    "revoked_on": model.Span,
    "birth_to_8_percent": model.Bounds,
    "min_amount": model.AmountIn,
    "trainer_approved_by": model.ApprovedBy,
    "course_approved_by": model.ApprovedBy,
    "on_list": model.OnList,
    "recognized_in_at_least": model.RecognizedIn,
}
_HOMES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("the head of the file", model.PolicyHead),
    ("[[rule]]", model.RuleTable),
    ("[rule.when]", model.Clause),
    ("[rule.effect]", model.EffectTable),
)
