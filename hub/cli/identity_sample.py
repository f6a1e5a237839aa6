"""What `hub identity duplicates` and `sample` do: list what was found or drawn, and ask."""

from __future__ import annotations

import sys

from hub.cli import common
from hub.cli.review_options import AskOptions, check_registry, day, opened, shown, write_rows
from hub.console.reviews import print_duplicates, print_sample
from hub.errors import ConfigurationError
from hub.identity.compare import Verdict
from hub.identity.live_error import month_ends
from hub.identity.reviews import answer_by, words_of
from hub.lanes.review_samples import (
    read_counts,
    read_duplicates,
    read_sample,
    tell_duplicates,
    tell_sample,
)
from hub.projections.people import error_document
from hub.settings import Settings


def run_duplicates(registry: str, options: AskOptions, settings: Settings) -> int:
    """List accounts of one registry that seem to be one human; with send, tell the registry."""
    check_registry(registry)
    with opened(options, settings) as (tx, terms):
        if options.send:
            found = tell_duplicates(tx, registry, terms)
        else:
            found = read_duplicates(tx, registry)
    rows = [
        {
            "person_id": seen.pair.one.person_id,
            "other_person_id": seen.pair.other.person_id,
            **words_of(seen.agree, seen.both)._asdict(),
            "verdict": Verdict(seen.verdict).name,
            "cause": seen.cause,
            "rank": place,
            "opened_on": None if seen.opened_on is None else seen.opened_on.isoformat(),
            "opened_on_why": None if seen.opened_on else "linked through another account",
        }
        for place, seen in enumerate(found.found, 1)
    ]
    document = {
        "registry": registry,
        "as_of": terms.as_of.isoformat(),
        "known": found.known,
        "duplicates": rows,
        "sent": options.send,
    }
    columns = ("person_id", "other_person_id", "name", "birth", "number", "verdict", "opened_on")
    write_rows(rows, columns, options.csv)
    return shown(document, options, lambda: print_duplicates(document, sys.stdout))


def run_sample(month: str, size: int, options: AskOptions, settings: Settings) -> int:
    """Draw a month's sample of automatic links; with send, ask both registries of each."""
    try:
        end = month_ends(month)
    except ValueError:
        raise common.UsageError(
            f"{month} is not a month", fix="write one such as 2026-11"
        ) from None
    if day(options) < end:
        raise ConfigurationError(
            f"{month} is not over",
            fix=f"draw its sample on {end} or later",
            effect="nothing was drawn or sent",
        )
    with opened(options, settings) as (tx, terms):
        sample = (
            tell_sample(tx, month, size, terms) if options.send else read_sample(tx, month, size)
        )
        counts = {each.month: each for each in read_counts(tx)}
    document = {
        "month": month,
        "as_of": terms.as_of.isoformat(),
        "answer_by": answer_by(end, terms.review_days).isoformat(),
        "links": sample.links,
        "unshared": sample.unshared,
        "drawn": len(sample.drawn),
        "open": len(sample.open),
        "pairs": [
            {"one": list(seen.pair.one), "other": list(seen.pair.other)} for seen in sample.open
        ],
        "live_error": error_document(counts[month]) if month in counts else None,
        "sent": options.send,
    }
    return shown(document, options, lambda: print_sample(document, sys.stdout))
