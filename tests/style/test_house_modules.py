"""House style of modules: size, opening sentence, quiet imports, comments that last."""

from __future__ import annotations

import ast
import re

from tests.style.sources import (
    CODE,
    check_none,
    comments_of,
    docstrings_of,
    functions_of,
    is_console,
    place,
    python_files,
    tree_of,
)

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
LINE_COLUMNS_MAX = 100
PARAMETERS_MAX = 6

# Words that were true on the day they were written. Words with lasting uses are not listed.
ROTTING_WORDS = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b|(?i:\bfor now\b|\bthis pr\b|\bthis pull request\b|\bthis commit\b)"
)

QUIET_STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.If,  # TYPE_CHECKING and __main__; any other test is a finding below.
)


def test_every_module_opens_with_a_sentence() -> None:
    findings = []
    for path in python_files(*CODE):
        first = (ast.get_docstring(tree_of(path)) or "").strip().split("\n\n")[0].strip()
        # A drawing may follow the opening sentence, announced by a colon.
        opening = first.splitlines()[0] if first else ""
        if not opening or not (first.endswith((".", ":")) or opening.endswith((".", ":"))):
            findings.append(f"{place(path)}: {opening!r}")

    check_none(findings)


def test_no_module_is_longer_than_the_wall() -> None:
    findings = []
    for path in python_files(*CODE, "deploy", "tests", "benchmarks"):
        count = len(path.read_bytes().splitlines())
        if count > MODULE_LINES_MAX:
            findings.append(f"{place(path)}: {count} lines")

    check_none(findings)


def test_no_function_is_longer_than_a_screen() -> None:
    findings = []
    for path in python_files(*CODE, "deploy", "tests", "benchmarks"):
        for node in functions_of(path):
            count = (node.end_lineno or node.lineno) - node.lineno + 1
            if count > FUNCTION_LINES_MAX:
                findings.append(f"{place(path, node.lineno)}: {node.name} has {count} lines")

    check_none(findings)


def test_no_line_is_wider_than_a_hundred_columns() -> None:
    findings = []
    for path in python_files(*CODE, "deploy", "tests", "benchmarks", "docs"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if len(line) > LINE_COLUMNS_MAX:
                findings.append(f"{place(path, number)}: {len(line)} columns")

    check_none(findings)


def test_no_function_takes_more_than_six_parameters() -> None:
    """Commands are free: each of their options is a parameter."""
    findings = []
    for path in python_files(*CODE):
        if is_console(path):
            continue
        for node in functions_of(path):
            names = [a.arg for a in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
            count = len([name for name in names if name not in ("self", "cls")])
            if count > PARAMETERS_MAX and node.name != "__init__":
                findings.append(f"{place(path, node.lineno)}: {node.name} takes {count}")

    check_none(findings)


def test_only_the_console_prints() -> None:
    findings = []
    for path in python_files(*CODE):
        if is_console(path):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
                findings.append(place(path, node.lineno))

    check_none(findings)


def test_comments_hold_no_word_that_rots() -> None:
    findings = []
    for path in python_files(*CODE, "deploy", "tests", "benchmarks", "docs"):
        for line, text in [*comments_of(path), *docstrings_of(path)]:
            if found := ROTTING_WORDS.search(text):
                findings.append(f"{place(path, line)}: {found[0]}")

    check_none(findings)


def test_nothing_runs_when_a_module_is_imported() -> None:
    """Command modules are free to register their commands."""
    findings = []
    for path in python_files(*CODE):
        if is_console(path):
            continue
        for node in tree_of(path).body:
            if not _is_quiet(node):
                findings.append(place(path, node.lineno))

    check_none(findings)


def _is_quiet(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.If):
        return any(word in ast.unparse(node.test) for word in ("TYPE_CHECKING", "__name__"))
    return isinstance(node, QUIET_STATEMENTS)


def test_errors_end_in_error_and_other_classes_do_not() -> None:
    findings = []
    for path in python_files(*CODE):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.ClassDef):
                continue
            bases = [ast.unparse(base).split(".")[-1] for base in node.bases]
            is_error = any(base.endswith(("Error", "Exception")) for base in bases)
            if is_error != node.name.endswith("Error"):
                findings.append(f"{place(path, node.lineno)}: {node.name}")

    check_none(findings)


def test_every_error_says_what_to_do_next() -> None:
    """Each error class descends from one of the tree's four, or from ValueError where it never
    leaves its module's callers."""
    findings = []
    for path in python_files(*CODE):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                bases = [ast.unparse(base) for base in node.bases]
                if bases == ["Exception"] and node.name != "HubError":
                    findings.append(f"{place(path, node.lineno)}: {node.name}")

    check_none(findings)
