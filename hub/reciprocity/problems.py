"""Problems of a policy file: where, what stands there, and the remedy, in words of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

from pydantic import ValidationError

from hub.errors import ConfigurationError
from hub.reciprocity.keys import stray_key
from hub.reciprocity.model import REVISION_MAX, FormError, shown

DEPTH_MAX = 3
"""Tables inside a rule: when, any, one condition with `tested`."""
PROBLEMS_MAX = 500
"""Named of one file; the last says that there are more."""

Path: TypeAlias = tuple[str | int, ...]

_WRITE_ONE = {
    "missing": ("is missing", "add it"),
    "date_type": ("is not a day", "write it like 2024-07-01, without quotes or time"),
    "date_from_datetime_inexact": (
        "is not a day",
        "write it like 2024-07-01, without quotes or time",
    ),
    "int_type": ("is not a whole number", "write one without quotes"),
    "string_type": ("is not a text", "write it in quotes"),
    "bool_type": ("is not true or false", "write one of the two"),
    "list_type": ("is not a list", "write [ … ]"),
    "dict_type": ("is not a table", "write it as one"),
    "model_type": ("is not a table", "write it as one"),
    "model_attributes_type": ("is not a table", "write it as one"),
    "greater_than_equal": ("is too small", "write {ge} or more"),
    "less_than_equal": ("is too large", "write {le} or less"),
    "too_short": ("lists nothing", "name what it holds, or leave it out"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. `path` says what it is about, by the keys that lead there."""

    place: str
    what: str
    fix: str
    line: int | None = None
    column: int | None = None
    path: Path = ()
    of_key: bool = False
    """Whether the key itself is in the way, not its value."""
    word: str | None = None
    """The one of the value's words that is meant."""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.fix}"

    def text(self, source: str) -> str:
        """With the file and, where it is known, the line and the column, both from 1."""
        where = source if self.line is None else f"{source}:{self.line}:{self.column}"
        return f"{where}: {self}"


class PolicyError(ConfigurationError):
    """A policy file is refused; `problems` says each place, what stands there, and the remedy."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        lines = [f"{source}: {len(problems)} to correct, nothing of it is taken"]
        lines += [f"  {each.text(source)}" for each in problems]
        super().__init__(
            "\n".join(lines),
            fix="Correct what is named, then check the file again.",
            effect="The policy that stood before still stands.",
        )
        self.problems = problems


def bounded(problems: list[Problem]) -> list[Problem]:
    """At most so many as anybody reads; the last says that there are more."""
    if len(problems) <= PROBLEMS_MAX:
        return problems
    last = Problem("file", "has more to correct", "correct those above first")
    return [*problems[:PROBLEMS_MAX], last]


def rule_place(id: str, version: int) -> str:
    return f"rule {id} version {version}"


def place_of_rule(rule: Any, at: int) -> str:
    """How messages name a rule of the file, whatever stands there."""
    if isinstance(rule, dict) and isinstance(rule.get("id"), str) and rule["id"]:
        version = rule.get("version")
        known = isinstance(version, int) and 0 < version <= REVISION_MAX
        return f"rule {shown(rule['id'])} version {version if known else '?'}"
    return f"rule number {at + 1}"


def key_path(key: str) -> Path:
    """`when.any[0].unit` as the keys that lead there."""
    path: list[str | int] = []
    for part in key.split("."):
        name, _, number = part.partition("[")
        path.append(name)
        if number:
            path.append(int(number.removesuffix("]")))
    return tuple(path)


def too_deep(rules: list[Any]) -> list[Problem]:
    """A problem for each rule whose tables are nested deeper than three."""
    found = []
    for at, rule in enumerate(rules):
        deep = _deeper_than(rule, DEPTH_MAX) if isinstance(rule, dict) else None
        if deep is not None:
            what = f"is nested deeper than {DEPTH_MAX} tables"
            fix = "any and not stand one level deep: leave out the inner ones"
            path: Path = ("rule", at, *deep)
            found.append(Problem(place_of_rule(rule, at), what, fix, path=path, of_key=True))
    return found


def _deeper_than(table: Mapping[str, Any], levels: int) -> Path | None:
    """Keys that lead to the first table below so many levels; a list of tables is one level."""
    for key, value in table.items():
        for at, inner in _tables(value):
            here: Path = (key,) if at is None else (key, at)
            if levels == 0:
                return here
            below = _deeper_than(inner, levels - 1)
            if below is not None:
                return (*here, *below)
    return None


def _tables(value: Any) -> Iterator[tuple[int | None, Mapping[str, Any]]]:
    """The table, or those of a list and of lists in it."""
    if isinstance(value, dict):
        yield None, value
    elif isinstance(value, list):
        for at, each in enumerate(value):
            for _, table in _tables(each):
                yield at, table


def form_problems(error: ValidationError, place: str | None, path: Path) -> Iterator[Problem]:
    """The validation's findings, with their keys below `path`; `place` names the rule."""
    for each in error.errors(include_url=False, include_input=False)[: PROBLEMS_MAX + 1]:
        yield from _form_problem(each, place, (*path, *each["loc"]), tuple(each["loc"]))


def _form_problem(error: Any, place: str | None, path: Path, keys: Path) -> Iterable[Problem]:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ValidationError):  # A table inside a condition.
        for inner in cause.errors(include_url=False, include_input=False):
            loc = tuple(inner["loc"])
            yield from _form_problem(inner, place, (*path, *loc), (*keys, *loc))
        return
    kind = error["type"]
    what, fix = _what(error, keys, in_rule=place is not None)
    name = _key(keys)
    where = place if not name else name if place is None else f"{place}, {name}"
    problem = Problem(where or "file", what, fix, path=path, of_key=kind == "extra_forbidden")
    if isinstance(cause, FormError):
        problem = replace(problem, word=cause.word)
    yield problem


def _key(keys: Path) -> str:
    text = ""
    for part in keys:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{shown(part)}" if text else shown(part)
    return text


def _what(error: Any, keys: Path, *, in_rule: bool) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, FormError):
        return cause.what, cause.fix
    if kind == "extra_forbidden":
        return _stray(keys, in_rule)
    if kind == "literal_error":
        return "is not a code", f"use one of {context['expected']}"
    if kind == "too_long":
        return f"holds more than {context['max_length']}", "leave out what no longer matters"
    what, fix = _WRITE_ONE.get(kind, (str(error["msg"]), "correct it"))
    return what, fix.format(**context) if "{" in fix else fix


@lru_cache(maxsize=2048)
def _stray(keys: Path, in_rule: bool) -> tuple[str, str]:
    return stray_key(keys, in_rule=in_rule)
