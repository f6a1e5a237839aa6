"""Lines and columns of a policy file's keys: tomllib gives values without places, tree-sitter both.

Only where problems are told is a file read this second way, and only the tables concerned are
walked. What cannot be found has no place; nothing is refused for that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from hub.reciprocity.problems import Path, Problem

_KEYS = ("bare_key", "quoted_key", "dotted_key")


class _Place(NamedTuple):
    """Where a key and its value begin: rows from 0 and bytes, as tree-sitter counts."""

    key: tuple[int, int]
    value: tuple[int, int]


def located(text: str, data: Any, problems: Iterable[Problem]) -> list[Problem]:
    """The problems with line and column, in the order of the file; last those of the whole."""
    with_words = [replace(each, path=_to_word(data, each)) for each in problems]
    source = text.encode()
    tree = Parser(Language(tree_sitter_toml.language())).parse(source)
    places = _Walk({each.path for each in with_words}).places(tree.root_node)
    lines = source.split(b"\n")
    found = [_with_place(each, places, lines) for each in with_words]
    return sorted(found, key=lambda each: (each.line is None, each.line or 0, each.column or 0))


def _with_place(problem: Problem, places: dict[Path, _Place], lines: list[bytes]) -> Problem:
    if problem.line is not None:
        return problem
    path = problem.path
    while path and path not in places:
        path = path[:-1]
    if not path:
        return problem
    place = places[path]
    row, byte = place.key if problem.of_key else place.value
    column = len(lines[row][:byte].decode(errors="replace")) + 1
    return replace(problem, line=row + 1, column=column)


def _to_word(data: Any, problem: Problem) -> Path:
    """The path on to the word that is meant, where the value is a list or a table of such."""
    if problem.word is None:
        return problem.path
    value = data
    for part in problem.path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return problem.path
    return (*problem.path, *_steps_to(value, problem.word))


def _steps_to(value: Any, word: str) -> Path:
    if isinstance(value, list) and word in value:
        last = len(value) - 1 - value[::-1].index(word)  # Of two equal ones the second is meant.
        return (last,)
    if isinstance(value, dict):
        for key, inner in value.items():
            steps = _steps_to(inner, word)
            if inner == word or steps:
                return (key, *steps)
    return ()


class _Walk:
    """Finds the places of wanted paths and of everything that leads to them."""

    def __init__(self, wanted: set[Path]) -> None:
        self._wanted = {path[:length] for path in wanted for length in range(len(path) + 1)}
        self._rows: dict[Path, int] = {}
        self._found: dict[Path, _Place] = {}

    def places(self, document: Node) -> dict[Path, _Place]:
        for node in document.named_children:
            if node.type == "pair":
                self._pair((), node)
            elif node.type in ("table", "table_array_element"):
                self._table(node)
        return self._found

    def _table(self, node: Node) -> None:
        head = next((each for each in node.named_children if each.type in _KEYS), None)
        if head is None:
            return
        path = self._path_of_head(_names(head), is_row=node.type == "table_array_element")
        if isinstance(path[-1], int) and path[:-1] in self._wanted:
            self._put(path[:-1], node, node)
        if path not in self._wanted:
            return
        self._put(path, node, node)
        for inner in node.named_children:
            if inner.type == "pair":
                self._pair(path, inner)

    def _path_of_head(self, names: list[str], *, is_row: bool) -> Path:
        path: Path = ()
        for at, name in enumerate(names):
            path = (*path, name)
            if is_row and at == len(names) - 1:
                row = self._rows.get(path, -1) + 1
                self._rows[path] = row
                path = (*path, row)
            elif path in self._rows:
                path = (*path, self._rows[path])
        return path

    def _pair(self, above: Path, node: Node) -> None:
        inner = [each for each in node.named_children if each.type != "comment"]
        if len(inner) < 2:
            return
        key, value = inner[0], inner[-1]
        path = above
        for name in _names(key):
            path = (*path, name)
            if path not in self._wanted:
                return
            self._put(path, key, value)
        self._value(path, value)

    def _value(self, path: Path, value: Node) -> None:
        if value.type == "inline_table":
            for pair in value.named_children:
                if pair.type == "pair":
                    self._pair(path, pair)
        elif value.type == "array":
            items = [each for each in value.named_children if each.type != "comment"]
            for at, item in enumerate(items):
                below = (*path, at)
                if below in self._wanted:
                    self._put(below, item, item)
                    self._value(below, item)

    def _put(self, path: Path, key: Node, value: Node) -> None:
        here, there = key.start_point, value.start_point
        place = _Place((here.row, here.column), (there.row, there.column))
        self._found.setdefault(path, place)


def _names(key: Node) -> list[str]:
    return list(_parts(key))


def _parts(key: Node) -> Iterator[str]:
    if key.type == "dotted_key":
        for each in key.named_children:
            yield from _parts(each)
        return
    text = (key.text or b"").decode(errors="replace")
    try:
        yield text if key.type == "bare_key" else next(iter(tomllib.loads(f"{text} = 1")))
    except ValueError:  # What tree-sitter takes for a key; the file has no such.
        yield text
