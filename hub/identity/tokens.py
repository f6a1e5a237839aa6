"""Keyed tokens: what of an identity leaves a state, and nothing that can be turned back.

A token is a label and eight bytes of HMAC-SHA256 under the states' token key of one epoch. Two
tokens are equal only where label, key and values are. The hub never holds the key.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NewType

from hub.errors import ConfigurationError

Token = NewType("Token", bytes)
"""Label (1 byte), then the HMAC's first eight bytes. Plain bytes keep a big index small."""

TOKEN_BYTES = 9
SECRET_BYTES = 32
EPOCH_MAX = 499


class Label(IntEnum):
    """What a token was made of. The numbers stand in sealed evidence and never change.

    Birth is the birth date with day and month in order of size, so that a swap changes nothing;
    date is the birth date as it stands. A root is a given name's, shared with its nicknames.
    """

    SSN9 = 1
    LAST4_BIRTH = 2
    LAST4_ROOT = 3
    LAST4_SURNAME_SOUND = 4
    NAME_BIRTH = 5
    """Given name and surname in order of the alphabet, so that a swap changes nothing."""
    GIVEN_BIRTH = 6
    ROOT_BIRTH = 7
    GIVEN_SOUND_BIRTH = 8
    GIVEN_START_BIRTH = 9
    SURNAME_BIRTH = 10
    SURNAME_SOUND_BIRTH = 11
    SURNAME_START_BIRTH = 12
    ROOT_DATE = 13
    NAME_YEAR_MONTH = 14
    NAME_YEAR_DAY = 15
    NAME_MONTH_DAY = 16
    MIDDLE_BIRTH = 17
    """Initial of the middle name, root and birth."""
    STREET_BIRTH = 18
    ZIP_BIRTH = 19
    CITY_BIRTH = 20
    STREET_YEAR = 21
    STREET_MONTH_DAY = 22
    ZIP_NAME_YEAR = 23
    MIDDLE_NAME_BIRTH = 24
    """The whole middle name, root and birth."""
    START_BIRTH = 25
    """First letters of a given name or a surname, whichever: names may be swapped."""
    STREET_SOUND = 26
    """This and the three below hold no birth date; no edge of the hub makes them."""
    STREET_ZIP = 27
    ZIP_SOUNDS = 28
    CITY_SOUNDS = 29


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The states' key of one epoch. Its text shows the epoch alone."""

    epoch: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.epoch <= EPOCH_MAX:
            raise ConfigurationError(f"a token key's epoch lies between 1 and {EPOCH_MAX}")
        if len(self.secret) != SECRET_BYTES:
            raise ConfigurationError(f"a token key's secret has {SECRET_BYTES} bytes")


def fingerprint(key: TokenKey) -> str:
    """Sixteen hex digits that name the key and do not help to find it."""
    message = b"registry-hub token key fingerprint\x1f" + str(key.epoch).encode()
    return hmac.new(key.secret, message, hashlib.sha256).hexdigest()[:16]


def token_of(label: Label, values: tuple[str, ...], key: TokenKey) -> Token:
    """The token of these normalized values."""
    message = "\x1f".join(("registry-hub token", label.name, *values)).encode()
    mac = hmac.digest(key.secret, message, "sha256")[:8]
    return Token(bytes((label,)) + mac)


def label_of(token: Token) -> int:
    """The label's number; one that this program does not know is possible."""
    return token[0]
