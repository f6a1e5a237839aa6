"""Evidence under attack: any bytes, any names, and nobody recognized by one field alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from string import ascii_letters

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.domain.statements import IdentityFields
from hub.identity.evidence import VERSION, Block, check_packed, evidence_of, pack, unpack
from hub.identity.normalize import (
    birth_form,
    given_form,
    initial_form,
    last4_form,
    place_form,
    ssn_form,
    surname_forms,
)
from hub.identity.tokens import EPOCH_MAX, TOKEN_BYTES, Label, Token, TokenKey, label_of

KEY = TokenKey(3, bytes(range(32)))
NEXT_KEY = TokenKey(4, bytes(range(1, 33)))

texts = st.text(max_size=24) | st.text(ascii_letters + " -'.", max_size=24)
names = st.none() | texts
days = st.none() | st.dates()
numbers = st.none() | st.from_regex(r"\A[0-9]{9}\Z") | texts
last_fours = st.none() | st.from_regex(r"\A[0-9]{4}\Z") | texts
identities = st.builds(
    IdentityFields,
    given_name=names,
    middle_name=names,
    surname=names,
    suffix=names,
    preferred_name=names,
    former_surnames=st.lists(texts, max_size=3).map(tuple),
    birth_on=days,
    ssn=numbers,
    ssn_last4=last_fours,
    street=names,
    city=names,
    zip=names,
)
tokens = st.builds(
    lambda label, mac: Token(bytes((label,)) + mac),
    st.integers(0, 255),
    st.binary(min_size=TOKEN_BYTES - 1, max_size=TOKEN_BYTES - 1),
)
blocks = st.builds(
    Block,
    st.integers(1, EPOCH_MAX),
    st.integers(0, 7),
    st.lists(tokens, min_size=1, max_size=12).map(tuple),
)


def tokens_of(identity: IdentityFields, key: TokenKey = KEY) -> set[Token]:
    found = unpack(evidence_of(identity, [key], synthetic=True))
    return {token for block in found for token in block.tokens}


def shared(one: IdentityFields, other: IdentityFields) -> set[int]:
    return {label_of(token) for token in tokens_of(one) & tokens_of(other)}


@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda rest: b"\xe2" + rest))
def test_any_bytes_are_blocks_or_are_refused(evidence: bytes) -> None:
    try:
        found = unpack(evidence)
    except ValueError:
        return
    assert [block.epoch for block in found] == sorted({b.epoch for b in found}, reverse=True)
    for block in found:
        assert 0 <= block.rarity <= 7
        assert all(len(token) == TOKEN_BYTES for token in block.tokens)


@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda rest: b"\xe2" + rest))
def test_what_is_let_in_can_be_unpacked_and_holds_each_token_once(evidence: bytes) -> None:
    try:
        check_packed(evidence)
    except ValueError:
        return
    tokens = [token for block in unpack(evidence) for token in block.tokens]
    assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize("epochs", [(2,), (2, 1)])
def test_a_token_held_twice_is_not_let_in(epochs: tuple[int, ...]) -> None:
    """Twice in a block, or in the blocks of two epochs: the index would take it out twice."""
    token = bytes((Label.NAME_MONTH_DAY,)) + bytes(range(8))
    packed = bytes((0xE2, len(epochs)))
    for epoch in epochs:
        packed += bytes((0, epoch, 3, 2 // len(epochs))) + token * (2 // len(epochs))

    with pytest.raises(ValueError, match="a token twice"):
        check_packed(packed)


@given(identities)
def test_what_an_edge_makes_is_let_in(identity: IdentityFields) -> None:
    evidence = evidence_of(identity, [KEY, NEXT_KEY], synthetic=True)
    check_packed(evidence)

    assert (unpack(evidence) == ()) == (evidence == b"")


@given(st.lists(blocks, max_size=3, unique_by=lambda block: block.epoch))
def test_what_is_packed_comes_out_sorted_and_once(made: list[Block]) -> None:
    found = unpack(pack(made))

    assert {b.epoch: (b.rarity, b.tokens) for b in found} == {
        b.epoch: (b.rarity, tuple(sorted(set(b.tokens)))) for b in made
    }
    assert pack(found) == pack(made)


@given(st.lists(blocks, min_size=1, max_size=3, unique_by=lambda b: b.epoch), st.data())
def test_one_changed_byte_is_refused_or_changes_what_comes_out(
    made: list[Block], data: st.DataObject
) -> None:
    packed = pack(made)
    at = data.draw(st.integers(0, len(packed) - 1))
    changed = bytearray(packed)
    changed[at] ^= data.draw(st.integers(1, 255))

    try:
        found = unpack(bytes(changed))
    except ValueError:
        return
    assert found != unpack(packed)


@given(st.lists(blocks, min_size=1, max_size=3, unique_by=lambda b: b.epoch), st.data())
def test_evidence_cut_off_anywhere_is_refused(made: list[Block], data: st.DataObject) -> None:
    packed = pack(made)

    with pytest.raises(ValueError, match="packed evidence"):
        unpack(packed[: data.draw(st.integers(1, len(packed) - 1))])


@given(identities)
def test_equal_identities_give_equal_bytes(identity: IdentityFields) -> None:
    once = evidence_of(identity, [KEY, NEXT_KEY], synthetic=True)

    assert evidence_of(replace(identity), [NEXT_KEY, KEY], synthetic=True) == once
    assert [block.epoch for block in unpack(once)] in ([], [4, 3])


@given(identities)
def test_two_keys_share_no_token(identity: IdentityFields) -> None:
    assert not tokens_of(identity) & tokens_of(identity, TokenKey(3, bytes(32)))


@given(identities)
def test_a_flagged_person_sends_nothing(identity: IdentityFields) -> None:
    withheld = replace(identity, withheld=True)

    assert evidence_of(withheld, [KEY, NEXT_KEY], synthetic=True) == b""


@given(identities)
def test_without_birth_date_and_number_there_is_no_token(identity: IdentityFields) -> None:
    bare = replace(identity, birth_on=None, ssn=None, ssn_last4=None)

    assert evidence_of(bare, [KEY], synthetic=True) == b""


@given(identities)
def test_without_names_and_number_there_is_no_token_but_of_an_address(
    identity: IdentityFields,
) -> None:
    bare = replace(identity, **_nameless(), ssn=None, ssn_last4=None)

    assert evidence_of(replace(bare, **_NOWHERE), [KEY], synthetic=True) == b""
    assert {Label(label_of(token)).name.split("_")[0] for token in tokens_of(bare)} <= {
        "STREET",
        "ZIP",
        "CITY",
    }


@given(identities)
def test_last_four_alone_are_no_token(identity: IdentityFields) -> None:
    bare = replace(identity, **_nameless(), birth_on=None, ssn=None, ssn_last4="4821")

    assert evidence_of(bare, [KEY], synthetic=True) == b""


@given(identities, st.dates(date(1901, 1, 1), date(2020, 12, 31)), st.dates(date(1901, 1, 1)))
def test_namesakes_of_other_birth_dates_share_no_more_than_a_part_of_the_date(
    identity: IdentityFields, one_day: date, other_day: date
) -> None:
    """Names alone never tell two persons to be one name: year and month, year and day, or month
    and day must agree, too."""
    parts = (one_day.year, one_day.month, one_day.day)
    others = (other_day.year, other_day.month, other_day.day)
    assume(sum(a == b for a, b in zip(parts, others, strict=True)) < 2)
    assume(sorted(parts[1:]) != sorted(others[1:]))
    bare = replace(identity, ssn=None, ssn_last4=None, **_NOWHERE)

    assert shared(replace(bare, birth_on=one_day), replace(bare, birth_on=other_day)) == set()


@given(st.dates(date(1901, 1, 1), date(2020, 12, 31)), identities, identities)
def test_persons_with_only_a_birth_date_in_common_share_no_token(
    day: date, one: IdentityFields, other: IdentityFields
) -> None:
    ada = replace(one, **_nameless(), **_NOWHERE, birth_on=day, ssn=None, ssn_last4=None)
    bob = replace(other, **_nameless(), **_NOWHERE, birth_on=day, ssn=None, ssn_last4=None)
    ada = replace(ada, given_name="Ada", surname="Quill", middle_name="Ruth")
    bob = replace(bob, given_name="Bob", surname="Zamora", middle_name="Lee")

    assert len(tokens_of(ada)) > 5
    assert shared(ada, bob) == set()


def test_persons_with_only_the_last_four_in_common_share_no_token() -> None:
    ada = IdentityFields(
        given_name="Ada", surname="Quill", birth_on=date(1970, 1, 2), ssn_last4="4821"
    )
    bob = IdentityFields(
        given_name="Bob", surname="Zamora", birth_on=date(1981, 3, 4), ssn="123454821"
    )

    assert shared(ada, bob) == set()
    assert shared(ada, replace(bob, given_name="Ada")) == {Label.LAST4_ROOT}


def test_persons_with_only_an_address_in_common_share_no_token() -> None:
    ada = IdentityFields(
        given_name="Ada",
        surname="Quill",
        birth_on=date(1970, 1, 2),
        street="1 Elm Street",
        city="Springfield",
        zip="01234",
    )
    bob = replace(ada, given_name="Bob", surname="Zamora", birth_on=date(1981, 3, 4))

    assert len(tokens_of(ada)) > 10
    assert shared(ada, bob) == set()


def test_only_the_whole_number_is_a_token_by_itself() -> None:
    """Each label of which a person holds a token with one field stated, and no other."""
    fields = {
        "given_name": "Ada",
        "middle_name": "Ruth",
        "surname": "Quill",
        "birth_on": date(1970, 1, 2),
        "ssn": "123454821",
        "ssn_last4": "4821",
        "street": "1 Elm Street",
        "city": "Springfield",
        "zip": "01234",
    }
    nobody = IdentityFields(given_name=None)

    made = {
        field: {label_of(token) for token in tokens_of(replace(nobody, **{field: value}))}
        for field, value in fields.items()
    }

    assert {field: labels for field, labels in made.items() if labels} == {"ssn": {Label.SSN9}}


@given(texts)
def test_forms_are_settled(text: str) -> None:
    """Bringing to one form what is in one form already changes nothing."""
    given = given_form(text)
    assert given is None or given_form(given) == given
    place = place_form(text)
    assert place is None or place_form(place) == place
    initial = initial_form(text)
    assert initial is None or len(initial) == 1


@given(texts)
def test_forms_of_a_surname_hold_its_whole_and_each_once(text: str) -> None:
    forms = surname_forms(text)

    assert len(set(forms)) == len(forms)
    assert surname_forms(text.upper())[:1] == forms[:1] or not text.isascii()
    assert all(form == form.upper() or not text.isascii() for form in forms)


@given(texts, st.booleans())
def test_a_number_is_nine_digits_and_its_last_four_are_its_own(text: str, synthetic: bool) -> None:
    ssn = ssn_form(text, synthetic=synthetic)
    last4 = last4_form(None, text, synthetic=synthetic)

    assert ssn is None or (len(ssn) == 9 and ssn.isascii() and ssn.isdigit())
    assert last4 is None or (ssn is not None and ssn.endswith(last4))


@given(st.dates())
def test_a_birth_date_stays_as_it_is_or_is_dropped(day: date) -> None:
    assert birth_form(day) in (day, None)


def test_the_version_of_evidence_counts_in_its_encoding() -> None:
    assert VERSION == 2


_NOWHERE: dict[str, None] = {"street": None, "city": None, "zip": None}


_NAMES = ("given_name", "middle_name", "surname", "suffix", "preferred_name")


def _nameless() -> dict[str, tuple[()] | None]:
    return {**dict.fromkeys(_NAMES), "former_surnames": ()}
