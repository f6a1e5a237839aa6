"""Keyed tokens: what of an identity leaves a state, and nothing that can be turned back.

A token is a label, an epoch and eight bytes of HMAC-SHA256 under the states' token key. Two tokens
are equal only where label, epoch, key and values are. The hub never holds the key.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NewType

from hub.errors import ConfigurationError

Token = NewType("Token", bytes)
"""Label (1 byte), epoch (2 bytes), HMAC cut to 8 bytes. Plain bytes, so that an index of millions
stays small."""

TOKEN_BYTES = 11
SECRET_BYTES = 32
EPOCH_MAX = 999
_MAC_BYTES = 8


class Label(IntEnum):
    """What a token was made of. The numbers stand in sealed evidence and never change."""

    SSN9 = 1
    LAST4_BIRTH = 2
    NAME_BIRTH = 3


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
    mac = hmac.digest(key.secret, message, "sha256")[:_MAC_BYTES]
    return Token(bytes((label,)) + key.epoch.to_bytes(2, "big") + mac)


def label_of(token: Token) -> int:
    """The label's number; one that this program does not know is possible."""
    return token[0]


def epoch_of(token: Token) -> int:
    return int.from_bytes(token[1:3], "big")
