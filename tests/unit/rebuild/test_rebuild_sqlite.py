"""A rebuild on SQLite, where the second generation is a file beside the store."""

from __future__ import annotations

from hub.adapters.sql_generation import KEPT, MOVED
from hub.adapters.sql_tables import metadata
from tests.unit.rebuild.rebuild_exchange import RebuildExchangeContract
from tests.unit.rebuild.rebuild_suite import RebuildContract


def test_every_table_is_brought_along_or_kept_and_none_both() -> None:
    assert sorted(metadata.tables) == sorted((*MOVED, *KEPT))


class TestSqliteRebuild(RebuildContract, RebuildExchangeContract):
    """`hub` is that of this folder's conftest."""
