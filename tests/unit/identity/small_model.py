"""A model small enough to be worked out in the head: three labels, each enough to link.

A whole number, last fours with the birth date, and a name's sound with the birth date weigh ten,
and numbers that differ take two away; so one agreement links, unless numbers conflict, which makes
it a review.
"""

from __future__ import annotations

from typing import Any

from hub.identity.evidence import Block, pack
from hub.identity.model import Limits, Model
from hub.identity.rarity import RAREST
from hub.identity.tokens import Label, Token, TokenKey, token_of

KEY = TokenKey(1, bytes(32))
_WEIGHTS = {
    "number_nine": 10.0,
    "number_nine_differs": -2.0,
    "number_last4": 10.0,
    "number_last4_differs": -2.0,
    "given_sound": 10.0,
}


def small_model(name: str = "small", **changes: Any) -> Model:
    """The model; limits are generous unless stated, so that a test is not held by accident."""
    values: dict[str, Any] = {
        "name": name,
        "description": "for tests",
        "training": "none",
        "population": 1,
        "bias": 0.0,
        "link_at": 3.0,
        "review_at": 1.0,
        "weights": _WEIGHTS,
        "limits": Limits(evidences_max=1_000, newcomers_min=1_000_000),
    }
    return Model(**{**values, **changes})


def number_token(number: int, key: TokenKey = KEY) -> Token:
    """Of a whole number."""
    return token_of(Label.SSN9, (f"{number:09}",), key)


def last4_token(number: int, born: str = "1980-01-02", key: TokenKey = KEY) -> Token:
    """Of a number's last four digits and a birth date."""
    return token_of(Label.LAST4_BIRTH, (f"{number:04}", born), key)


def name_token(name: str, born: str = "1980-01-02", key: TokenKey = KEY) -> Token:
    """Of a name's sound and a birth date."""
    return token_of(Label.GIVEN_SOUND_BIRTH, (name, born), key)


def evidence(*tokens: Token, epoch: int = 1) -> bytes:
    """Packed evidence of these tokens under one key."""
    return pack([Block(epoch, RAREST, tokens)])
