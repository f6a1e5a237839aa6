"""When conditions follow from others, whatever a record says: what "never reached" rests on.

A claim is a condition as data: its name, its form, and what it compares with. One claim is at most
another where, in the order false, unknown, true, its value never exceeds the other's. It is found
between single conditions, in `any` and in `not`; a claim that cannot be compared follows from
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hub.reciprocity.condition import OTHERS

Claim: TypeAlias = tuple[Any, ...]
Claims: TypeAlias = tuple[Claim, ...]

STEPS_MAX = 1_000_000
"""Comparisons of two conditions that one policy may cost: some seconds. Five hundred rules of six
conditions each cost a quarter of it."""
WORDS_PER_STEP = 64
_JOINING = frozenset({"any", "not"})
_MANY_VALUED = frozenset({"documents", "on_list"})
"""Conditions of which two with different words can both hold."""


class TooManyComparisonsError(ValueError):
    """The policy's rules cannot be compared within the bound."""


class Comparison:
    """Compares the rules of one policy; counts what it costs."""

    def __init__(self) -> None:
        self._steps_left = STEPS_MAX

    def implies(self, given: Claims, needed: Claims) -> bool:
        """Whether each needed claim is at least one of the given ones. Raises
        TooManyComparisonsError."""
        return all(self._implied(each, given) for each in needed)

    def _implied(self, needed: Claim, given: Claims) -> bool:
        name = needed[0]
        if name == "any" and any(self.implies(given, clause) for clause in needed[2]):
            return True
        return any(
            self._at_most(each, needed)
            for each in given
            if each[0] == name or each[0] in _JOINING or name == "not" or name == "unit"
        )

    def _at_most(self, given: Claim, needed: Claim) -> bool:
        self._spend(given)
        if given[0] == "any":
            return all(self.implies(clause, (needed,)) for clause in given[2])
        if needed[0] == "not":
            if given[0] == "not":
                return self.implies(needed[2], given[2])
            return any(self._excludes(given, each) for each in needed[2])
        if given[0] == "not":
            return all(self._complements(each, needed) for each in given[2])
        return _follows(needed, given)

    def _excludes(self, given: Claim, other: Claim) -> bool:
        self._spend(given)
        return _excludes(given, other)

    def _complements(self, left_out: Claim, needed: Claim) -> bool:
        self._spend(left_out)
        return _complements(left_out, needed)

    def _spend(self, claim: Claim) -> None:
        words = claim[2] if len(claim) > 2 else None
        self._steps_left -= 1
        if isinstance(words, frozenset):
            self._steps_left -= len(words) // WORDS_PER_STEP
        if self._steps_left < 0:
            raise TooManyComparisonsError("conditions")


def _follows(needed: Claim, given: Claim) -> bool:
    """Whether a plain claim holds at least as far as another does."""
    name, form = needed[:2]
    if given[0] != name:
        in_unit = name == "unit" and form == "one_of" and given[0] == "min_amount"
        return bool(in_unit and given[3] in needed[2])
    if needed == given:
        return True
    if needed[1:] == ("present", True):
        return given[1] in ("one_of", "span")
    test = _AT_MOST.get(form)
    return test is not None and given[1] == form and bool(test(given[2:], needed[2:]))


def _excludes(given: Claim, other: Claim) -> bool:
    """Whether two plain claims never hold together, and are unknown together."""
    if given[0] != other[0] or given[0] in _MANY_VALUED:
        return False
    forms = (given[1], other[1])
    if "present" in forms:
        absent = ("present", False)
        pair = (given[1:], other[1:])
        return absent in pair and pair[0] != pair[1] and set(forms) <= {"present", "one_of", "span"}
    if forms == ("one_of", "one_of"):
        return bool(given[2].isdisjoint(other[2]))
    if forms == ("flag", "flag"):
        return bool(given[2] is not other[2])
    if forms == ("registries", "registries"):
        return _no_common_registry(given[2], other[2], given[3])
    if forms == ("span", "span"):
        return bool(given[3] < other[2] or other[3] < given[2])
    if forms == ("bounds", "bounds"):
        return bool(given[2] >= other[3] or other[2] >= given[3])
    return False


def _complements(left_out: Claim, needed: Claim) -> bool:
    """Whether the needed claim holds wherever the one left out does not."""
    if left_out[0] != needed[0]:
        return False
    forms = (left_out[1], needed[1])
    if forms == ("present", "present"):
        return bool(left_out[2] is not needed[2])
    if forms == ("registries", "registries"):
        receiver = needed[3]
        both = left_out[2] | needed[2]
        return OTHERS in both and receiver in both
    return False


def _no_common_registry(some: frozenset[str], others: frozenset[str], receiver: str) -> bool:
    if not some.isdisjoint(others):
        return False
    if OTHERS in some and not others <= {receiver}:
        return False
    return OTHERS not in others or some <= {receiver}


def _registries_within(given: Claim, needed: Claim) -> bool:
    some, receiver, *asked = given
    wide, _, *also_asked = needed
    if asked != also_asked:
        return False
    return some <= wide or (OTHERS in wide and receiver not in some - wide)


_AT_MOST: dict[str, Callable[[Claim, Claim], Any]] = {
    "one_of": lambda given, needed: given[0] <= needed[0] and given[1:] == needed[1:],
    "areas": lambda given, needed: given[0] <= needed[0],
    "registries": _registries_within,
    "approved_by": _registries_within,
    "months": lambda given, needed: given[0] <= needed[0],
    "amount": lambda given, needed: given[1] == needed[1] and given[0] >= needed[0],
    "span": lambda given, needed: needed[0] <= given[0] and given[1] <= needed[1],
    "bounds": lambda given, needed: needed[0] <= given[0] and given[1] <= needed[1],
    "states": lambda given, needed: (
        given[0] >= needed[0]
        and given[1] <= needed[1]
        and (given[2] or not needed[2])
        and given[3] == needed[3]
    ),
}
