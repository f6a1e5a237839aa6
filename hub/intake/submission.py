"""Files of one submission to statements and receipts, judged whole. Pure: bytes in, facts out.

One receipt for every row: accepted (its statement stands), superseded (good, but older than the
record's newest good statement here or in earlier submissions), duplicate (repeats a row of this
submission), rejected. The order of files does not matter.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from hub.domain.events import EVENT_NAMESPACE
from hub.domain.statements import FileReceipt, KnownRecords, Rejection, Statement, Submission
from hub.errors import RejectedError
from hub.intake.bodies import build
from hub.intake.judge import Judged, Key, Slots, check_rows, judge_file, persons_of
from hub.intake.mapping import Mapping as RegistryMapping
from hub.intake.plan import Plan, plan_of
from hub.intake.reader import read_rows


def read_submission(
    files: Mapping[str, bytes],
    mapping: RegistryMapping,
    known: KnownRecords | None = None,
    extract_on: date | None = None,
) -> Submission:
    """Read and judge a submission. Files that the mapping does not name are left aside.

    Raises RejectedError where no file is one of the mapping's, or where a file is not as its
    layout says, header or trailer.
    """
    named = {file.name: files[file.name] for file in mapping.file if file.name in files}
    if not named:
        wanted = ", ".join(file.name for file in mapping.file)
        raise RejectedError(
            f"no file of {mapping.registry} is there: its files are {wanted}",
            reason="no_files",
            fix="name the folder that holds the export",
        )
    day = extract_on or mapping.extract_on
    judged = _judge(named, mapping, known, day)
    receipts: list[FileReceipt] = []
    statements: list[Statement] = []
    for file in judged:
        receipt, stated = _conclude(file, known)
        receipts.append(receipt)
        statements += stated
    digest = digest_of_files(named)
    return Submission(
        registry=mapping.registry,
        submission_id=str(uuid.uuid5(EVENT_NAMESPACE, f"{mapping.registry}\x1f{digest}")),
        digest=digest,
        extract_on=day,
        mapping_version=mapping.version,
        synthetic=mapping.synthetic,
        kinds=mapping.kinds,
        elements=mapping.elements,
        functions=tuple(mapping.functions),
        files=tuple(sorted(receipts, key=lambda receipt: receipt.name)),
        statements=tuple(statements),
    )


def _judge(
    files: Mapping[str, bytes],
    mapping: RegistryMapping,
    known: KnownRecords | None,
    extract_on: date,
) -> list[Judged]:
    checked = []
    for file in mapping.file:
        if file.name in files:
            plan = plan_of(mapping, file, extract_on)
            checked.append(
                (plan, *check_rows(plan, read_rows(files[file.name], file, mapping.form)))
            )
    persons = persons_of((plan, good) for plan, good, _ in checked)

    def has_person(person_id: str) -> bool:
        return person_id in persons or (known is not None and known.has_person(person_id))

    return [judge_file(plan, good, faults, has_person) for plan, good, faults in checked]


def _conclude(judged: Judged, known: KnownRecords | None) -> tuple[FileReceipt, list[Statement]]:
    """Receipt of a file and its statements, in the order of their first rows."""
    newest = _newest(judged, known)
    accepted = superseded = 0
    statements = []
    for key, slots in judged.statements.items():
        if key[1] < newest[key[0]]:
            superseded += len(slots)
        else:
            accepted += len(slots)
        statements.append(_statement(judged.plan, key, slots))
    statements.sort(key=lambda statement: statement.row)
    receipt = FileReceipt(
        name=judged.plan.file.name,
        kind=judged.plan.file.kind,
        rows=judged.rows,
        accepted=accepted,
        superseded=superseded,
        duplicate=sum(len(rows) for rows in judged.repeats.values()),
        rejections=tuple(
            Rejection(
                line=fault.line,
                field=fault.field,
                rule=fault.rule,
                record_id=fault.record_id,
                here=fault.here,
            )
            for fault in judged.faults
        ),
    )
    return receipt, statements


def _newest(judged: Judged, known: KnownRecords | None) -> dict[str, int]:
    newest: dict[str, int] = {}
    for record_id, stamp in judged.statements:
        if record_id not in newest:
            earlier = known.newest_stamp(judged.plan.kind, record_id) if known else None
            newest[record_id] = stamp if earlier is None else max(stamp, earlier)
        newest[record_id] = max(newest[record_id], stamp)
    return newest


def _statement(plan: Plan, key: Key, slots: Slots) -> Statement:
    rows = [slots[slot] for slot in sorted(slots, key=_slot_order)]
    parts = build(plan, rows)
    return Statement(
        kind=plan.kind,
        record_id=key[0],
        person_id=rows[0].person_id,
        revision=key[1],
        change=parts.change,
        body=parts.body,
        private=parts.private,
        identity=parts.identity,
        file=plan.file.name,
        row=min(row.line for row in rows),
    )


def _slot_order(slot: str | None) -> tuple[int, str]:
    """Line numbers as numbers: 2 before 10."""
    return (len(slot or ""), slot or "")


def digest_of_files(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, in order of name, lower-case hex."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(name.encode() + b"\x1f" + hashlib.sha256(files[name]).digest())
    return whole.hexdigest()


def load_files(directory: Path, mapping: RegistryMapping) -> dict[str, bytes]:
    """The files of a folder that the mapping names."""
    return {
        file.name: (directory / file.name).read_bytes()
        for file in mapping.file
        if (directory / file.name).is_file()
    }


def unread_files(directory: Path, mapping: RegistryMapping) -> tuple[str, ...]:
    """Names in the folder that the mapping does not know: reported, not read."""
    return tuple(
        sorted(p.name for p in directory.iterdir() if p.is_file() and not mapping.file_of(p.name))
    )
