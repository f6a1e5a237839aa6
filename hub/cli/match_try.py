"""What `hub match try` does: answer one record by policy files, on one day, with the trace."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hub.cli.common import UsageError
from hub.cli.policy_check import checked, same_revisions
from hub.console.terminal import escape_controls
from hub.domain.states import state_name
from hub.reciprocity.answer import Answer
from hub.reciprocity.answer_json import explained
from hub.reciprocity.evaluate import evaluate
from hub.reciprocity.facts import Evidence, RecordFacts, Request
from hub.reciprocity.facts_json import FactsError, input_from_json
from hub.reciprocity.policy import Policy, PolicyError
from hub.reciprocity.timeline import interval_on
from hub.reciprocity.trace_words import trace_lines

RECORD_BYTES_MAX = 10_000_000
Given = tuple[RecordFacts, Evidence, Request]


def run_match_try(paths: Sequence[Path], record: Path, day: date, *, as_json: bool) -> int:
    """Each receiver's answer; 0 also where there is no policy on the kind."""
    policies = standing_policies(paths)
    given = input_from_json(_read_record(record))
    for number, policy in enumerate(policies):
        answer = evaluate(policy, *given[:2], day, given[2], trace=True)
        interval = interval_on(policy, *given, day)
        document = explained(policy.registry, answer, interval, given)
        if as_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
            continue
        lines = [] if number == 0 else [""]
        lines += [escape_controls(each) for each in _lines(document, answer, given[0], day)]
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def standing_policies(paths: Sequence[Path]) -> list[Policy]:
    """The highest revision of each registry among the files, in the order of registries. Raises
    PolicyError."""
    best: dict[str, Policy] = {}
    for each in same_revisions([checked(path) for path in paths]):
        if each.policy is None or each.problems:
            raise PolicyError(each.file, each.problems)
        held = best.get(each.policy.registry)
        if held is None or each.policy.revision > held.revision:
            best[each.policy.registry] = each.policy
    return [best[registry] for registry in sorted(best)]


def _read_record(path: Path) -> dict[str, Any]:
    """The record file. Raises FactsError, and UsageError where it cannot be read."""
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(RECORD_BYTES_MAX + 1)
        else:
            with path.open("rb") as file:
                data = file.read(RECORD_BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(
            f"{path} was not read: {error.strerror}", fix="name a record file, or - for stdin"
        ) from None
    if len(data) > RECORD_BYTES_MAX:
        raise FactsError(
            f"{path}: is larger than {RECORD_BYTES_MAX:,} bytes", fix="Leave out what is not used."
        )
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_each_key_once)
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}:{error.colno}"
        raise FactsError(f"{where}: is not JSON here", fix="Correct it.") from None
    except (ValueError, RecursionError) as error:
        why = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "is not a record file"
        raise FactsError(f"{path}: {why}", fix="Write JSON, each key once.") from None
    if not isinstance(found, dict):
        raise FactsError(f"{path}: is not a table", fix='Write { "record": { … } }.')
    return found


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _lines(
    document: dict[str, Any], answer: Answer | None, facts: RecordFacts, day: date
) -> Iterator[str]:
    yield document["words"]
    to, kind = document["to"], facts.kind
    way = f"from {state_name(facts.registry)} to {state_name(to)}"
    yield f"  {way}, {kind} {facts.record_id}, on {day.isoformat()}"
    if answer is None:
        return
    yield f"  rule       {answer.rule_id} version {answer.rule_version}"
    yield f"  holds      {_days(document['valid'])}"
    if answer.documents:
        yield f"  documents  {', '.join(each.replace('_', ' ') for each in answer.documents)}"
    if answer.tried:
        yield "Tried, in this order:"
        yield from (f"  {line}" for line in trace_lines(answer))


def _days(valid: dict[str, Any] | None) -> str:
    if valid is None:
        return "on this day"
    end = "no end" if valid["until"] is None else f"until {valid['until']}"
    return f"from {valid['from']}, {end}"
