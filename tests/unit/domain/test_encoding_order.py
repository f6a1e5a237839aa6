"""The encoding of a row grows through a rotation of token keys, and with every newer version."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hub.domain.events import encoding_of, evidence_encoding


def test_a_rotation_goes_from_the_old_key_over_both_to_the_new_one() -> None:
    steps = [[1], [2, 1], [2], [3, 2], [3], [9, 3], [9], [499, 9], [499]]
    encodings = [encoding_of(1, 1, evidence_encoding(2, epochs)) for epochs in steps]

    assert all(before < after for before, after in pairwise(encodings))


def test_the_order_in_which_keys_are_named_says_nothing() -> None:
    assert evidence_encoding(2, [1, 2]) == evidence_encoding(2, [2, 1])


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ((1, 1, evidence_encoding(2, [499])), (1, 1, evidence_encoding(3, [1]))),
        ((1, 1, evidence_encoding(999, [499])), (1, 2, 0)),
        ((1, 999, evidence_encoding(999, [499])), (2, 1, 0)),
        ((1, 1, 0), (1, 1, evidence_encoding(1, [1]))),
    ],
)
def test_what_is_said_first_weighs_more(
    lower: tuple[int, int, int], higher: tuple[int, int, int]
) -> None:
    assert encoding_of(*lower) < encoding_of(*higher)
