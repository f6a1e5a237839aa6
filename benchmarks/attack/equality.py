"""What equality with known persons tells: whoever holds a known person's token shares that part.

The values behind a known person's tokens follow from name and birth date, by the public rules. A
token is certain where the person has one of its label and one value for it; else it is one of
several. The known share of a birth date reaches all who are joined by tokens of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce

import numpy as np

from benchmarks.attack.guessing import Limits
from benchmarks.attack.holdings import OF_BIRTH, Holdings, Known, joined
from benchmarks.attack.names import Ints, Names, given_parts, surname_parts
from hub.identity.normalize import surname_forms
from hub.identity.tokens import Label

PARTS: Mapping[Label, tuple[str | None, str | None]] = {
    Label.SSN9: ("root", None),
    Label.LAST4_ROOT: ("root", None),
    Label.LAST4_SURNAME_SOUND: (None, "sound"),
    Label.NAME_BIRTH: ("whole", "whole"),
    Label.GIVEN_BIRTH: ("whole", None),
    Label.ROOT_BIRTH: ("root", None),
    Label.GIVEN_SOUND_BIRTH: ("sound", None),
    Label.GIVEN_START_BIRTH: ("start", None),
    Label.SURNAME_BIRTH: (None, "whole"),
    Label.SURNAME_SOUND_BIRTH: (None, "sound"),
    Label.SURNAME_START_BIRTH: (None, "start"),
    Label.ROOT_DATE: ("root", None),
    Label.NAME_YEAR_MONTH: ("root", "whole"),
    Label.NAME_YEAR_DAY: ("root", "whole"),
    Label.NAME_MONTH_DAY: ("root", "whole"),
    Label.MIDDLE_BIRTH: ("root", None),
    Label.MIDDLE_NAME_BIRTH: ("root", None),
}
"""By label: which part of the given name and of the surname two holders share."""


class Equality:
    """Holders of tokens, and who is joined by birth dates."""

    def __init__(self, names: Names, holdings: Holdings) -> None:
        self._names = names
        self._day = joined(holdings.people, (holdings.columns.get(label) for label in OF_BIRTH))
        self._by_person = {}
        self._by_token = {}
        for label in PARTS:
            if label in holdings.columns:
                person, token, tokens = holdings.columns[label]
                order = np.argsort(token, kind="stable")
                starts = np.searchsorted(token[order], np.arange(tokens + 1))
                self._by_token[label] = (person[order], starts)
                starts = np.searchsorted(person, np.arange(holdings.people + 1))
                self._by_person[label] = (token, starts)

    def limits(self, known: Iterable[Known]) -> dict[int, Limits]:
        """Names left for each account that shares something with one of these persons."""
        facts: dict[tuple[Label, int], list[Limits]] = {}
        for person in known:
            for label, (given, surname) in PARTS.items():
                if label in self._by_person:
                    tokens = _slice(self._by_person[label], person.person)
                    if len(tokens):
                        fact = self._fact(person, given, surname, len(tokens))
                        for token in tokens.tolist():
                            facts.setdefault((label, token), []).append(fact)
        found: dict[int, list[Limits]] = {}
        for (label, token), said in facts.items():
            for holder in _slice(self._by_token[label], token).tolist():
                found.setdefault(holder, []).extend(said)
        return {holder: _both(said) for holder, said in found.items()}

    def births(self, known: Iterable[Known]) -> dict[int, date]:
        """Birth dates, as known persons have them, by account joined to one; day and month may be
        the other way round."""
        day_of = {
            int(self._day[person.person]): person.birth_on
            for person in known
            if person.birth_on is not None
        }
        joined_to = np.isin(self._day, list(day_of))
        return {at: day_of[int(self._day[at])] for at in np.flatnonzero(joined_to).tolist()}

    def _fact(self, person: Known, given: str | None, surname: str | None, tokens: int) -> Limits:
        givens = given_parts(person.given)[given] if given else ()
        forms = surname_forms(person.surname)
        surnames = [v for form in forms for v in surname_parts(form)[surname]] if surname else []
        values = max(len(givens), 1) * max(len(set(surnames)), 1)
        return Limits(
            _union(self._names.given_like[given], givens) if given else None,
            _union(self._names.surname_like[surname], surnames) if surname else None,
            tokens == 1 and values == 1,
        )


def _slice(held: tuple[Ints, Ints], at: int) -> Ints:
    values, starts = held
    return values[starts[at] : starts[at + 1]]


def _union(like: Mapping[str, Ints], values: Iterable[str]) -> Ints:
    return np.unique(np.concatenate([like[value] for value in values]))


def _both(said: list[Limits]) -> Limits:
    """What all of these leave. Certain ones go first; one that leaves nothing is not believed."""
    given, surname, certain = None, None, True
    for limits in sorted(said, key=lambda each: not each.certain):
        certain = certain and limits.certain
        given = _narrowed(given, limits.given)
        surname = _narrowed(surname, limits.surname)
    return Limits(given, surname, certain)


def _narrowed(one: Ints | None, other: Ints | None) -> Ints | None:
    if one is None or other is None:
        return other if one is None else one
    common = np.intersect1d(one, other)
    return common if len(common) else one


def together(limits: Iterable[Limits]) -> Limits:
    """What all accounts of one name leave."""
    return reduce(lambda one, other: _both([one, other]), limits)
