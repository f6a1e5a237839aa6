"""Codes that answers are made of, taken from the modules that make them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from hub.reciprocity.policy import Policy

_WORDS = re.compile(r"[a-z]+(?:_[a-z]+)+")


def codes_in(*modules: ModuleType) -> set[str]:
    """Every text of these modules that is words in snake case: none stands there but names of
    values and codes."""
    found = set()
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if _WORDS.fullmatch(node.value) else set()
    return found


def documents_of(policy: Policy) -> set[str]:
    """Documents that any of its rules asks for."""
    return {name for each in _effects(policy) for name in each.documents}


def purposes_of(policy: Policy) -> set[str]:
    """Purposes that any of its rules leaves out."""
    return {name for each in _effects(policy) for name in each.not_for}


def _effects(policy: Policy) -> Iterator[Any]:
    for rule in policy.rules:
        yield rule.effect
        if rule.effect.lifted is not None:
            yield rule.effect.lifted
