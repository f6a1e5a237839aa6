"""Words that people read: none that blames, none of the machine's, each idea under one name.

The list is the glossary's ("Not used", docs/glossary.md). Checked are the visible text of the
pages' templates, the sentences in the console's modules, and the messages of errors.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.style.sources import (
    CODE,
    ROOT,
    check_none,
    is_console,
    is_text,
    place,
    project_files,
    python_files,
    tree_of,
)

BLAMING = r"invalid|illegal|bad|unable|failed to|error occurred|please|sorry|oops|simply|just"
MACHINE = r"null|entity|golden record|dedupe|payload|upsert|tombstone|user"
MISLEADING = r"real-time|realtime|updated|national id"
NOT_USED = re.compile(rf"\b(?i:{BLAMING}|{MACHINE}|{MISLEADING})\b|\b(?:NaN|N/A|TBD)\b")
NOT_IN_ERRORS = re.compile(r"\b(?i:unable|invalid|failed to|illegal|error occurred)\b")

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
UNSEEN = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
SHOWN_ATTRIBUTE = re.compile(r"\b(?:alt|aria-label|placeholder|title)=\"([^\"]*)\"")
TAG = re.compile(r"<[^>]*>")


def test_pages_use_no_word_of_the_not_used() -> None:
    findings = []
    for path in project_files():
        if path.is_relative_to(ROOT / "hub/api/templates"):
            shown = visible_text(path.read_text("utf-8"))
            findings += [f"{place(path)}: {word}" for word in NOT_USED.findall(shown)]

    check_none(findings)


def visible_text(template: str) -> str:
    """What of a template a person reads, tags and expressions taken out."""
    bare = JINJA.sub(" ", UNSEEN.sub(" ", template))
    return TAG.sub(" ", bare) + " " + " ".join(SHOWN_ATTRIBUTE.findall(bare))


def test_the_console_uses_no_word_of_the_not_used() -> None:
    findings = []
    for path in python_files("hub"):
        if is_console(path):
            for line, text in _sentences(tree_of(path)):
                if found := NOT_USED.search(text):
                    findings.append(f"{place(path, line)}: {found[0]}")

    check_none(findings)


def _sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Strings that a person may read: with a blank or a capital, and not docstrings. A lone word
    in small letters is a key or a name of the code."""
    alone = {
        id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and is_text(n.value)
    } - _command_help(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip()
            if id(node) not in alone and (" " in text or text[:1].isupper()):
                yield node.lineno, node.value


def _command_help(tree: ast.AST) -> set[int]:
    """Docstrings of commands: the console prints them as help."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            first = node.body[0]
            if isinstance(first, ast.Expr) and is_text(first.value):
                found.add(id(first.value))
    return found


def test_errors_say_what_was_attempted() -> None:
    findings = []
    for path in python_files(*CODE):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Raise):
                findings += _blaming(path, node)

    check_none(findings)


def _blaming(path: Path, node: ast.Raise) -> list[str]:
    return [
        f"{place(path, line)}: {found[0]}"
        for line, text in _sentences(node)
        if (found := NOT_IN_ERRORS.search(text))
    ]


@pytest.mark.parametrize(
    ("template", "is_found"),
    [
        ("<p>Nevada has sent nothing yet.</p>", False),
        ("<p>Invalid row</p>", True),
        ('<p title="N/A">{{ user.name }}</p>', True),
        ("{% if user %}<b class='bad'>Ohio</b>{% endif %}<script>null</script>", False),
        ("<p>justified, badges, users</p>", False),
    ],
)
def test_a_template_is_judged_by_what_is_seen(template: str, is_found: bool) -> None:
    assert bool(NOT_USED.search(visible_text(template))) is is_found
