"""Sums and sentences that console and page read out of the summary document.

A total over registries leaves missing values out, and is None when every value is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.console.numbers import count, plural, share
from hub.console.words import COUNTING_OUTCOMES, OUTCOMES

Document = Mapping[str, Any]
Pair = tuple[str, str]

KINDS_ALL = 6  # Kinds of record that a registry's export can hold.


def registries_in_order(document: Document) -> list[tuple[str, Mapping[str, Any]]]:
    """Registries by their state's name, which is also how the summary's rows are sorted."""
    entries = document["registries"].items()
    return sorted(entries, key=lambda item: (item[1].get("name") or item[0], item[0]))


def name_of(document: Document, code: str) -> str:
    entry = document["registries"].get(code)
    return (entry.get("name") if entry else None) or code


def total_of(document: Document, key: str) -> int | None:
    values = [entry.get(key) for entry in document["registries"].values()]
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def hours_total(document: Document) -> Decimal | None:
    values = [entry["verified_clock_hours"] for entry in document["registries"].values()]
    known = [Decimal(value) for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def people_text(document: Document) -> str:
    """The three figures of every count of people: summed over registries, distinct, and distinct if
    every open review were a link."""
    national = document["national"]
    return (
        f"{count(national['persons_summed'])} summed over registries, "
        f"{count(national['persons'])} distinct, "
        f"{count(national['persons_if_reviews_linked'])} if every open review were a link "
        f"({count(national['open_reviews'])} between registries, "
        f"{count(national['open_duplicates'])} within one)"
    )


def shared_text(document: Document) -> str:
    """How many people are known to several registries, and how many if open reviews were links."""
    national = document["national"]
    shared = national["in_two_or_more"]
    return (
        f"{count(shared)} {'holds' if shared == 1 else 'hold'} a record in two or more registries, "
        f"{count(national['in_two_or_more_if_reviews_linked'])} if every open review were a link"
    )


def live_error_text(error: Mapping[str, Any] | None, why: str | None = None) -> str:
    """The live error as one sentence: share, numbers, interval, month; or why there is none."""
    if error is None:
        return f"Wrong links: {why or 'not sampled yet'}."
    month = error["month"]
    if not error["counted"]:
        asked = plural(error["asked"], "link", "links")
        return f"Wrong links: {asked} of {month} sampled, none answered yet."
    low, high = (f"{float(error[key]) * 100:.1f}%" for key in ("low", "high"))
    wrong = share(error["wrong"], error["counted"])
    return (
        f"Wrong links: {wrong} of those answered in the sample of {month}, "
        f"95% interval {low} to {high}."
    )


def outcome_counts(document: Document) -> dict[str, int]:
    """Matches by outcome in the fixed order, zeros included."""
    matches = document["national"]["matches"]
    return {outcome.code: matches.get(outcome.code, 0) for outcome in OUTCOMES}


def pair_outcomes(document: Document, kind: str | None = None) -> dict[Pair, dict[str, int]]:
    """Outcomes by (holding registry, judging registry), over all kinds or of one."""
    pairs: dict[Pair, dict[str, int]] = {}
    for name, by_pair in document["matches_by_kind"].items():
        if kind is not None and name != kind:
            continue
        for text, outcomes in by_pair.items():
            source, _, target = text.partition(">")
            held = pairs.setdefault((source, target), dict.fromkeys(_CODES, 0))
            for code, number in outcomes.items():
                held[code] = held.get(code, 0) + number
    return pairs


def counting(outcomes: Mapping[str, int]) -> int:
    """How many of them count in full or in part."""
    return sum(outcomes.get(code, 0) for code in COUNTING_OUTCOMES)


def busiest_pair(document: Document) -> tuple[str, str, int]:
    """Names of the pair with the most matches, and how many; ties go by the pair's text."""
    between = document["national"]["matches_between"]
    text = min(between, key=lambda pair: (-between[pair], pair))
    source, _, target = text.partition(">")
    return name_of(document, source), name_of(document, target), between[text]


def kinds_sent(document: Document) -> str:
    """`4 registries send all 6 kinds of record, 2 send no approvals`."""
    cells = document["soar"]["record_kinds"]
    sent = {code: cells[code]["numerator"] for code in document["registries"] if cells.get(code)}
    if not sent or len(sent) < len(document["registries"]):
        return "kinds of record sent: not reported"
    complete = sum(number >= KINDS_ALL for number in sent.values())
    verb = "sends" if complete == 1 else "send"
    text = f"{plural(complete, 'registry', 'registries')} {verb} all {KINDS_ALL} kinds of record"
    fewer = len(sent) - complete
    if not fewer:
        return text
    lacking = [code for code, number in sent.items() if number < KINDS_ALL]
    what = "fewer"
    if all(sent[code] == KINDS_ALL - 1 and not _has_approvals(document, code) for code in lacking):
        what = "no approvals"
    return f"{text}, {fewer} {'sends' if fewer == 1 else 'send'} {what}"


def _has_approvals(document: Document, code: str) -> bool:
    return any(name.startswith("approvals") for name in document["registries"][code]["files"])


_CODES = tuple(outcome.code for outcome in OUTCOMES)
