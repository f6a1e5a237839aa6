"""Sealed parts: AES-SIV (RFC 5297) under a person's own key.

Sealing is deterministic: equal content under an equal key is equal bytes. Registry, person id,
event type and key id are associated data, so a sealed part opens nowhere but where it was sealed.
A claim carries its profile's sealed part unchanged and is opened as a profile's.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from hub.domain.events import Kind, Sealed
from hub.domain.keys import PersonKey
from hub.domain.rows import Person
from hub.errors import RejectedError

KEY_BYTES = 64


def seal(private: bytes, key: PersonKey, person: Person, kind: Kind) -> Sealed:
    """Seal the bytes of a person_private record."""
    associated = _associated(person, kind, key.key_id)
    return Sealed(key.key_id, AESSIV(key.key).encrypt(private, associated))


def open_sealed(sealed: Sealed, key: bytes, person: Person, kind: Kind) -> bytes:
    """The sealed bytes in the open. Raises RejectedError where key, place or bytes differ from
    those of the sealing."""
    associated = _associated(person, kind, sealed.key_id)
    try:
        return AESSIV(key).decrypt(sealed.ciphertext, associated)
    except (InvalidTag, ValueError):
        raise RejectedError(
            f"the sealed part of a {kind.event_name} of {person.registry} does not open under "
            f"key {sealed.key_id}",
            reason="SEAL_BROKEN",
            fix="send the record again from the registry's edge",
        ) from None


def _associated(person: Person, kind: Kind, key_id: str) -> list[bytes]:
    sealed_as = Kind.PROFILE if kind is Kind.IDENTITY_CLAIM else kind
    texts = (person.registry, person.person_id, sealed_as.event_name, key_id)
    return [text.encode() for text in texts]
