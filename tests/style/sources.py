"""What the style tests read: the project's own files, found through git, and their syntax trees.

Files that git ignores are not the project's. Without git every file outside hidden folders counts.
"""

from __future__ import annotations

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("hub", "connectors")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project, tracked or about to be."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [p for p in ROOT.rglob("*") if not _is_hidden(p.relative_to(ROOT))]
    return tuple(sorted(path for path in paths if path.is_file()))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def python_files(*tops: str) -> list[Path]:
    """Python files under these top folders."""
    wanted = [p for p in project_files() if p.suffix == ".py"]
    return [p for p in wanted if p.relative_to(ROOT).parts[0] in tops]


def place(path: Path, line: int | None = None) -> str:
    """How a finding names its file."""
    shown = path.relative_to(ROOT).as_posix()
    return shown if line is None else f"{shown}:{line}"


def check_none(findings: list[str]) -> None:
    """Fail with every finding on a line of its own."""
    assert not findings, "\n" + "\n".join(findings)


def is_console(path: Path) -> bool:
    """Modules that speak to a person on a terminal: hub/cli* and hub/console*."""
    parts = path.relative_to(ROOT).parts
    return parts[0] == "hub" and parts[1].startswith(("cli", "console"))


@cache
def text_of(path: Path) -> str | None:
    """The file's text, or None where it is not UTF-8 text."""
    data = path.read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), filename=str(path))


def functions_of(path: Path) -> Iterator[FunctionNode]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, FunctionNode):
            yield node


def comments_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every comment."""
    for token in tokenize.tokenize(io.BytesIO(path.read_bytes()).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def docstrings_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string that stands alone: docstrings, and notes under constants."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Expr) and is_text(node.value):
            yield node.lineno, ast.literal_eval(node.value)


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
