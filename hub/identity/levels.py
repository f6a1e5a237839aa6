"""What a comparison says of each field: names, birth date, number, middle name, address.

Tokens are composite, so several of them speak of one field; a level is the best that any of them
says. A field that cannot be seen has no level: it says nothing, for or against. Levels are what a
model weighs, and what a reviewer is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hub.identity.rarity import RAREST
from hub.identity.tokens import Label


class Compared(NamedTuple):
    """What two evidences have in common: masks of labels that agree and that both have, and the
    rarity of the commoner and of the rarer full name."""

    agree: int
    both: int
    commoner: int
    rarer: int


def mask(*labels: Label) -> int:
    """Labels as a bit mask."""
    return sum(1 << label for label in labels)


NINE = mask(Label.SSN9)
LAST4 = mask(Label.LAST4_BIRTH, Label.LAST4_ROOT, Label.LAST4_SURNAME_SOUND)
NUMBERS = NINE | LAST4
_PARTS = {
    "year_month": mask(Label.NAME_YEAR_MONTH),
    "year_day": mask(Label.NAME_YEAR_DAY),
    "month_day": mask(Label.NAME_MONTH_DAY),
}
_NAME_AND_PART = sum(_PARTS.values())
FULL_NAME = _NAME_AND_PART | mask(Label.NAME_BIRTH)
_GIVEN_EQUAL = mask(Label.GIVEN_BIRTH)
_ROOT = _NAME_AND_PART | mask(
    Label.ROOT_BIRTH,
    Label.ROOT_DATE,
    Label.LAST4_ROOT,
    Label.MIDDLE_BIRTH,
    Label.MIDDLE_NAME_BIRTH,
)
_GIVEN_SOUND, _GIVEN_START = mask(Label.GIVEN_SOUND_BIRTH), mask(Label.GIVEN_START_BIRTH)
GIVEN = _GIVEN_EQUAL | _ROOT | _GIVEN_SOUND | mask(Label.NAME_BIRTH)
"""A first name agrees in some form: equal, by nickname, or in sound."""
_SURNAME_EQUAL = _NAME_AND_PART | mask(Label.SURNAME_BIRTH)
_SURNAME_SOUND = mask(Label.SURNAME_SOUND_BIRTH, Label.LAST4_SURNAME_SOUND)
_SURNAME_START = mask(Label.SURNAME_START_BIRTH)
_START = mask(Label.START_BIRTH)
_BOTH_SOUNDS = mask(Label.ZIP_SOUNDS, Label.CITY_SOUNDS)
_STREET = mask(
    Label.STREET_BIRTH,
    Label.STREET_YEAR,
    Label.STREET_MONTH_DAY,
    Label.STREET_SOUND,
    Label.STREET_ZIP,
)
_ZIP = mask(Label.ZIP_BIRTH, Label.ZIP_NAME_YEAR, Label.STREET_ZIP, Label.ZIP_SOUNDS)
_CITY = mask(Label.CITY_BIRTH, Label.CITY_SOUNDS)
_NAMES_WITH_BIRTH = mask(
    Label.NAME_BIRTH,
    Label.GIVEN_BIRTH,
    Label.ROOT_BIRTH,
    Label.GIVEN_SOUND_BIRTH,
    Label.GIVEN_START_BIRTH,
    Label.SURNAME_BIRTH,
    Label.SURNAME_SOUND_BIRTH,
    Label.SURNAME_START_BIRTH,
    Label.ROOT_DATE,
    Label.MIDDLE_BIRTH,
    Label.MIDDLE_NAME_BIRTH,
    Label.START_BIRTH,
)
BIRTH = _NAMES_WITH_BIRTH | mask(
    Label.LAST4_BIRTH, Label.STREET_BIRTH, Label.ZIP_BIRTH, Label.CITY_BIRTH
)
"""The birth date is equal, or its day and month are swapped."""

SEEN_BESIDE = (
    (BIRTH, mask(Label.LAST4_BIRTH)),
    (GIVEN, mask(Label.LAST4_ROOT)),
    (_SURNAME_SOUND, mask(Label.LAST4_SURNAME_SOUND)),
    (mask(Label.ROOT_BIRTH), mask(Label.MIDDLE_BIRTH)),
    (mask(Label.ROOT_BIRTH), mask(Label.MIDDLE_NAME_BIRTH)),
)
"""What a token was made of besides must agree before it can be said to differ in the rest."""

_GIVEN_LEVELS = ("equal", "root", "swapped", "sound_and_start", "sound", "start", "differs")
_SURNAME_LEVELS = ("equal", "swapped", "sound_and_start", "sound", "start", "differs")
_BIRTH_LEVELS = ("equal", "swapped", "either", *_PARTS, "differs")
_NUMBER_LEVELS = ("nine", "nine_differs", "last4", "last4_differs")
_NEAR = frozenset({"equal", "root", "sound_and_start", "sound", "start"})
_RARITIES = ("full", "near", "given", "surname")
LEVELS = (
    *(f"given_{level}" for level in _GIVEN_LEVELS),
    *(f"surname_{level}" for level in _SURNAME_LEVELS),
    *(f"birth_{level}" for level in _BIRTH_LEVELS),
    *(f"number_{level}" for level in _NUMBER_LEVELS),
    *("middle_name", "middle_initial", "middle_differs"),
    *("names_crossed", "names_sound"),
    *(f"{place}_{level}" for place in ("street", "zip", "city") for level in ("agrees", "differs")),
    *(f"rarity_{of}_{bucket}" for of in _RARITIES for bucket in range(RAREST + 1)),
)
"""Every level that there is; a model weighs these."""


def levels_of(compared: Compared) -> tuple[str, ...]:
    """The levels of a comparison, at most one for each field."""
    given, surname = _given(compared), _surname(compared)
    fields = (
        ("given", given),
        ("surname", surname),
        ("birth", _birth(compared)),
        ("middle", _middle(compared)),
    )
    found = [f"{field}_{level}" for field, level in fields if level is not None]
    found += (f"number_{level}" for level in _numbers(compared))
    found += _crossed(compared, given, surname)
    found += _places(compared)
    rarity = _rarity(compared, given, surname)
    return (*found, rarity) if rarity else tuple(found)


def _given(compared: Compared) -> str | None:
    agree, both = compared[:2]
    if agree & _GIVEN_EQUAL:
        return "equal"
    if agree & _ROOT:
        return "root"
    if agree & mask(Label.NAME_BIRTH):
        return "swapped"
    near = _sounds(agree, _GIVEN_SOUND, _GIVEN_START)
    if near:
        return near
    seen = (both & _GIVEN_EQUAL and agree & BIRTH) or (
        both & mask(Label.LAST4_ROOT) and agree & LAST4
    )
    return "differs" if seen else None


def _surname(compared: Compared) -> str | None:
    agree, both = compared[:2]
    if agree & _SURNAME_EQUAL:
        return "equal"
    if agree & mask(Label.NAME_BIRTH):
        return "swapped"
    near = _sounds(agree, _SURNAME_SOUND, _SURNAME_START)
    if near:
        return near
    seen = (both & mask(Label.SURNAME_BIRTH) and agree & BIRTH) or (
        both & mask(Label.LAST4_SURNAME_SOUND) and agree & LAST4
    )
    return "differs" if seen else None


def _sounds(agree: int, sound: int, start: int) -> str | None:
    if agree & sound:
        return "sound_and_start" if agree & start else "sound"
    return "start" if agree & start else None


def _crossed(compared: Compared, given: str | None, surname: str | None) -> Iterator[str]:
    """Where neither name is near as it stands, the names may still be, taken together."""
    if given in _NEAR or surname in _NEAR or "swapped" in (given, surname):
        return
    if compared.agree & _BOTH_SOUNDS:
        yield "names_sound"
    elif compared.agree & _START:
        yield "names_crossed"


def _birth(compared: Compared) -> str | None:
    """Equal and swapped can be told apart only where the root of the first name agrees."""
    agree, both = compared[:2]
    if agree & mask(Label.ROOT_DATE):
        return "equal"
    if agree & mask(Label.ROOT_BIRTH):
        return "swapped"
    if agree & BIRTH:
        return "either"
    for part, label in _PARTS.items():
        if agree & label:
            return part
    return "differs" if both & _NAMES_WITH_BIRTH else None


def _numbers(compared: Compared) -> Iterator[str]:
    """Nine digits that differ may still end alike: both are said."""
    agree, both = compared[:2]
    if agree & NINE:
        yield "nine"
        return
    if both & NINE:
        yield "nine_differs"
    if agree & LAST4:
        yield "last4"
    elif both & LAST4:
        yield "last4_differs"


def _middle(compared: Compared) -> str | None:
    agree, both = compared[:2]
    if agree & mask(Label.MIDDLE_NAME_BIRTH):
        return "name"
    if both & mask(Label.MIDDLE_NAME_BIRTH):
        return "differs"
    if agree & mask(Label.MIDDLE_BIRTH):
        return "initial"
    return "differs" if both & mask(Label.MIDDLE_BIRTH) else None


def _places(compared: Compared) -> Iterator[str]:
    agree, both = compared[:2]
    for place, labels in (("street", _STREET), ("zip", _ZIP), ("city", _CITY)):
        if agree & labels:
            yield f"{place}_agrees"
        elif both & labels and agree & BIRTH:
            yield f"{place}_differs"


def _rarity(compared: Compared, given: str | None, surname: str | None) -> str | None:
    """How rare the name is that agrees: the commoner of both where it agrees whole or nearly, and
    the middle of both where one part alone does, whose own rarity nobody knows."""
    if given == "swapped" or (given in ("equal", "root") and surname == "equal"):
        return f"rarity_full_{compared.commoner}"
    if given in _NEAR and surname in _NEAR:
        return f"rarity_near_{compared.commoner}"
    middle = (compared.commoner + compared.rarer) // 2
    if given in ("equal", "root"):
        return f"rarity_given_{middle}"
    return f"rarity_surname_{middle}" if surname == "equal" else None
