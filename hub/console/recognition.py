"""Work queues, decisions and lapses as a person reads them: the answer first, then a block each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from hub.console.numbers import count, decimal_text, plural, share
from hub.console.reviews import columns_of, write_lines
from hub.console.terminal import Terminal, escape_controls, terminal_of
from hub.console.words import OUTCOMES
from hub.domain.states import state_name

ROWS_SHOWN = 20
WIDTH = 80
_INDENT = "     "

Document = Mapping[str, Any]


def print_queue(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """How much waits and for how long, then each record: answer, documents, why."""
    terminal = terminal or terminal_of(stream)
    rows, name = document["rows"], document["name"]
    head = plural(document["open"], "record waits", "records wait")
    oldest = f", the oldest for {_days(rows[0]['days'])}" if rows else ""
    lines = [
        terminal.styled(f"{head} for {name}'s decision{oldest}.", "bold"),
        f"As of {document['as_of']}; of {count(document['answers'])} answers of its policy, those "
        "it may see.",
        *synthetic_line(document),
    ]
    for row in rows[:ROWS_SHOWN]:
        lines += ["", *_waiting(row, terminal)]
    if document["open"] > len(rows[:ROWS_SHOWN]):
        lines += ["", _more(len(rows[:ROWS_SHOWN]), document["open"])]
    if rows:
        first = rows[0]
        record = f"{first['from']}/{first['kind']}/{escape_controls(first['record_id'])}"
        lines += [
            "",
            "Next: hub match decide says what was decided, for instance on",
            f"  {record}",
        ]
    else:
        lines += ["", "Nothing waits."]
    write_lines(lines, stream, terminal)


def _waiting(row: Mapping[str, Any], terminal: Terminal) -> Iterator[str]:
    ids = ", ".join(map(escape_controls, row["own_person_ids"])) or row["own_person_ids_why"]
    record = escape_controls(row["record_id"])
    yield (
        f"{_days(row['days'])}  {outcome_text(row['outcome'], terminal)}  "
        f"{row['kind']} {record} of {state_name(row['from'])}"
    )
    yield from _indented(f"person {ids}; {row['words']}")
    if row["documents_received"]:
        yield from _indented(f"noted: {_words(row['documents_received'])}")
    if row["documents_missing"]:
        yield from _indented(f"missing: {_words(row['documents_missing'])}")
    if row["decision"] not in (None, "PENDING"):
        yield from _indented(f"{row['decision_why']}: {row['decision'].lower()}")
    if row["appeal_reason"] is not None:
        contact = row["appeal_contact"] or "contact not named"
        yield from _indented(f"appealed: {_word(row['appeal_reason'])} ({contact})")


def outcome_text(code: str, terminal: Terminal) -> str:
    """Icon and words; a letter where the terminal has no icons."""
    found = next((each for each in OUTCOMES if each.code == code), None)
    if found is None:
        return code
    icon = found.icon if terminal.has_unicode else f"[{found.letter}]"
    return f"{icon} {found.words}"


def synthetic_line(document: Document) -> list[str]:
    """Said wherever figures come from made-up data."""
    return ["Synthetic data: all people are made up."] if document["synthetic"] else []


def _days(days: int) -> str:
    return plural(days, "day", "days")


def _word(code: str) -> str:
    return escape_controls(code).replace("_", " ")


def _words(codes: Sequence[str]) -> str:
    return ", ".join(map(_word, codes))


def _indented(text: str) -> list[str]:
    return textwrap.wrap(
        escape_controls(text), WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT + "  "
    )


def _more(shown: int, total: int) -> str:
    return f"Showing {count(shown)} of {count(total)}; all of them with --json - or --csv."


_SENT = (
    "Sent: the registry whose rule it is has it in its inbox, the other one where",
    "agreements let decisions come back; what holds no longer was taken back.",
)
_DECISIONS_HEAD = ("From", "To", "Kind", "Decided", "Agreement", "After", "Other", "Mean days")


def print_decisions(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """How far decisions agree with the rules, by pair and kind, and the rules they contradict."""
    terminal = terminal or terminal_of(stream)
    rows, found = document["rows"], document["contradictions"]
    lines = [terminal.styled(_decided_head(document), "bold"), *_decided_notes(document)]
    if rows:
        shown = [_decided(row) for row in rows]
        lines += ["", *columns_of(_DECISIONS_HEAD, shown, numbers=(3, 5, 6, 7))]
        lines += _reasons(rows)
    bounds = f"{document['contradictions_min']} or more of the last {document['contradictions_of']}"
    if found:
        rules = plural(len(found), "rule is", "rules are")
        lines += ["", terminal.styled(f"{rules} contradicted by {bounds} decisions:", "bold")]
        for each in found:
            lines += _indented(each["words"])
        lines += _SENT if document["sent"] else ["Next: --send tells both registries."]
    else:
        lines += ["", f"No rule is contradicted by {bounds} decisions."]
        if document["sent"]:
            lines.append("Sent: what had been told before was taken back.")
    write_lines(lines, stream, terminal)


def _decided_head(document: Document) -> str:
    agree, base = document["agrees"], document["agrees_of"]
    if agree is None:
        return f"Agreement of decisions with the rules: {document['agrees_why']}."
    if not base:
        return "No decision can be compared with the rules yet."
    return f"{share(agree, base)} decisions agree with the rules."


def _decided_notes(document: Document) -> list[str]:
    lines = [
        "Compared are decisions on what the rules accepted or denied on that day.",
        "After: the rules had left it to people. Other: nothing decided, or on another",
        "revision, or no rule in force.",
        *synthetic_line(document),
    ]
    if document["registry"] is not None:
        name = state_name(document["registry"])
        lines.append(f"As {name} may see it: counts under 10 of others are hidden.")
    return lines


def _decided(row: Mapping[str, Any]) -> tuple[str, ...]:
    ends = (row["from"], row["to"], row["kind"])
    if row["decisions"] is None:
        return (*ends, "hidden", row["decisions_why"], "hidden", "hidden", "hidden")
    mean = row["mean_days"]
    return (
        *ends,
        count(row["decided"]),
        row["agreement_why"] or share(row["agrees"], row["agrees_of"]),
        count(row["after"]),
        count(row["other"]),
        "none" if mean is None else f"{decimal_text(mean, places=1)} of {count(row['days_of'])}",
    )


def _reasons(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    told = [row for row in rows if row["reasons"]]
    if told:
        yield ""
        yield "Reasons"
    for row in told:
        ordered = sorted(row["reasons"].items(), key=lambda item: (-item[1], item[0]))
        reasons = ", ".join(f"{_word(code)} {count(number)}" for code, number in ordered)
        way = f"from {state_name(row['from'])} to {state_name(row['to'])}"
        yield from _indented(f"{way}, {row['kind']}: {reasons}")


_LAPSES_HEAD = ("Last day", "Days left", "Held by", "Record", "Accepted by", "Person there")


def print_lapses(document: Document, stream: TextIO, terminal: Terminal | None = None) -> None:
    """Accepted credentials whose last day comes near."""
    terminal = terminal or terminal_of(stream)
    rows = document["rows"]
    head = plural(len(rows), "accepted credential ends", "accepted credentials end")
    lines = [
        terminal.styled(f"{head} within {_days(document['within_days'])}.", "bold"),
        f"As of {document['as_of']}, last days up to {document['until']}.",
        *synthetic_line(document),
    ]
    if document["unshared"]:
        kept = plural(document["unshared"], "more is", "more are")
        lines.append(f"{kept} told to nobody, since no agreement or consent covers it.")
    if rows:
        shown = [_lapse(row) for row in rows[:ROWS_SHOWN]]
        lines += ["", *columns_of(_LAPSES_HEAD, shown, numbers=(1,))]
    if len(rows) > ROWS_SHOWN:
        lines.append(_more(ROWS_SHOWN, len(rows)))
    if document["sent"]:
        lines += ["", _lapses_sent(document)]
    elif rows:
        lines += ["", "Next: --send tells both registries now; hub run does it once a day."]
    write_lines(lines, stream, terminal)


def _lapse(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["lapses_on"],
        count(row["days_left"]),
        row["held_by"],
        escape_controls(row["record_id"]),
        row["accepted_by"],
        " ".join(map(escape_controls, row["own_person_ids"])) or "by consent",
    )


def _lapses_sent(document: Document) -> str:
    taken = plural(document["taken_back"], "notice was", "notices were")
    return f"Sent: both registries have each in their inboxes; {taken} taken back."
