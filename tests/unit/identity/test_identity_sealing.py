"""Sealed parts: deterministic, and opened nowhere but where they were sealed."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.events import Kind, Sealed
from hub.domain.keys import PersonKey
from hub.domain.rows import Person
from hub.errors import RejectedError
from hub.identity.sealing import KEY_BYTES, open_sealed, seal

KEY = PersonKey("key-1", bytes(range(KEY_BYTES)))
GOLDEN = "5a8526edb8cd4b99a7e9a3d3b6dad3111f4494c21885b5"
PERSON = Person("us-wi", "p1")


def test_the_cipher_is_that_of_rfc_5297() -> None:
    """Appendix A.1 of the RFC."""
    key = "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
    associated = "101112131415161718191a1b1c1d1e1f2021222324252627"
    sealed = AESSIV(bytes.fromhex(key)).encrypt(
        bytes.fromhex("112233445566778899aabbccddee"), [bytes.fromhex(associated)]
    )

    assert sealed.hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"


def test_sealing_never_changes_its_bytes() -> None:
    assert seal(b"private", KEY, PERSON, Kind.PROFILE).ciphertext.hex() == GOLDEN


@given(st.binary(min_size=1, max_size=200), st.sampled_from(list(Kind)))
def test_what_was_sealed_opens_as_it_was(private: bytes, kind: Kind) -> None:
    sealed = seal(private, KEY, PERSON, kind)

    assert sealed == seal(private, KEY, PERSON, kind)
    assert open_sealed(sealed, KEY.key, PERSON, kind) == private


def test_a_claim_opens_its_profiles_sealed_part() -> None:
    sealed = seal(b"private", KEY, PERSON, Kind.PROFILE)

    assert open_sealed(sealed, KEY.key, PERSON, Kind.IDENTITY_CLAIM) == b"private"


SEALED = seal(b"private", KEY, PERSON, Kind.PROFILE)


@pytest.mark.parametrize(
    ("sealed", "key", "person", "kind"),
    [
        (SEALED, KEY.key, Person("us-oh", "p1"), Kind.PROFILE),
        (SEALED, KEY.key, Person("us-wi", "p2"), Kind.PROFILE),
        (SEALED, KEY.key, PERSON, Kind.CREDENTIAL),
        (SEALED, bytes(KEY_BYTES), PERSON, Kind.PROFILE),
        (SEALED, b"short", PERSON, Kind.PROFILE),
        (SEALED._replace(key_id="key-2"), KEY.key, PERSON, Kind.PROFILE),
        (SEALED._replace(ciphertext=SEALED.ciphertext[:-1]), KEY.key, PERSON, Kind.PROFILE),
        (SEALED._replace(ciphertext=b""), KEY.key, PERSON, Kind.PROFILE),
    ],
)
def test_a_sealed_part_opens_nowhere_else(
    sealed: Sealed, key: bytes, person: Person, kind: Kind
) -> None:
    with pytest.raises(RejectedError) as caught:
        open_sealed(sealed, key, person, kind)

    assert caught.value.reason == "SEAL_BROKEN"
    assert person.person_id not in str(caught.value)
