"""Partition choice: as Kafka's own clients choose, or keys would lose their order."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.partitioning import murmur2, partition_for


@pytest.mark.parametrize(
    ("data", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_meets_the_vectors_of_the_java_client(data: bytes, hashed: int) -> None:
    assert murmur2(data) == hashed & 0xFFFFFFFF


@given(st.binary(max_size=64), st.integers(min_value=1, max_value=64))
def test_a_key_goes_where_the_driver_would_send_it(key: bytes, count: int) -> None:
    partitions = list(range(count))

    assert partition_for(key, count) == DefaultPartitioner()(key, partitions, partitions)


@given(st.integers(min_value=1, max_value=64))
def test_what_has_no_key_goes_to_one_partition(count: int) -> None:
    assert partition_for(None, count) == 0
