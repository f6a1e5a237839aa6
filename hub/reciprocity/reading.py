"""Reading a policy file: from text to tables that have the form of policies, with every problem.

What concerns one rule and another, or a rule's codes, is checked where rules are compiled.
"""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from typing import Any, NamedTuple

from pydantic import ValidationError

from hub.reciprocity import codes
from hub.reciprocity.condition import OTHERS
from hub.reciprocity.model import RULES_MAX, TEXT_CHARS_MAX, PolicyHead, RuleTable, shown
from hub.reciprocity.problems import (
    Path,
    PolicyError,
    Problem,
    form_problems,
    place_of_rule,
    too_deep,
)
from hub.reciprocity.scan import first_excess, line_and_column

BYTES_MAX = 1_000_000
_LEFT_OUT_MAX = 20
_TOML_PLACE = re.compile(r"(.*) \((?:at line (\d+), column (\d+)|at end of document)\)", re.DOTALL)
_DIGITS = re.compile(r"[0-9][0-9_]{4299,}")
_TOML_WORDS = {
    "Invalid statement": "begins a line with what is no key and no table",
    "Invalid value": "has no value here: a text stands in quotes, a day does not",
    "Cannot overwrite a value": "has a key that stands twice",
    "Illegal": "holds a character here that cannot stand in this text, or a quote is missing",
    "Unterminated string": "has a text without its closing quote",
    "Unclosed array": "has a list without its closing bracket",
    "Unclosed inline table": "has a table without its closing brace",
}
"""What tomllib says, in words of the file."""


class Names(NamedTuple):
    """What rules may name: the policy's own registry, and its groups."""

    receiver: str
    groups: dict[str, frozenset[str]]


def read_toml(text: str, source: str) -> dict[str, Any]:
    """The file's tables, not yet checked. Raises PolicyError."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        problem = Problem("file", "is not text", "write it in UTF-8")
        raise PolicyError(source, (problem,)) from None
    if size > BYTES_MAX:
        what, fix = f"is larger than {BYTES_MAX:,} bytes", "leave out rules that no longer matter"
        raise PolicyError(source, (Problem("file", what, fix),))
    excess = first_excess(text)
    if excess is not None:
        line, column = line_and_column(text, excess[0])
        fix = "write plain tables, as in [rule.when]"
        raise PolicyError(source, (Problem("file", excess[1], fix, line, column),))
    try:
        return tomllib.loads(text)
    except RecursionError:
        problem = Problem("file", "is nested too deep", "write plain tables, as in [rule.when]")
        raise PolicyError(source, (problem,)) from None
    except ValueError as error:  # TOML, or a number of more digits than Python reads.
        raise PolicyError(source, (_not_toml(text, error),)) from None


def _not_toml(text: str, error: ValueError) -> Problem:
    """tomllib says the place in words; what it does not place is a number too long to read."""
    found = _TOML_PLACE.fullmatch(str(error))
    if found is None:
        digits = _DIGITS.search(text)
        line, column = line_and_column(text, digits.start() if digits else 0)
        what = "holds a number of too many digits"
        return Problem("file", what, "write a shorter one", line, column)
    said = found[1]
    what = _TOML_WORDS.get(said.partition(" character ")[0], f"is not TOML here: {said}")
    if found[2] is None:
        line, column = line_and_column(text, len(text))
    else:
        line, column = int(found[2]), int(found[3])
    return Problem("file", shown(what, TEXT_CHARS_MAX), "correct it", line, column)


def names_of(data: dict[str, Any]) -> Names:
    """Receiver and groups as far as they can be read: rules are checked whatever is wrong there."""
    registry, groups = data.get("registry"), data.get("groups")
    found = {
        name: frozenset(each for each in members if isinstance(each, str))
        for name, members in (groups.items() if isinstance(groups, dict) else ())
        if isinstance(members, list)
    }
    return Names(registry if isinstance(registry, str) else "", found)


def head_of(data: dict[str, Any], problems: list[Problem]) -> PolicyHead | None:
    """What stands before the rules; None where it does not have its form."""
    head = None
    try:
        head = PolicyHead.model_validate({key: data[key] for key in data if key != "rule"})
    except ValidationError as error:
        found = list(form_problems(error, None, ()))
        problems += found
        if any(problem.path[0] == "groups" for problem in found):
            return None
    registry = data.get("registry")
    if isinstance(registry, str) and not codes.is_state_registry(registry):
        what, fix = "is no registry's code", "write one such as us-oh"
        problems.append(Problem("registry", what, fix, path=("registry",)))
    groups = data.get("groups", {})
    for name in groups:
        _check_group(name, groups, problems)
    return head


def _check_group(name: str, groups: dict[str, list[str]], problems: list[Problem]) -> None:
    members = groups[name]

    def complain(what: str, fix: str, at: int | None = None) -> None:
        path: Path = ("groups", name) if at is None else ("groups", name, at)
        problem = Problem(f"groups.{shown(name)}", what, fix, path=path, of_key=at is None)
        problems.append(problem)

    if name == OTHERS or codes.is_registry(name):
        complain("is a word of its own", "name the group differently")
    elif not codes.is_name(name):
        complain("is not a name", "write small letters, digits, _ and -")
    if not members:
        complain("lists nothing", "name its registries, or leave it out")
    for at, member in enumerate(members):
        if member in groups:
            what = f"holds the group '{shown(member)}'"
            complain(what, "name its registries: a group lists registries only", at)
        elif not codes.is_state_registry(member):
            what = f"holds '{shown(member)}', which is no registry"
            complain(what, "write one such as us-oh", at)
        elif member in members[:at]:
            complain(f"names '{member}' twice", "leave one out", at)


def rule_tables(
    data: dict[str, Any], problems: list[Problem]
) -> tuple[dict[int, RuleTable], dict[int, RuleTable]]:
    """By their place in the file: the rules that have their form, and what else can be read of
    those that do not."""
    raw = data.get("rule")
    if not isinstance(raw, list) or not raw:
        what, fix = "has no rules", "write each rule as a table [[rule]]"
        problems.append(Problem("rule", what, fix, path=("rule",)))
        return {}, {}
    if len(raw) > RULES_MAX:
        what, fix = f"holds more than {RULES_MAX} rules", "leave out those that no longer matter"
        problems.append(Problem("file", what, fix, path=("rule", RULES_MAX)))
        return {}, {}
    deep = too_deep(raw)
    problems += deep
    left_out = {problem.path[1] for problem in deep}
    found: dict[int, RuleTable] = {}
    partial: dict[int, RuleTable] = {}
    for at, each in enumerate(raw):
        if at in left_out:
            continue
        try:
            found[at] = RuleTable.model_validate(each)
        except ValidationError as error:
            wrong = list(form_problems(error, place_of_rule(each, at), ("rule", at)))
            problems += wrong
            rest = _without(each, {problem.path[2:] for problem in wrong})
            if rest is not None:
                partial[at] = rest
    return found, partial


def _without(rule: Any, paths: set[Path]) -> RuleTable | None:
    """What is left of a rule without the keys that do not have their form, if it is a rule."""
    if () in paths or len(paths) > _LEFT_OUT_MAX:
        return None
    kept = deepcopy(rule)
    for path in sorted(paths, key=len, reverse=True):
        inner = kept
        for part in path[:-1]:
            try:
                inner = inner[part]
            except (KeyError, IndexError, TypeError):
                break
        if isinstance(inner, dict):
            inner.pop(path[-1], None)
    try:
        return RuleTable.model_validate(kept)
    except ValidationError:
        return None
