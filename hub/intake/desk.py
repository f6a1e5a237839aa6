"""A submission's receipt for the state's own desk, as lines and as JSON.

Only here is shown what stands in a rejected cell, cut and escaped, and never of identity columns.
"""

from __future__ import annotations

from typing import Any

from hub.domain.events import Kind
from hub.domain.messages import message
from hub.domain.statements import FileReceipt, KnownRecords, Rejection, Submission
from hub.intake.mapping import Mapping

NOUNS = {
    "profile": "profile",
    "employment": "employment",
    "education": "education",
    "training_completion": "completion",
    "credential": "credential",
    "approval": "approval",
}


def desk_report(
    submission: Submission, mapping: Mapping, known: KnownRecords | None = None
) -> list[str]:
    """Lines for `hub check`: each rejected row, then how many rows of its file are ready."""
    stated = _stated(submission)
    lines: list[str] = []
    for receipt in submission.files:
        path = f"{mapping.registry}/{receipt.name}"
        for rejection in receipt.rejections:
            lines += _block(path, receipt, rejection, _effect(receipt, rejection, stated, known))
        if receipt.rejections:
            lines.append("")
        lines.append(
            f"{path}: {receipt.rows:,} rows, {receipt.rows - receipt.rejected:,} ready, "
            f"{receipt.rejected:,} rejected"
        )
    return lines


def desk_json(
    submission: Submission, mapping: Mapping, known: KnownRecords | None = None
) -> dict[str, Any]:
    """The same as one document."""
    stated = _stated(submission)
    return {
        "registry": mapping.registry,
        "submission_id": submission.submission_id,
        "extract_on": submission.extract_on.isoformat(),
        "synthetic": submission.synthetic,
        "files": {
            receipt.name: {
                "kind": receipt.kind,
                "rows": receipt.rows,
                "accepted": receipt.accepted,
                "superseded": receipt.superseded,
                "duplicate": receipt.duplicate,
                "rejected": receipt.rejected,
                "rejections": [
                    _rejection_json(rejection, _effect(receipt, rejection, stated, known))
                    for rejection in receipt.rejections
                ],
            }
            for receipt in submission.files
        },
    }


def _rejection_json(rejection: Rejection, effect: str) -> dict[str, Any]:
    words = message(rejection.rule, rejection.field)
    return {
        "line": rejection.line,
        "field": rejection.field,
        "rule": rejection.rule,
        "record_id": rejection.record_id,
        "message": f"{words.what}; {words.fix}",
        "here": rejection.here,
        "effect": effect,
    }


def _block(path: str, receipt: FileReceipt, rejection: Rejection, effect: str) -> list[str]:
    words = message(rejection.rule, rejection.field)
    record = f"{NOUNS[receipt.kind]} {rejection.record_id}" if rejection.record_id else "no record"
    parts = [f"{path}:{rejection.line}", rejection.field or "whole row", rejection.rule, record]
    lines = ["  ".join(parts), f"  what    {words.what}"]
    if rejection.here:
        lines.append(f"  here    {rejection.here}")
    return [*lines, f"  fix     {words.fix}", f"  effect  {effect}"]


def _stated(submission: Submission) -> set[tuple[str, str]]:
    return {(s.kind.event_name, s.record_id) for s in submission.statements}


def _effect(
    receipt: FileReceipt,
    rejection: Rejection,
    stated: set[tuple[str, str]],
    known: KnownRecords | None,
) -> str:
    """What the rejection means for the record."""
    noun = NOUNS[receipt.kind]
    if not rejection.record_id:
        return "this row changes nothing"
    if (receipt.kind, rejection.record_id) in stated:
        return f"this row changes nothing; another statement of this {noun} stands"
    kind = Kind[receipt.kind.upper()]
    if known is not None and known.newest_stamp(kind, rejection.record_id) is not None:
        return f"this row changes nothing; an earlier statement of this {noun} stands"
    return f"this {noun} is not recorded; there is no other statement of it"
