"""What `hub match queue` does: list what waits for one registry's decision."""

from __future__ import annotations

import sys
from datetime import date

from hub.cli.match_reading import reading
from hub.cli.review_options import AskOptions, check_registry, day, shown, write_rows
from hub.console.progress import Progress
from hub.console.recognition import print_queue
from hub.domain.state import Document
from hub.domain.states import state_name
from hub.lanes.work_queue import Open, Queue, read_queue
from hub.reciprocity.words import sentence
from hub.settings import Settings

CELLS = (
    "registry", "days", "since", "own_person_ids", "own_person_ids_why", "from", "kind",
    "record_id", "record_revision", "outcome", "documents_missing", "documents_received", "reason",
    "words", "rule", "decision", "decision_why", "appeal_reason", "appeal_contact", "appeal_why",
)  # fmt: skip
_LISTS = ("own_person_ids", "documents_missing", "documents_received")


def run_queue(registry: str, limit: int | None, options: AskOptions, settings: Settings) -> int:
    """List the queue as the registry may see it, the oldest first."""
    check_registry(registry)
    as_of = day(options)
    progress = Progress(sys.stderr)
    with reading(options, settings) as tx, progress.step("Reading", "Read") as step:
        queue = read_queue(
            tx, registry, as_of, limit=limit, tell=lambda count: step.update(count, None, "answers")
        )
        step.result = f"{queue.matches:,} answers of {state_name(registry)}'s policy"
    document = queue_document(queue, registry, as_of, limit)
    cells = [{**row, **{name: " ".join(row[name]) for name in _LISTS}} for row in document["rows"]]
    write_rows(cells, CELLS, options.csv)
    return shown(document, options, lambda: print_queue(document, sys.stdout))


def queue_document(queue: Queue, registry: str, as_of: date, limit: int | None = None) -> Document:
    """The queue as data and words."""
    return {
        "registry": registry,
        "name": state_name(registry),
        "as_of": as_of.isoformat(),
        "synthetic": queue.synthetic,
        "open": queue.total,
        "limit": limit,
        "answers": queue.matches,
        "rows": [_row(each, registry) for each in queue.opened],
    }


def _row(each: Open, registry: str) -> Document:
    answer, decision, appeal = each.answer, each.decision, each.appeal
    return {
        "registry": registry,
        "days": each.days,
        "since": each.since.isoformat(),
        "own_person_ids": list(each.own_ids),
        "own_person_ids_why": None if each.own_ids else _why_nobody(each),
        "from": each.key.registry,
        "kind": each.kind,
        "record_id": each.key.record_id,
        "record_revision": each.record_revision,
        "outcome": answer.outcome,
        "documents_missing": list(each.missing),
        "documents_received": [] if decision is None else list(decision["document_received"]),
        "reason": answer.reason,
        "words": sentence(answer, receiver=state_name(registry), kind=each.kind),
        "rule": f"{answer.rule_id} {answer.rule_version}",
        "decision": None if decision is None else decision["decision"],
        "decision_why": _why_open(each),
        "appeal_reason": None if appeal is None else appeal.reason,
        "appeal_contact": None if appeal is None else appeal.contact,
        "appeal_why": "no appeal" if appeal is None else None,
    }


def _why_nobody(each: Open) -> str:
    personal = each.kind in ("training", "education", "credential")
    return "known by consent alone" if personal else "an approval is of no person here"


def _why_open(each: Open) -> str:
    if each.decision is None:
        return "not decided yet"
    if each.decision["decision"] == "PENDING":
        return "documents are noted, nothing is decided"
    return "an earlier revision was decided on"
