"""Problems of a policy file: where, what stands there, and the remedy, in words of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from hub.reciprocity import model

DEPTH_MAX = 3
"""Tables inside a rule: when, any, one condition with `tested`."""

_PLAIN_WORDS = {
    "missing": "is missing; add it",
    "date_type": "is not a day; write it like 2024-07-01, without quotes or time",
    "int_type": "is not a whole number; write one without quotes",
    "string_type": "is not a text; write it in quotes",
    "bool_type": "is not true or false; write one of the two",
    "list_type": "is not a list; write [ … ]",
    "dict_type": "is not a table; write it as one",
    "model_type": "is not a table; write it as one",
    "model_attributes_type": "is not a table; write it as one",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct."""

    place: str
    what: str


def rule_place(id: Any, version: Any) -> str:
    return f"rule {id} version {version}"


def too_deep(data: Mapping[str, Any]) -> tuple[Problem, ...]:
    """A problem for each rule whose tables are nested deeper than three."""
    rules = data.get("rule", [])
    found = []
    for at, rule in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(rule, dict) and _depth(rule.values()) > DEPTH_MAX:
            what = f"is nested deeper than {DEPTH_MAX} tables; any and not stand one level deep"
            found.append(Problem(_rule_at(data, at), what))
    return tuple(found)


def pydantic_problems(error: ValidationError, data: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The validation's findings, each at its rule and key."""
    return tuple(
        Problem(_place(each["loc"], data), _what(each))
        for each in error.errors(include_url=False, include_input=False)
    )


def _depth(values: Iterable[Any]) -> int:
    """Levels of tables below; a list of tables is one level."""
    deepest = 0
    for value in values:
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict):
                deepest = max(deepest, 1 + _depth(each.values()))
            elif isinstance(each, list):
                deepest = max(deepest, _depth([each]))
    return deepest


def _place(loc: tuple[int | str, ...], data: Mapping[str, Any]) -> str:
    if len(loc) >= 2 and loc[0] == "rule" and isinstance(loc[1], int):
        key = _key(loc[2:])
        return _rule_at(data, loc[1]) + (f", {key}" if key else "")
    return _key(loc) or "file"


def _key(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _rule_at(data: Mapping[str, Any], at: int) -> str:
    rule = data["rule"][at]
    if isinstance(rule, dict) and isinstance(rule.get("id"), str):
        return rule_place(rule["id"], rule.get("version", "?"))
    return f"rule number {at + 1}"


def _what(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        near = get_close_matches(key, sorted(_keys()), n=1)
        return "is no key here; " + (f"write {near[0]}" if near else "leave it out")
    if kind == "literal_error":
        return f"is not a code; use one of {context['expected']}"
    return _PLAIN_WORDS.get(kind, f"{error['msg']}; correct it")


def _keys() -> set[str]:
    """Every key of the file's form, as the file writes it."""
    tables = [each for each in vars(model).values() if isinstance(each, type)]
    return {
        field.alias or name
        for table in tables
        if issubclass(table, BaseModel)
        for name, field in table.model_fields.items()
    }
