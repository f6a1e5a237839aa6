"""What `hub match decisions` does: compare decisions with rules, and tell of contradictions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal

from hub.cli.match_reading import reading, store_of
from hub.cli.review_options import AskOptions, check_registry, day, shown, write_rows
from hub.console.recognition import print_decisions
from hub.domain.state import Document
from hub.domain.states import state_name
from hub.lanes.lapses import check_current
from hub.lanes.recognition import Agreement, Bounds, read_agreement, tell_contradictions, told_of
from hub.projections.acceptance_document import HIDDEN, Viewer
from hub.projections.recognition import Contradiction, Tally
from hub.projections.verdicts import AFTER, CONTRADICTS, OTHER
from hub.reciprocity.answer import NOT_IN_FORCE
from hub.settings import Settings

CELLS = (
    "from", "to", "kind", "accepted", "partly", "refused", "pending", "decisions_why", "agrees",
    "contradicts", "after", "other", "mean_days", "mean_days_why", "days_of", "reasons",
)  # fmt: skip
_NOTHING = "none to compare"


def bounds_of(settings: Settings) -> Bounds:
    """How many contradictions are too many."""
    return Bounds(settings.contradictions_min, settings.contradictions_of)


def run_decisions(registry: str | None, options: AskOptions, settings: Settings) -> int:
    """Show agreement as the registry may see it; with send, tell of contradictions."""
    if registry is not None:
        check_registry(registry)
    bounds = bounds_of(settings)
    if options.send:
        store = store_of(options, settings)
        try:
            with store.transaction() as tx:
                check_current(tx)
                tell_contradictions(tx, bounds)
        finally:
            store.close()
    with reading(options, settings) as tx:
        agreement = read_agreement(tx, day(options), bounds)
    document = decisions_document(agreement, bounds, registry)
    document["sent"] = options.send
    write_rows([_cells(row) for row in document["rows"]], CELLS, options.csv)
    return shown(document, options, lambda: print_decisions(document, sys.stdout))


def decisions_document(agreement: Agreement, bounds: Bounds, registry: str | None) -> Document:
    """Each pair and kind, hidden where the registry must not see it, and what is contradicted."""
    references = agreement.references
    viewer = Viewer(registry, references.agreements)
    rows = [_row(each, viewer) for each in agreement.tallies if each.total]
    hidden = any(row["decisions"] is None for row in rows)
    sums = [row for row in rows if row["decisions"] is not None]
    return {
        "registry": registry,
        "synthetic": references.synthetic,
        "agrees": None if hidden else sum(row["agrees"] for row in sums),
        "agrees_of": None if hidden else sum(row["agrees_of"] for row in sums),
        "agrees_why": HIDDEN if hidden else None,
        "contradictions_min": bounds.at_least,
        "contradictions_of": bounds.of_last,
        "rows": rows,
        "contradictions": [
            _contradiction(each)
            for each in agreement.contradictions
            if registry is None or registry in told_of(each, references)
        ],
    }


def _row(tally: Tally, viewer: Viewer) -> Document:
    way = (tally.sender, tally.receiver, tally.kind)
    ends = {"from": tally.sender, "to": tally.receiver, "kind": tally.kind}
    if tally.is_small and not viewer.sees_decisions(way):
        return {**ends, **dict.fromkeys(_NUMBERS), "decisions_why": HIDDEN, "mean_days_why": HIDDEN}
    agrees, base = tally.agreement
    counts = {name: tally.decisions.get(name.upper(), 0) for name in _DECISIONS}
    mean = None if not tally.days_of else Decimal(tally.days) / tally.days_of
    return {
        **ends,
        "decisions": counts,
        "decisions_why": None,
        "decided": sum(counts.values()) - counts["pending"],
        "agrees": agrees,
        "agrees_of": base,
        "agreement": str(round(Decimal(agrees) / base, 4)) if base else None,
        "agreement_why": None if base else _NOTHING,
        "contradicts": tally.verdicts.get(CONTRADICTS, 0),
        "after": tally.verdicts.get(AFTER, 0),
        "other": tally.verdicts.get(OTHER, 0),
        "mean_days": None if mean is None else str(round(mean, 2)),
        "mean_days_why": "no decision on a revision that the hub received"
        if mean is None
        else None,
        "days_of": tally.days_of,
        "reasons": dict(sorted(tally.reasons.items())),
    }


_DECISIONS = ("accepted", "partly", "refused", "pending")
_NUMBERS = (
    "decisions", "decided", "agrees", "agrees_of", "agreement", "agreement_why", "contradicts",
    "after", "other", "mean_days", "days_of", "reasons",
)  # fmt: skip


def _cells(row: Document) -> Document:
    """A row for a spreadsheet: decisions a column each, reasons in one cell."""
    counts = row["decisions"] or dict.fromkeys(_DECISIONS)
    reasons = row["reasons"] or {}
    return {**row, **counts, "reasons": " ".join(f"{c}={n}" for c, n in reasons.items())}


def _contradiction(each: Contradiction) -> Document:
    return {
        **each._asdict(),
        "kinds": list(each.kinds),
        "words": contradiction_words(each),
    }


def contradiction_words(each: Contradiction) -> str:
    """One sentence: whose rule, on whose records, how often."""
    kinds: Sequence[str] = each.kinds
    rule = f"rule {each.rule_id} version {each.rule_version}"
    if each.rule_id == NOT_IN_FORCE:
        rule = "records that are not in force"
    return (
        f"{state_name(each.receiver)}, {rule}, {' and '.join(kinds)} from "
        f"{state_name(each.sender)}: {each.contradicting} of the last {each.decisions} decisions "
        "contradict it"
    )
