"""What `hub identity reviews` does: count and list open reviews, and ask both sides."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from hub.cli.review_options import AskOptions, check_registry, opened, shown, write_rows
from hub.console.reviews import print_reviews
from hub.domain.state import Document
from hub.identity.reviews import (
    Seen,
    answer_by,
    day_of,
    pair_text,
    sides_of,
    week_of,
    words_of,
)
from hub.lanes.asking import Terms
from hub.lanes.reviews import Reviews, read_reviews, tell_reviews
from hub.settings import Settings

CELLS = (
    "registry", "person_id", "other_registry", "other_person_id", "contact", "name", "birth",
    "number", "purpose", "rank", "week", "opened_on", "answer_by",
)  # fmt: skip


def run_reviews(
    registry: str | None, limit: int | None, options: AskOptions, settings: Settings
) -> int:
    """List open reviews as each side sees them; with send, ask both sides."""
    if registry is not None:
        check_registry(registry)
    with opened(options, settings) as (tx, terms):
        reviews = (tell_reviews if options.send else read_reviews)(tx, terms)
    document = reviews_document(reviews, terms, registry, limit)
    document["sent"] = options.send
    write_rows(document["reviews"], CELLS, options.csv)
    return shown(document, options, lambda: print_reviews(document, sys.stdout))


def reviews_document(
    reviews: Reviews, terms: Terms, registry: str | None, limit: int | None = None
) -> Document:
    """Counts, and every question as the side sees it that is asked."""

    def of(seen: Sequence[Seen]) -> list[Seen]:
        return [s for s in seen if registry is None or registry in _registries(s)]

    week = week_of(terms.as_of)
    rows = list(_rows(of(reviews.shown), reviews, terms, registry))
    late = list(_rows(of(reviews.expired), reviews, terms, registry))
    lists = {
        "shown": of(reviews.shown),
        "waiting": of(reviews.waiting),
        "unshared": of(reviews.unshared),
        "expired": of(reviews.expired),
    }
    return {
        "as_of": terms.as_of.isoformat(),
        "week": week,
        "weekly": terms.weekly,
        "registry": registry,
        "open": sum(len(each) for each in lists.values()),
        **{name: len(each) for name, each in lists.items()},
        "by_registry": _by_registry(lists, reviews, registry, week),
        "reviews": rows if limit is None else rows[:limit],
        "expired_reviews": late if limit is None else late[:limit],
    }


def _registries(seen: Seen) -> tuple[str, str]:
    return (seen.pair.one.registry, seen.pair.other.registry)


def _rows(
    listed: Sequence[Seen], reviews: Reviews, terms: Terms, registry: str | None
) -> Iterable[Document]:
    for place, seen in enumerate(listed, 1):
        opened_on = day_of(seen.opened_ms)
        text = pair_text(seen.pair)
        for own, other in sides_of(seen.pair):
            if registry not in (None, own.registry):
                continue
            contact = terms.contacts.get(other.registry)
            yield {
                "registry": own.registry,
                "person_id": own.person_id,
                "other_registry": other.registry,
                "other_person_id": other.person_id,
                "contact": contact,
                "contact_why": None if contact else "not set in HUB_CONTACTS",
                **words_of(seen.agree, seen.both)._asdict(),
                "purpose": seen.purpose,
                "rank": place,
                "week": reviews.week_of.get(own.registry, {}).get(text),
                "opened_on": opened_on.isoformat(),
                "answer_by": answer_by(opened_on, terms.review_days).isoformat(),
            }


def _by_registry(
    lists: Mapping[str, Sequence[Seen]], reviews: Reviews, registry: str | None, week: str
) -> list[Document]:
    counts: dict[str, dict[str, int]] = {}
    fresh = {each.text for each in reviews.told}
    for name, listed in lists.items():
        for seen in listed:
            for side in _registries(seen):
                held = counts.setdefault(side, dict.fromkeys((*lists, "new"), 0))
                held[name] += 1
                is_new = name == "shown" and pair_text(seen.pair) not in fresh
                held["new"] += is_new
    wanted = sorted(counts) if registry is None else [registry] if registry in counts else []
    return [{"registry": side, **counts[side]} for side in wanted]
