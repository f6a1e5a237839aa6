"""Counts of people: distinct, and distinct if every open review were a link.

Beside them stands the live error: of the links that people have checked, how many were wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from hub.domain.rows import Person
from hub.domain.state import SampleCount
from hub.identity.live_error import wilson

PersonPair = tuple[Person, Person]
_PLACES = 4


class IfLinked(NamedTuple):
    """What would be if every open review were a link."""

    clusters: list[list[Person]]
    reviews: int
    """Pairs between registries that wait for an answer, of persons who are not in one cluster."""
    duplicates: int
    """Such pairs within one registry."""


def if_linked(
    clusters: Mapping[str, Collection[Person]], open_pairs: Iterable[PersonPair]
) -> IfLinked:
    """Join what open reviews would join. Persons whose profile is withdrawn, who are in no
    cluster, join nobody."""
    cluster_of = {person: name for name, persons in clusters.items() for person in persons}
    leader: dict[str, str] = {}
    reviews = duplicates = 0
    for pair in open_pairs:
        names = [cluster_of[person] for person in pair if person in cluster_of]
        if len(names) < 2 or names[0] == names[1]:
            continue
        is_duplicate = pair[0].registry == pair[1].registry
        duplicates += is_duplicate
        reviews += not is_duplicate
        first, second = sorted(_leader(name, leader) for name in names)
        leader[second] = first
    found: dict[str, list[Person]] = {}
    for name, persons in clusters.items():
        found.setdefault(_leader(name, leader), []).extend(persons)
    return IfLinked(list(found.values()), reviews, duplicates)


def _leader(name: str, leader: dict[str, str]) -> str:
    above = leader.setdefault(name, name)
    while above != name:
        leader[name] = leader[above]
        name, above = above, leader[above]
    return name


def live_error(samples: Iterable[SampleCount]) -> dict[str, Any] | None:
    """The newest month's of which anything is counted, else the newest that was asked; None where
    nothing was sampled yet."""
    months = sorted(samples)
    counted = [each for each in months if each.counted] or months
    return error_document(counted[-1]) if counted else None


def error_document(sample: SampleCount) -> dict[str, Any]:
    """One month's error; shares are decimal texts."""
    interval = wilson(sample.wrong, sample.counted)
    share = None if interval is None else sample.wrong / sample.counted
    low, high = (None, None) if interval is None else interval
    shares = {"share": share, "low": low, "high": high}
    why = "nothing is answered yet" if interval is None else None
    return {
        **sample._asdict(),
        **{name: None if each is None else f"{each:.{_PLACES}f}" for name, each in shares.items()},
        "share_why": why,
        "low_why": why,
        "high_why": why,
    }
