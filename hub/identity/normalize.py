"""Identity fields brought to one form before they become evidence.

Whatever two registries may write differently of the same name is dropped here: case, diacritics,
punctuation, spaces, suffixes. What says nothing about a person is dropped too: placeholder dates,
numbers that were never issued, a bare initial. Nothing here guesses: nicknames are in
hub/identity/nicknames.py, sounds in hub/identity/evidence.py. "Null" is a real surname and stays
one.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_LETTERS = str.maketrans(
    {"ß": "SS", "ẞ": "SS", "ø": "O", "Ø": "O", "ł": "L", "Ł": "L", "đ": "D", "Đ": "D", "ð": "D"}
    | {"Ð": "D", "þ": "TH", "Þ": "TH", "æ": "AE", "Æ": "AE", "œ": "OE", "Œ": "OE", "ı": "I"}
)
_PARTS = re.compile(r"[^\w]+|_+")
_PLACEHOLDER_NAME = re.compile(r"UNKNOWN|X{2,}")
_SUFFIXES = frozenset({"JR", "SR", "II", "III", "IV", "2ND", "3RD", "4TH"})
_PARTICLES = frozenset(
    {"AL", "BIN", "D", "DA", "DAS", "DE", "DEL", "DELA", "DELLA", "DEN", "DER", "DI", "DO", "DOS"}
    | {"DU", "EL", "LA", "LAS", "LE", "LOS", "MC", "MAC", "O", "SAINT", "SAN", "SANTA", "ST"}
    | {"TEN", "TER", "VAN", "VON", "ZU"}
)
_BIRTH_YEARS = range(1900, 9999)
_NO_BIRTH = date(1900, 1, 1)
_NUMBERS_NEVER_MEANT = frozenset({"123456789", "987654321", "078051120", "219099999"})


def _words(name: str) -> list[str]:
    """Upper-case words of a name, without diacritics; apostrophes and periods join, the rest
    parts."""
    joined = re.sub(r"['\u2019\u2018\u02bc`.]", "", name.translate(_LETTERS))
    plain = unicodedata.normalize("NFKD", joined)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word for word in _PARTS.split(plain.upper()) if word]


def _without_suffixes(words: list[str]) -> list[str]:
    """A suffix counts as one only behind a name."""
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words = words[:-1]
    return words


def given_form(name: str | None) -> str | None:
    """One form of a given name; None where there is none, or an initial only."""
    form = "".join(_words(name or ""))
    return form if len(form) > 1 and not _PLACEHOLDER_NAME.fullmatch(form) else None


def surname_forms(name: str | None) -> tuple[str, ...]:
    """Forms of a surname: the whole, and each part of a double one. Particles stay with the part
    that follows them, so that de la Cruz is one part. Empty where there is none."""
    words = _without_suffixes(_words(name or ""))
    whole = "".join(words)
    if not whole or _PLACEHOLDER_NAME.fullmatch(whole):
        return ()
    parts: list[str] = []
    held = ""
    for word in words:
        held += word
        if word not in _PARTICLES:
            parts.append(held)
            held = ""
    if held and parts:
        parts[-1] += held
    return tuple(dict.fromkeys([whole, *(part for part in parts if len(part) > 1)]))


def initial_form(name: str | None) -> str | None:
    """First letter of a name; None where there is none."""
    words = _words(name or "")
    return words[0][0] if words and not _PLACEHOLDER_NAME.fullmatch("".join(words)) else None


def place_form(text: str | None) -> str | None:
    """One form of a street, town or ZIP code; None where there is none."""
    form = "".join(_words(text or ""))
    return form or None


def birth_form(birth_on: date | None) -> date | None:
    """The birth date; None for placeholders such as 1900-01-01. January 1 is a day on which people
    are born."""
    if birth_on is None or birth_on.year not in _BIRTH_YEARS or birth_on == _NO_BIRTH:
        return None
    return birth_on


def ssn_form(ssn: str | None, *, synthetic: bool) -> str | None:
    """Nine digits that can belong to one person; None otherwise. Ranges that are never issued
    count in synthetic data only, placeholders nowhere."""
    digits = re.sub(r"[\s-]", "", ssn or "")
    if not re.fullmatch(r"[0-9]{9}", digits):
        return None
    if digits in _NUMBERS_NEVER_MEANT or len(set(digits)) == 1:
        return None
    if digits[3:5] == "00" or digits[5:] == "0000":
        return None
    never_issued = digits[:3] in ("000", "666") or digits[0] == "9"
    return None if never_issued and not synthetic else digits


def last4_form(last4: str | None, ssn: str | None, *, synthetic: bool) -> str | None:
    """Last four digits: of the whole number where there is one, else as stated; 0000 is none."""
    if ssn:
        digits = ssn_form(ssn, synthetic=synthetic)
        return digits[5:] if digits else None
    digits = (last4 or "").strip()
    return digits if re.fullmatch(r"[0-9]{4}", digits) and digits != "0000" else None
