"""Link evidence: what becomes a token, what does not, and how tokens are packed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from hub.domain.statements import IdentityFields
from hub.errors import ConfigurationError
from hub.identity.evidence import Block, evidence_of, pack, unpack
from hub.identity.normalize import birth_form, given_form, last4_form, ssn_form, surname_forms
from hub.identity.tokens import EPOCH_MAX, Label, Token, TokenKey, fingerprint, label_of

KEY = TokenKey(3, bytes(range(32)))
GOLDEN = "751cad4507a80671850f58af7a741101"
WHOLE = IdentityFields(
    given_name="Ada", surname="Null", birth_on=date(1980, 2, 29), ssn="123121234"
)


def tokens(identity: IdentityFields, key: TokenKey = KEY, *, synthetic: bool = False) -> set[Token]:
    blocks = unpack(evidence_of(identity, [key], synthetic=synthetic))
    assert all(block.epoch == key.epoch for block in blocks)
    return {token for block in blocks for token in block.tokens}


def labels(identity: IdentityFields) -> set[int]:
    return {label_of(token) for token in tokens(identity)}


def shared(one: IdentityFields, other: IdentityFields) -> set[int]:
    return {label_of(token) for token in tokens(one) & tokens(other)}


def test_an_identity_without_middle_name_and_address_gives_sixteen_labels() -> None:
    assert labels(WHOLE) == set(range(Label.SSN9, Label.NAME_MONTH_DAY + 1))


def test_middle_name_and_address_give_labels_of_their_own() -> None:
    more = replace(WHOLE, middle_name="Berta", street="1 Elm St", city="Reno", zip="89501")

    assert labels(more) - labels(WHOLE) == {
        Label.MIDDLE_BIRTH,
        Label.MIDDLE_NAME_BIRTH,
        *range(Label.STREET_BIRTH, Label.ZIP_NAME_YEAR + 1),
    }


def test_two_keys_give_a_block_each_the_newest_first() -> None:
    next_key = TokenKey(4, bytes(32))
    evidence = evidence_of(WHOLE, [KEY, next_key], synthetic=False)
    found = unpack(evidence)

    assert [block.epoch for block in found] == [4, 3]
    assert evidence == evidence_of(WHOLE, [next_key, KEY], synthetic=False)
    assert set(found[0].tokens) == tokens(WHOLE, next_key)
    assert set(found[1].tokens) == tokens(WHOLE)


def test_a_flagged_person_gives_no_evidence() -> None:
    assert evidence_of(replace(WHOLE, withheld=True), [KEY], synthetic=False) == b""


def test_nothing_usable_gives_no_evidence() -> None:
    assert evidence_of(IdentityFields(given_name=None), [KEY], synthetic=False) == b""


def test_names_without_a_birth_date_give_no_token() -> None:
    assert labels(replace(WHOLE, birth_on=None, ssn=None)) == set()


def test_last_four_stand_beside_names_where_there_is_no_birth_date() -> None:
    assert labels(replace(WHOLE, birth_on=None)) == {
        Label.SSN9,
        Label.LAST4_ROOT,
        Label.LAST4_SURNAME_SOUND,
    }


def test_a_birth_date_alone_gives_no_token() -> None:
    identity = IdentityFields(given_name=None, birth_on=date(1980, 2, 29))

    assert labels(identity) == set()


def test_last_four_alone_give_no_token() -> None:
    identity = IdentityFields(given_name=None, surname=None, ssn_last4="1234")

    assert labels(identity) == set()


def test_last_four_agree_however_much_of_the_number_is_known() -> None:
    short = replace(WHOLE, given_name="Bea", surname="Ito", ssn=None, ssn_last4="1234")

    assert shared(WHOLE, short) == {Label.LAST4_BIRTH}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O'Brien", "OBRIEN"),
        ("O’Brien", "o brien"),
        ("García", "GARCIA"),
        ("Smith Jr.", "Smith"),
        ("St. John", "St John"),
        ("Groß", "Gross"),
        ("de la Cruz", "De La Cruz"),
        ("Van Dyke", "VanDyke"),
        ("García-Lopez", "Lopez"),
        ("Garcia y Lopez", "Garcia"),
        ("Garcia-Lopez", "Garcia Lopez"),
    ],
)
def test_forms_of_one_surname_share_a_token(one: str, other: str) -> None:
    assert Label.NAME_BIRTH in shared(
        replace(WHOLE, surname=one, ssn=None), replace(WHOLE, surname=other, ssn=None)
    )


def test_a_particle_is_no_surname_of_its_own() -> None:
    assert surname_forms("de la Cruz") == ("DELACRUZ",)
    assert surname_forms("Lopez de la Cruz") == ("LOPEZDELACRUZ", "LOPEZ", "DELACRUZ")


def test_former_surname_and_preferred_name_give_tokens_of_their_own() -> None:
    married = replace(WHOLE, surname="Roe", former_surnames=("Null",), ssn=None)
    preferred = replace(WHOLE, given_name="Adelaide", preferred_name="Ada", ssn=None)

    assert Label.NAME_BIRTH in shared(WHOLE, married)
    assert Label.NAME_BIRTH in shared(WHOLE, preferred)


def test_an_initial_or_a_placeholder_is_no_name() -> None:
    assert given_form("A.") is None
    assert given_form("Unknown") is None
    assert surname_forms("XXX") == ()
    assert surname_forms("Jr") == ("JR",)


def test_null_is_a_surname() -> None:
    assert surname_forms("Null") == ("NULL",)


def test_a_placeholder_date_is_no_birth_date() -> None:
    assert birth_form(date(1900, 1, 1)) is None
    assert birth_form(date(9999, 12, 31)) is None
    assert birth_form(date(1980, 1, 1)) == date(1980, 1, 1)


@pytest.mark.parametrize("ssn", ["000121234", "666121234", "912121234", "999999998"])
def test_a_number_never_issued_counts_in_synthetic_data_only(ssn: str) -> None:
    assert ssn_form(ssn, synthetic=False) is None
    assert ssn_form(ssn, synthetic=True) == ssn
    assert last4_form(None, ssn, synthetic=False) is None


@pytest.mark.parametrize(
    "ssn", ["000000000", "123456789", "111111111", "123001234", "123120000", "12312123", ""]
)
def test_a_placeholder_number_counts_nowhere(ssn: str) -> None:
    assert ssn_form(ssn, synthetic=True) is None


def test_last_four_zeros_are_no_evidence() -> None:
    assert last4_form("0000", None, synthetic=True) is None
    assert last4_form("0001", None, synthetic=False) == "0001"


def test_another_key_gives_other_tokens() -> None:
    other = TokenKey(3, bytes(32))

    assert not tokens(WHOLE) & tokens(WHOLE, other)


def test_evidence_never_changes_its_bytes() -> None:
    evidence = evidence_of(WHOLE, [KEY], synthetic=False)

    assert sha256(evidence).hexdigest()[:32] == GOLDEN


def test_a_fingerprint_is_sixteen_hex_digits_of_its_key_alone() -> None:
    assert len(bytes.fromhex(fingerprint(KEY))) == 8
    assert fingerprint(KEY) == fingerprint(TokenKey(3, bytes(range(32))))
    assert fingerprint(KEY) != fingerprint(TokenKey(4, bytes(range(32))))
    assert fingerprint(KEY) != fingerprint(TokenKey(3, bytes(32)))


def test_a_token_key_hides_its_secret_and_checks_its_form() -> None:
    assert repr(KEY) == "TokenKey(epoch=3)"
    with pytest.raises(ConfigurationError):
        TokenKey(0, bytes(32))
    with pytest.raises(ConfigurationError):
        TokenKey(1, bytes(31))
    with pytest.raises(ConfigurationError):
        TokenKey(EPOCH_MAX + 1, bytes(32))


def test_a_block_without_tokens_is_not_packed() -> None:
    assert unpack(pack([Block(1, 0, ()), Block(2, 3, (Token(bytes(9)),))])) == (
        Block(2, 3, (Token(bytes(9)),)),
    )


def test_evidence_of_an_earlier_form_is_refused() -> None:
    assert unpack(None) == ()
    with pytest.raises(ValueError, match="does not begin"):
        unpack(bytes.fromhex("0100037e5994ce7bf7096d"))
