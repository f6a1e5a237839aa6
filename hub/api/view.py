"""The whole page worked out from one summary document: every text finished, nothing left to sum.

Pure. The template only places what stands here, and the script only swaps it for a later one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.api.parts import Column, Document, Row, Table, cells
from hub.api.source import FeedEvent
from hub.api.view_goals import goal_tables, key_numbers, people_table
from hub.api.view_matches import claim, outcome_bar, outcome_table, pair_list, pair_matrix
from hub.console.numbers import (
    NONE,
    NOT_REPORTED,
    clock_text,
    count,
    count_and_percent,
    day_text,
    days_before,
    decimal_text,
    plural,
    seconds_text,
    share,
    short_hash,
    small_word,
)
from hub.console.tally import (
    hours_total,
    live_error_text,
    name_of,
    people_text,
    registries_in_order,
    shared_text,
    total_of,
)
from hub.console.words import LANE_WORDS, rule_words

FEED_LINES_MAX = 50


def page_view(document: Document, read_at: datetime, feed: list[FeedEvent]) -> dict[str, Any]:
    document = {**document, "as_of_text": day_text(document["as_of"])}
    shown = sorted(feed, key=lambda line: -line.sequence)[:FEED_LINES_MAX]
    return {
        "document": document,
        "read_at": read_at.isoformat(),
        "read_clock": clock_text(read_at),
        "answer": _answer(document),
        "people": f"{people_text(document)}. {shared_text(document)}.",
        "live_error": live_error_text(
            document["national"]["live_error"], document["national"]["live_error_why"]
        ),
        "people_table": people_table(document),
        "freshness": _freshness(document),
        "working": _working(document),
        "keys": key_numbers(document),
        "registries": registry_table(document),
        "rules": rule_table(document),
        "claim": claim(document),
        "bar": outcome_bar(document),
        "outcomes": outcome_table(document),
        "matrix": pair_matrix(document),
        "pairs": pair_list(document),
        "sources": [(code, name_of(document, code)) for code, _ in registries_in_order(document)],
        "goals": goal_tables(document),
        "lanes": lane_table(document),
        "feed": [_feed_line(line) for line in shown],
        "newest": shown[0].sequence if shown else 0,
        "versions": _versions(document),
        "positions": sorted((name, count(at)) for name, at in _flat(document["positions"])),
        "roots": [
            ("State root", document["state_root"], short_hash(document["state_root"])),
            (
                "Canonical",
                document["state_root_canonical"],
                short_hash(document["state_root_canonical"]),
            ),
        ],
    }


def _answer(document: Document) -> str:
    national = document["national"]
    registries = plural(len(document["registries"]), "registry", "registries")
    shared = national["in_two_or_more"]
    return (
        f"{plural(national['persons'], 'person', 'people')} in {registries}; "
        f"{count(shared)} {'holds' if shared == 1 else 'hold'} a record in two or more"
    )


def _freshness(document: Document) -> str:
    """Working and fresh are two statements: this is the second."""
    late = [
        f"{name_of(document, code)} last sent {day_text(entry['last_sent_on'])} "
        f"({days_before(entry['last_sent_on'], document['as_of'])})"
        for code, entry in registries_in_order(document)
        if entry["last_sent_on"] and entry["last_sent_on"] < document["as_of"]
    ]
    return "; ".join(late) + "." if late else ""


def _working(document: Document) -> str:
    behind = sum(lane["lag"] for lane in document["lanes"].values())
    waiting = document["touches_pending"]
    if not (behind or waiting or document["outbox_pending"]):
        return "All events handled."
    ages = [lane["oldest_seconds"] for lane in document["lanes"].values()]
    known = [age for age in ages if age is not None]
    oldest = f", the oldest for {seconds_text(max(known))}" if known else ""
    changes = plural(max(waiting, behind), "change", "changes")
    return f"{changes} being worked out{oldest}; numbers may still move."


def registry_table(document: Document) -> Table:
    entries = registries_in_order(document)
    rows = [
        Row(code, name_of(document, code), _registry_cells(entry, document["as_of"]), code=code)
        for code, entry in entries
    ]
    if len(rows) > 1:
        hours = hours_total(document)
        totals = {
            key: total_of(document, key)
            for key in ("rows", "rejected", "persons", "active_persons", "inbox_written")
        }
        totals_row = {**totals, "verified_clock_hours": hours, "last_sent_on": None}
        total = _registry_cells(totals_row, document["as_of"])[:-1] + cells("not applicable")
        rows.append(Row("all", f"All {small_word(len(rows))}", total, is_total=True))
    columns = (
        Column("Rows"),
        Column("Rejected, rows"),
        Column("Accounts"),
        Column("Active accounts"),
        Column("Verified clock hours"),
        Column("Sent back, items"),
        Column("Last sent", is_number=False),
    )
    caption = f"What the registries sent, source: their own exports, as of {document['as_of_text']}"
    empty = "No registry has sent anything yet. Numbers appear with the first file: hub publish."
    head = "Registry ↑"
    return Table("registries", caption, head, columns, tuple(rows), "/registries.csv", empty)


def _registry_cells(entry: Any, as_of: str) -> Any:
    rows, last = entry["rows"], entry["last_sent_on"]
    return cells(
        count(rows),
        NOT_REPORTED if rows is None else count_and_percent(entry["rejected"], rows),
        count(entry["persons"]),
        count(entry["active_persons"]),
        decimal_text(entry["verified_clock_hours"]),
        "not applicable" if entry["inbox_written"] is None else count(entry["inbox_written"]),
        f"{day_text(last)} ({days_before(last, as_of)})" if last else NOT_REPORTED,
    )


def rule_table(document: Document) -> Table:
    by_rule = sorted(document["rejected_by_rule"].items(), key=lambda item: (-item[1], item[0]))
    total = sum(number for _, number in by_rule)
    rows = tuple(
        Row(rule, rule_words(rule), cells(count(number), share(number, total)), code=rule)
        for rule, number in by_rule
    )
    columns = (Column("Rejected rows ↓"), Column("Share of rejected rows"))
    caption = f"Rejected rows by rule, all registries, as of {document['as_of_text']}"
    return Table("rules", caption, "Rule", columns, rows, "/registries.csv", "No row was rejected.")


def lane_table(document: Document) -> Table:
    rows = tuple(
        Row(
            lane,
            lane,
            cells(
                LANE_WORDS.get(lane, NONE),
                count(state["position"]),
                count(state["lag"]),
                NONE if state["oldest_seconds"] is None else seconds_text(state["oldest_seconds"]),
                state["last_error"] or NONE,
            ),
        )
        for lane, state in document["lanes"].items()
    )
    columns = (
        Column("What it does", is_number=False),
        Column("Position, events"),
        Column("Behind, events"),
        Column("Oldest waiting"),
        Column("Last error", is_number=False),
    )
    caption = "System's lanes, source: the hub's own positions, at this page's time"
    return Table("lanes", caption, "Lane", columns, rows, "", "No lane has started yet.")


def _feed_line(line: FeedEvent) -> dict[str, Any]:
    return {
        "sequence": line.sequence,
        "at": line.at,
        "clock": clock_text(line.at),
        "who": line.who,
        "what": line.what,
        "follows": line.follows,
    }


def _versions(document: Document) -> list[tuple[str, str]]:
    versions = document["versions"]
    policies = ", ".join(f"{code} {at}" for code, at in sorted(versions["policies"].items()))
    return [
        ("Hub", str(versions["hub"])),
        ("Fold", str(versions["fold"])),
        ("Schemas", short_hash(str(versions["schemas"]))),
        ("Policy set", policies or NONE),
        ("Token epoch", str(versions["token_epoch"])),
    ]


def _flat(positions: Any, prefix: str = "") -> list[tuple[str, int]]:
    """Positions by topic and partition, however deep the document nests them."""
    found: list[tuple[str, int]] = []
    for name, value in positions.items():
        path = f"{prefix}{name}"
        found += _flat(value, f"{path}/") if isinstance(value, dict) else [(path, value)]
    return found
