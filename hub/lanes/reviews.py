"""Open reviews between registries: which are shown to both, told, and taken back.

A pair is shown to both its registries at once, or to neither. What is shown stays shown until it
closes; how many come new is bounded for each registry and week.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.domain.rows import OutboxItem
from hub.identity.compare import Verdict
from hub.identity.reviews import (
    DUPLICATE,
    REVIEW,
    Seen,
    Told,
    answer_by,
    day_of,
    newly_shown,
    pair_text,
    rank,
    sides_of,
    week_of,
)
from hub.lanes.asking import (
    Asked,
    Terms,
    asked_item,
    begin_telling,
    is_closed,
    is_shared,
    read_told,
    replies_by_pair,
    tell,
)
from hub.lanes.policies import load_references
from hub.ports import StoreTransaction

ITEMS_AT_A_TIME = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """Open reviews between registries, each in one of the four lists, the likeliest first."""

    shown: tuple[Seen, ...]
    """Told before, or to be told this week."""
    waiting: tuple[Seen, ...]
    """No room in this week."""
    unshared: tuple[Seen, ...]
    """No agreement covers identity both ways."""
    expired: tuple[Seen, ...]
    """Nobody answered in time: the two stay apart."""
    week_of: Mapping[str, Mapping[str, str]]
    """By registry and pair the week of what is shown."""
    told: tuple[Told, ...]
    synthetic: bool


def read_reviews(tx: StoreTransaction, terms: Terms) -> Reviews:
    """What is open, and what of it each registry is shown."""
    references = load_references(tx)
    told = read_told(tx, REVIEW)
    sent: dict[str, dict[str, str]] = {}
    for each in told:
        sent.setdefault(each.registry, {})[each.text] = each.period
    lists: dict[str, list[Seen]] = {"open": [], "unshared": [], "expired": []}
    open_pairs = _open_pairs(tx)
    tx.go_on()  # A nation's open pairs take seconds, without a statement in between.
    for seen in rank(open_pairs):
        if not is_shared(references, seen):
            lists["unshared"].append(seen)
        elif terms.as_of > answer_by(day_of(seen.opened_ms), terms.review_days):
            lists["expired"].append(seen)
        else:
            lists["open"].append(seen)
    tx.go_on()
    week = week_of(terms.as_of)
    for seen in newly_shown(lists["open"], sent, week, terms.weekly):
        for side in (seen.pair.one.registry, seen.pair.other.registry):
            sent.setdefault(side, {})[pair_text(seen.pair)] = week
    shown = [s for s in lists["open"] if _week(sent, s) is not None]
    return Reviews(
        shown=tuple(shown),
        waiting=tuple(s for s in lists["open"] if _week(sent, s) is None),
        unshared=tuple(lists["unshared"]),
        expired=tuple(lists["expired"]),
        week_of=sent,
        told=tuple(told),
        synthetic=references.synthetic,
    )


def _week(sent: Mapping[str, Mapping[str, str]], seen: Seen) -> str | None:
    text = pair_text(seen.pair)
    sides = (seen.pair.one.registry, seen.pair.other.registry)
    return next((sent[side][text] for side in sides if text in sent.get(side, ())), None)


def _open_pairs(tx: StoreTransaction) -> list[Seen]:
    """Reviews between registries that nobody has settled."""
    said = replies_by_pair(tx)
    return [
        seen
        for seen in tx.reviews.pairs(Verdict.REVIEW)
        if seen.purpose != DUPLICATE and not seen.together and not is_closed(said, seen)
    ]


def tell_reviews(tx: StoreTransaction, terms: Terms) -> Reviews:
    """Tell both registries of what is shown, and take back what is not any more."""
    begin_telling(tx, terms)
    reviews = read_reviews(tx, terms)
    items: dict[Told, OutboxItem] = {}
    for number, seen in enumerate(reviews.shown):
        if number % ITEMS_AT_A_TIME == 0:
            tx.go_on()
        text = pair_text(seen.pair)
        opened_on = day_of(seen.opened_ms)
        days = (opened_on, answer_by(opened_on, terms.review_days))
        for own, other in sides_of(seen.pair):
            week = reviews.week_of.get(own.registry, {}).get(text) or _week(reviews.week_of, seen)
            told = Told(REVIEW, own.registry, week or "", text)
            asked = Asked(own, other, seen, seen.purpose, days)
            items[told] = asked_item(told, asked, terms, synthetic=reviews.synthetic)
    tell(tx, items, reviews.told, synthetic=reviews.synthetic)
    return reviews
