"""What `hub policy check` does: judge policy files, and say what they hold or what to correct."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from hub.cli.common import UsageError, write_json
from hub.console.numbers import plural
from hub.console.terminal import escape_controls
from hub.domain.states import state_name
from hub.reciprocity.compile import Rule
from hub.reciprocity.policy import Policy, PolicyError, Problem, parse_policy
from hub.reciprocity.reading import BYTES_MAX


@dataclass(frozen=True, slots=True)
class Checked:
    """A file with its policy, or with what is to be corrected."""

    file: str
    policy: Policy | None
    problems: tuple[Problem, ...]
    text: str


def run_policy_check(paths: Sequence[Path], as_json: bool) -> int:
    """Check every file; 1 where anything is to be corrected."""
    found = same_revisions([checked(path) for path in paths])
    ok = not any(each.problems for each in found)
    if as_json:
        write_json({"ok": ok, "files": [_document(each) for each in found]}, "-")
    else:
        sys.stdout.writelines(
            f"{escape_controls(line)}\n" for each in found for line in _lines(each)
        )
    return 0 if ok else 1


def checked(path: Path) -> Checked:
    """One file. Raises UsageError where it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(
            f"{path} was not read: {error.strerror}", fix="name a policy file such as us-nd.toml"
        ) from None
    return checked_bytes(data, str(path))


def checked_bytes(data: bytes, name: str) -> Checked:
    """A file's content, which should be UTF-8; a byte order mark is left out."""
    try:
        text = data[:BYTES_MAX].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(data) <= BYTES_MAX or error.start < BYTES_MAX - 4:
            return Checked(name, None, (_not_utf8(data, error.start),), "")
        text = ""
    if len(data) > BYTES_MAX:
        text += " " * (BYTES_MAX + 1)  # Of a file that is too large only the size is judged.
    try:
        return Checked(name, parse_policy(text, source=name), (), text)
    except PolicyError as error:
        return Checked(name, None, error.problems, text)


def _not_utf8(data: bytes, at: int) -> Problem:
    before = data[:at]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode(errors="replace")) + 1
    line = before.count(b"\n") + 1
    return Problem("file", "holds a byte that is not UTF-8", "save it as UTF-8", line, column)


def same_revisions(found: list[Checked]) -> list[Checked]:
    """Two files with other rules under one registry and revision: the later named is to be
    raised."""
    texts: dict[tuple[str, int], Checked] = {}
    result = []
    for each in found:
        if each.policy is not None:
            key = (each.policy.registry, each.policy.revision)
            first = texts.setdefault(key, each)
            if first.text != each.text:
                what = f"is the revision of {first.file}, too, whose content differs"
                problem = Problem("revision", what, f"write {key[1] + 1} or more")
                each = Checked(each.file, each.policy, (problem,), each.text)
        result.append(each)
    return result


def _lines(each: Checked) -> Iterator[str]:
    if each.problems:
        yield from (problem.text(each.file) for problem in each.problems)
        count = plural(len(each.problems), "problem", "problems")
        yield f"{each.file}: {count} to correct; nothing of this file would be taken."
        return
    policy = each.policy
    assert policy is not None
    rules = plural(len(policy.rules), "rule", "rules")
    state = state_name(policy.registry)
    head = f"{state}, {policy.registry}, revision {policy.revision}"
    yield f"{each.file}: {head}: {rules}, all right."
    width = max(len(f"{rule.id} version {rule.version}") for rule in policy.rules)
    for kind, of_kind in _by_kind(policy):
        yield f"  on {kind}, {plural(len(of_kind), 'rule', 'rules')} in this order:"
        for rule in of_kind:
            name = f"{rule.id} version {rule.version}"
            made_up = "  made up" if rule.illustrative else ""
            yield f"    {name:<{width}}  {_days(rule)}{made_up}"


def _by_kind(policy: Policy) -> list[tuple[str, list[Rule]]]:
    ordered = sorted(policy.rules, key=lambda rule: rule.kind)
    return [(kind, list(of_kind)) for kind, of_kind in groupby(ordered, lambda rule: rule.kind)]


def _days(rule: Rule) -> str:
    end = "no end" if rule.until_on is None else f"until {rule.until_on.isoformat()}"
    return f"from {rule.from_on.isoformat()}, {end}"


def _document(each: Checked) -> dict[str, Any]:
    policy = each.policy
    return {
        "file": each.file,
        "ok": not each.problems,
        "problems": [
            {
                "line": problem.line,
                "column": problem.column,
                "place": problem.place,
                "what": problem.what,
                "fix": problem.fix,
            }
            for problem in each.problems
        ],
        "policy": None if policy is None else _policy_document(policy),
    }


def _policy_document(policy: Policy) -> dict[str, Any]:
    return {
        "registry": policy.registry,
        "revision": policy.revision,
        "kinds": [
            {
                "kind": kind,
                "rules": [
                    {
                        "id": rule.id,
                        "version": rule.version,
                        "from": rule.from_on.isoformat(),
                        "until": None if rule.until_on is None else rule.until_on.isoformat(),
                        "citation": rule.citation,
                        "illustrative": rule.illustrative,
                    }
                    for rule in of_kind
                ],
            }
            for kind, of_kind in _by_kind(policy)
        ],
    }
