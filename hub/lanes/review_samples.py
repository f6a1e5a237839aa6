"""A registry's own duplicates, and each month's random sample of automatic links: read and told."""

from __future__ import annotations

from dataclasses import dataclass

from hub.domain.rows import OutboxItem
from hub.domain.state import SampleCount
from hub.identity.compare import Verdict
from hub.identity.live_error import drawn, month_ends, sample_counts
from hub.identity.reviews import (
    DUPLICATE,
    SAMPLE,
    Seen,
    Told,
    answer_by,
    day_of,
    pair_text,
    rank,
    sides_of,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Pairs of one registry that seem to be one human."""

    found: tuple[Seen, ...]
    known: int
    """Pairs that the registry itself says are one."""
    synthetic: bool


def read_duplicates(tx: StoreTransaction, registry: str) -> Duplicates:
    """What a registry is told of its own accounts, the likeliest first."""
    said = replies_by_pair(tx)
    found, known = [], 0
    pairs = [
        *tx.reviews.pairs(Verdict.LINK, within=registry),
        *tx.reviews.pairs(Verdict.REVIEW, within=registry),
        *tx.reviews.mates(registry),
    ]
    for seen in pairs:
        if seen.cause in ("replaced_by", "agreed") or is_closed(said, seen):
            known += 1
        else:
            found.append(seen)
    synthetic = load_references(tx).synthetic
    return Duplicates(found=tuple(rank(found)), known=known, synthetic=synthetic)


def tell_duplicates(tx: StoreTransaction, registry: str, terms: Terms) -> Duplicates:
    """Tell a registry of its duplicates, and take back what is none any more."""
    begin_telling(tx, terms)
    duplicates = read_duplicates(tx, registry)
    items = {}
    for seen in duplicates.found:
        told = Told(DUPLICATE, registry, "", pair_text(seen.pair))
        asked = Asked(*seen.pair, seen, DUPLICATE, (seen.opened_on, None))
        items[told] = asked_item(told, asked, terms, synthetic=duplicates.synthetic)
    before = [told for told in read_told(tx, DUPLICATE) if told.registry == registry]
    tell(tx, items, before, synthetic=duplicates.synthetic)
    return duplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A month's random sample of automatic links."""

    month: str
    open: tuple[Seen, ...]
    """Drawn, still linked by score, and not answered by both."""
    drawn: tuple[str, ...]
    """Texts of all pairs of it."""
    links: int
    """From how many it was drawn: those that agreements let be asked about."""
    unshared: int
    told: tuple[Told, ...]
    synthetic: bool


def read_sample(tx: StoreTransaction, month: str, size: int) -> Sample:
    """The sample of a month: of the links by score alone that stood at its end and were in no other
    month's, and of what was drawn for it before."""
    references = load_references(tx)
    told = read_told(tx, SAMPLE)
    before = {each.text for each in told if each.period == month}
    others = {each.text for each in told} - before
    end = month_ends(month)
    frame: dict[str, Seen] = {}
    unshared = 0
    for seen in tx.reviews.pairs(Verdict.LINK):
        text = pair_text(seen.pair)
        if seen.purpose == DUPLICATE or seen.cause != "score" or day_of(seen.opened_ms) >= end:
            continue
        if not is_shared(references, seen):
            unshared += 1
        elif text not in others:
            frame[text] = seen
    chosen = drawn(month, frame.keys() | before, max(size, len(before)))
    said = replies_by_pair(tx)
    return Sample(
        month=month,
        open=tuple(frame[t] for t in chosen if t in frame and not is_closed(said, frame[t])),
        drawn=tuple(chosen),
        links=len(frame),
        unshared=unshared,
        told=tuple(each for each in told if each.period == month),
        synthetic=references.synthetic,
    )


def tell_sample(tx: StoreTransaction, month: str, size: int, terms: Terms) -> Sample:
    """Ask both registries about each link of the sample; take back what is answered, and, when the
    days for answers are over, all of it."""
    begin_telling(tx, terms)
    sample = read_sample(tx, month, size)
    end = month_ends(month)
    until = answer_by(end, terms.review_days)
    items: dict[Told, OutboxItem] = {}
    for seen in sample.open if terms.as_of <= until else ():
        for own, other in sides_of(seen.pair):
            told = Told(SAMPLE, own.registry, month, pair_text(seen.pair))
            asked = Asked(own, other, seen, SAMPLE, (end, until))
            items[told] = asked_item(told, asked, terms, synthetic=sample.synthetic)
    tell(tx, items, sample.told, synthetic=sample.synthetic)
    return sample


def read_counts(tx: StoreTransaction) -> list[SampleCount]:
    """What came of each month's sample, the oldest first."""
    return sample_counts(read_told(tx, SAMPLE), tx.reviews.replies())
