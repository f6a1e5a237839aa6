"""Policies and their differences as a person reads them on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from hub.console.numbers import plural
from hub.console.reviews import write_lines
from hub.console.terminal import Terminal, escape_controls, terminal_of
from hub.console.words import OUTCOMES

WIDTH = 80
Document = Mapping[str, Any]
KIND_HEADS = {
    "training": "Training",
    "education": "Education",
    "credential": "Credentials",
    "course": "Approved courses",
    "trainer": "Approved trainers",
    "organization": "Approved organizations",
}
READING = (
    "Rules on one kind of record are read from the top; the first that fits decides. "
    "Where none fits, a person reviews the record."
)
STATES = {"in_force": "in force", "to_come": "not yet in force", "over": "no longer in force"}
_ANSWERS = {"ADOPTED": "says that this policy is its own", "REFUSED": "refuses this policy"}
_LABEL = 10
_OUTCOMES = {each.code: each for each in OUTCOMES}


def print_policy(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """What the registry answers, rule by rule, in the order in which rules are read."""
    terminal = terminal or terminal_of(stream)
    name, registry = document["name"], document["registry"]
    head = f"What {name} ({registry}) accepts of other registries' records"
    lines = [terminal.styled(head, "bold")]
    for text in (_standing(document), answer_text(document), made_up_text(document), READING):
        lines += _wrapped(text) if text else []
    for kind in KIND_HEADS:
        rules = [each for each in document["rules"] if each["kind"] == kind]
        if rules:
            lines += ["", terminal.styled(KIND_HEADS[kind], "bold")]
            lines += [
                line for at, rule in enumerate(rules, 1) for line in _rule(at, rule, terminal)
            ]
    write_lines(lines, stream, terminal)


def revision_text(document: Document, published: str | None) -> str:
    """Revision, who adopted it, and when it was published."""
    by = document["adopted_by"]
    adopted = "" if by is None else f", adopted by staff {by}"
    when = document["published_at_why"] if published is None else f"published {published}"
    return f"Revision {document['revision']}{adopted}, {when}"


def _standing(document: Document) -> str:
    rules = plural(len(document["rules"]), "rule", "rules")
    verb = "is" if document["in_force"] == 1 else "are"
    head = revision_text(document, document["published_at"])
    return f"{head}. {document['in_force']} of {rules} {verb} in force on {document['as_of']}."


def answer_text(document: Document) -> str:
    """What the registry itself says of the policy."""
    answer, name = document["answer"], document["name"]
    if answer is None:
        return "" if is_file(document) else f"{name}'s registry says of it: {_why(document)}."
    of_this = "" if answer["of_this_text"] else " It answered to another text of this revision."
    return (
        f"{name}'s registry {_ANSWERS.get(answer['answer'], answer['answer'])}: reason "
        f"{answer['reason']}, staff {answer['staff_id']}, {answer['answered_at']}.{of_this}"
    )


def is_file(document: Document) -> bool:
    """Whether it was never looked up where it may have been published and answered."""
    return bool(document["answer"] is None and _why(document) == document["published_at_why"])


def _why(document: Document) -> str:
    return str(document["answer_why"])


def made_up_text(document: Document) -> str:
    count = document["illustrative"]
    if not count:
        return ""
    rules = "1 rule here is" if count == 1 else f"{count} rules here are"
    return f"{rules} made up, to show how policies work: not {document['name']}'s own."


def print_changes(
    document: Document,
    stream: TextIO,
    terminal: Terminal | None = None,
    *,
    last: Sequence[str] = (),
) -> None:
    """How many rules differ, then each in words; `last` are lines that close it."""
    terminal = terminal or terminal_of(stream)
    lines = [terminal.styled(changes_head(document), "bold")]
    for each in document["changes"]:
        lines += _wrapped(each["sentence"], "  ")
        lines += _labeled("no longer", each["no_longer"])
        lines += _labeled("now", each["now"])
    for text in last:
        lines += _wrapped(text)
    write_lines(lines, stream, terminal)


def changes_head(document: Document) -> str:
    registry, against = document["registry"], document["against"]
    rules = len({(each["id"], each["version"]) for each in document["changes"]})
    if against is None:
        return f"{registry} revision {document['revision']}: {plural(rules, 'rule', 'rules')}."
    head = f"{registry} revision {document['revision']} beside revision {against}"
    if not rules:
        return f"{head}: every rule and its place is the same."
    return f"{head}: {plural(rules, 'rule differs', 'rules differ')}."


def outcome_sign(outcome: str, terminal: Terminal) -> str:
    """Its icon, or its letter where the terminal has no such sign."""
    found = _OUTCOMES[outcome]
    return found.icon if terminal.has_unicode else f"[{found.letter}]"


def _rule(at: int, rule: Document, terminal: Terminal) -> Iterator[str]:
    icon = outcome_sign(rule["outcome"], terminal)
    state = "" if rule["state"] == "in_force" else f" ({STATES[rule['state']]})"
    yield f"{at:>3} {icon} {escape_controls(rule['title'])}{state}"
    yield from _wrapped(f"{rule['id']} version {rule['version']}, {rule['days']}", " " * 6)
    yield from _labeled("when", rule["when"] or ["On every record of this kind."])
    yield from _labeled("answer", rule["answer"])
    yield from _labeled("bring", rule["bring"])
    yield from _labeled("then", [rule["then"]] if rule["then"] else [])
    yield from _labeled("unknown", [rule["unknown"]] if rule["unknown"] else [])
    yield from _labeled("source", [rule["citation"] or "made up, to show how policies work"])
    yield from _labeled("note", [rule["note"]] if rule["note"] else [])


def _labeled(label: str, texts: Sequence[str]) -> list[str]:
    """Texts below one another, the label beside the first; a long address is never cut."""
    lines = []
    for at, text in enumerate(texts):
        head = f"      {label if at == 0 else '':<{_LABEL}}"
        lines += _wrapped(text, head, " " * len(head))
    return lines


def _wrapped(text: str, head: str = "", below: str | None = None) -> list[str]:
    return textwrap.wrap(
        escape_controls(text),
        WIDTH,
        initial_indent=head,
        subsequent_indent=head if below is None else below,
        break_long_words=False,
        break_on_hyphens=False,
    )
