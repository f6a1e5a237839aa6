"""A person's key, as the keyring gives it out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PersonKey:
    """Key of one person as known to one registry; 64 bytes for AES-SIV."""

    key_id: str
    key: bytes = field(repr=False)
