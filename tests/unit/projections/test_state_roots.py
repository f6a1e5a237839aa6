"""State roots: equal for equal sets of rows, whatever their order; different for any other set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.rows import LinkRow
from hub.projections.roots import (
    LINKS,
    LINKS_CANONICAL,
    MATCHES,
    RECORDS,
    Accumulator,
    add_lanes,
    change_of,
    leaf,
    leaf_of_record,
    link_leaves,
    packed,
    record_leaf,
    roots_of,
)
from tests.contract.store_rows import record

PARTS = st.lists(
    st.none() | st.integers() | st.text(max_size=4) | st.binary(max_size=4), max_size=4
)
LEAVES = st.lists(st.binary(min_size=32, max_size=32), max_size=300, unique=True)


def root_of(leaves: list[bytes]) -> str:
    sum_of = Accumulator()
    sum_of.add(leaves)
    return sum_of.root()


@settings(max_examples=30, deadline=None)
@given(leaves=LEAVES, data=st.data())
def test_a_root_does_not_depend_on_order_or_on_batches(
    leaves: list[bytes], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(leaves))
    cut = data.draw(st.integers(0, len(leaves)))
    in_parts = Accumulator()
    in_parts.add(shuffled[:cut])
    first = in_parts.copy()
    in_parts.add(shuffled[cut:])

    assert in_parts.root() == root_of(leaves)
    assert first.root() == root_of(shuffled[:cut])


@settings(max_examples=30, deadline=None)
@given(leaves=LEAVES.filter(bool))
def test_a_row_too_many_or_too_few_shows(leaves: list[bytes]) -> None:
    assert root_of(leaves[1:]) != root_of(leaves)
    assert root_of([*leaves, leaves[0]]) != root_of(leaves)


@settings(max_examples=30, deadline=None)
@given(before=LEAVES, data=st.data())
def test_a_change_turns_the_sum_of_the_old_rows_into_that_of_the_new(
    before: list[bytes], data: st.DataObject
) -> None:
    after = data.draw(st.permutations(before))[: len(before) // 2] + data.draw(LEAVES)
    old, new = Accumulator(), Accumulator()
    old.add(before)
    new.add(after)

    assert add_lanes(old.lanes(), change_of(after, before)) == new.lanes()
    assert add_lanes(new.lanes(), change_of(before, after)) == old.lanes()
    new.subtract(after)
    assert new.lanes() == Accumulator().lanes()


def test_sums_of_shards_add_up_and_nothing_is_nothing() -> None:
    whole, one, other = Accumulator(), Accumulator(), Accumulator()
    leaves = [bytes([n]) * 32 for n in range(9)]
    whole.add(leaves)
    one.add(leaves[:4])
    other.add(leaves[4:])

    assert add_lanes(one.lanes(), other.lanes()) == whole.lanes()
    assert add_lanes(b"", whole.lanes()) == add_lanes(whole.lanes(), b"") == whole.lanes()


def test_the_roots_of_a_store_differ_in_how_links_are_named_alone() -> None:
    names = (RECORDS, MATCHES, LINKS, LINKS_CANONICAL)
    lanes = {name: change_of([bytes([n]) * 32], []) for n, name in enumerate(names)}
    plain, canonical = roots_of(lanes)

    assert roots_of({}) == (root_of([]), root_of([]))
    assert plain != canonical
    for name in (RECORDS, MATCHES):
        without = roots_of({**lanes, name: b""})
        assert without[0] != plain
        assert without[1] != canonical
    assert roots_of({**lanes, LINKS: b""})[1] == canonical
    assert roots_of({**lanes, LINKS_CANONICAL: b""})[0] == plain


@given(one=PARTS, other=PARTS)
def test_different_parts_never_pack_alike(one: list[Any], other: list[Any]) -> None:
    """Type and length of every part are in the bytes: no two rows can run into each other."""
    same = [(type(p), p) for p in one] == [(type(p), p) for p in other]

    assert (packed(one) == packed(other)) is same


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registry", "us-oh"),
        ("kind", 5),
        ("record_id", "R2"),
        ("person_id", None),
        ("revision", 6),
        ("encoding", 2),
        ("change", 1),
        ("body", b"other"),
    ],
)
def test_a_record_is_rooted_with_what_it_says(field: str, value: Any) -> None:
    assert record_leaf(record("R1")._replace(**{field: value})) != record_leaf(record("R1"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("digest", b"x" * 64),
        ("sealed", None),
        ("sealed_key", None),
        ("partition", 9),
        ("log_offset", 1),
        ("received_ms", 1),
        ("hours_e4", 0),
        ("recorded_days", None),
    ],
)
def test_nothing_sealed_and_no_place_is_in_a_root(field: str, value: Any) -> None:
    assert record_leaf(record("R1")._replace(**{field: value})) == record_leaf(record("R1"))


def test_the_canonical_root_of_links_does_not_depend_on_ids_of_clusters() -> None:
    rows = [LinkRow("us-wi", "P1", "n-1", 0), LinkRow("us-oh", "P2", "n-1", 1)]
    renamed = [replace(row, national_id="n-9") for row in reversed(rows)]
    split = [rows[0], replace(rows[1], national_id="n-2")]

    assert root_of(link_leaves(rows)[0]) != root_of(link_leaves(renamed)[0])
    assert root_of(link_leaves(rows)[1]) == root_of(link_leaves(renamed)[1])
    assert root_of(link_leaves(rows)[1]) != root_of(link_leaves(split)[1])


def test_the_leaf_of_a_record_is_of_the_canonical_bytes() -> None:
    row = record("R1")
    stated = (row.revision, row.encoding, row.change)
    parts = ("record", *row.key, row.person_id, *stated, row.body)

    assert record_leaf(row) == leaf_of_record(row.key, row.person_id, stated, row.body)
    assert record_leaf(row) == leaf(parts)


def test_a_leaf_is_of_the_canonical_bytes() -> None:
    assert leaf(("a", 1)) == leaf(iter(("a", 1)))
    assert leaf(("a", "1")) != leaf(("a", 1)) != leaf(("a", b"1"))
