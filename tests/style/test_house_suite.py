"""House style of tests: each one claims something, is named as a sentence, and skips honestly."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.style.sources import (
    FunctionNode,
    check_none,
    functions_of,
    place,
    project_files,
    python_files,
    text_of,
)

NAME_WORDS_MIN = 3
CLAIMING_CALLS = ("raises", "warns", "fail")
CLAIMING_PREFIXES = ("check_", "assert_", "_check_", "_assert_")
REFUSAL = "HUB_TEST_REQUIRE_"  # Set by .ci/run: what could skip must fail instead.


def _tests() -> list[tuple[Path, FunctionNode]]:
    found = []
    for path in python_files("tests"):
        found += [(path, node) for node in functions_of(path) if node.name.startswith("test_")]
    return found


def test_every_test_claims_something() -> None:
    findings = [
        f"{place(path, node.lineno)}: {node.name}" for path, node in _tests() if not _claims(node)
    ]

    check_none(findings)


def _claims(test: FunctionNode) -> bool:
    for node in ast.walk(test):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).split(".")[-1]
            if name in CLAIMING_CALLS or name.startswith(CLAIMING_PREFIXES):
                return True
    return False


def test_every_test_is_named_as_a_sentence() -> None:
    findings = []
    for path, node in _tests():
        if len(node.name.removeprefix("test_").split("_")) < NAME_WORDS_MIN:
            findings.append(f"{place(path, node.lineno)}: {node.name}")

    check_none(findings)


def test_no_two_tests_of_a_module_share_a_name() -> None:
    """The second would silently replace the first."""
    findings = []
    for path in python_files("tests"):
        tree = ast.parse(path.read_bytes())
        scopes = [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef))]
        for scope in scopes:
            names = [n.name for n in scope.body if isinstance(n, FunctionNode)]
            findings += [
                f"{place(path)}: {name}"
                for name in sorted(set(names))
                if name.startswith("test_") and names.count(name) > 1
            ]

    check_none(findings)


def test_a_test_that_may_skip_can_be_told_to_fail() -> None:
    findings = []
    for path in python_files("tests"):
        source = text_of(path) or ""
        skips = [
            node
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute) and node.attr in ("skip", "skipif", "xfail")
        ]
        if skips and REFUSAL not in source:
            findings.append(place(path, skips[0].lineno))

    check_none(findings)


def test_the_test_files_are_found() -> None:
    """An empty list of files would make every test of this folder pass."""
    assert Path(__file__) in project_files()
    assert len(_tests()) > 10
