"""Old against new: roots first, and the first differing row where they are not equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.adapters.sql_difference import Difference, first_difference
from hub.adapters.sql_scan import differing
from hub.adapters.sql_switch import Still
from hub.domain.log import TopicPartition
from hub.errors import LogDivergedError
from hub.projections.roots import LINKS, LINKS_CANONICAL, MATCHES, RECORDS
from hub.rebuild.report import Report

_TABLE_OF = {RECORDS: "record", LINKS: "link", LINKS_CANONICAL: "link", MATCHES: "match"}
Positions = Mapping[str, Mapping[TopicPartition, tuple[int, bytes]]]


def comparable(report: Report, live: Positions, rebuilt: Positions, touches: int) -> Sequence[str]:
    """Names of the roots that say something of both; why others do not goes into the report."""
    if not any(live.values()):
        report.not_compared = "There was no live state to compare with."
        return ()
    if report.live_fold_version != report.fold_version:
        report.not_compared = (
            f"Roots of fold versions {report.live_fold_version} and {report.fold_version}"
            " are not comparable."
        )
        return ()
    if _offsets(live) != _offsets(rebuilt):
        report.not_compared = "The live store had folded less of the log."
        return ()
    if touches:
        report.not_compared = (
            f"Matches were not compared: the live store still had to work out {touches} changes."
        )
        return (RECORDS, LINKS, LINKS_CANONICAL)
    return (RECORDS, MATCHES, LINKS, LINKS_CANONICAL)


def _offsets(positions: Positions) -> dict[tuple[str, TopicPartition], int]:
    return {
        (lane, place): offset
        for lane, places in positions.items()
        for place, (offset, _) in places.items()
        if offset
    }


def check_leaves(live: Positions, rebuilt: Positions) -> None:
    """Raises LogDivergedError where the live store was folded from another log."""
    for lane, places in live.items():
        for place, (offset, leaf) in places.items():
            ours = rebuilt[lane].get(place, (0, b""))
            if ours[0] == offset and ours[1] != leaf:
                raise LogDivergedError(
                    f"the record before offset {offset} of {place} is not the one that the live"
                    " store was folded from",
                    fix="give the log that belongs to this store",
                    effect="the live tables stay as they are (LOG_DIVERGED)",
                )


def compare(
    still: Still, report: Report, names: Sequence[str], tampered: Sequence[str]
) -> Difference | None:
    """The first differing row, of tables whose roots are not equal or whose rows are not what
    the live roots say. None where all that was compared is equal."""
    report.compared = tuple(names)
    assert report.live_roots is not None
    assert report.rebuilt_roots is not None
    unequal = differing(report.live_roots, report.rebuilt_roots)
    report.differing = tuple(n for n in names if n in unequal or n in tampered)
    live, fresh = still.sides()
    for table in dict.fromkeys(_TABLE_OF[name] for name in report.differing):
        found = first_difference(still.sql, table, live, fresh)
        if found is not None:
            return found
    return None
