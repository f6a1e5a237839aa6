"""A file's rows judged against persons and against each other.

The verdicts do not depend on the order of files, and on the order of rows only where two rows of
one record and stamp say different things: then the first stands. Rows of one statement share one
fate, but a row that contradicts an earlier one is rejected alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from hub.domain.events import Kind
from hub.intake.plan import Plan
from hub.intake.reader import Row
from hub.intake.rows import Checked, Fault, check_row, here_of

Key = tuple[str, int]
Slots = dict[str | None, Checked]
HERE_LENGTH_MAX = 90


@dataclass(slots=True)
class Judged:
    """What became of a file's rows: statements that are good, rows that repeat one, faults."""

    plan: Plan
    rows: int
    statements: dict[Key, Slots] = field(default_factory=dict)
    repeats: dict[Key, list[Checked]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def check_rows(plan: Plan, rows: Iterable[Row]) -> tuple[list[Checked], list[Fault]]:
    """Every row by itself. A record id that no good row's id resembles is not shown: in a row of
    another width any cell can stand in its place."""
    good: list[Checked] = []
    faults: list[Fault] = []
    for row in rows:
        verdict = check_row(plan, row)
        if isinstance(verdict, Checked):
            good.append(verdict)
        else:
            faults.append(verdict)
    shapes = {_shape(row.record_id) for row in good}
    return good, [_masked(fault, shapes) for fault in faults]


def _shape(text: str) -> str:
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in text)


def _masked(fault: Fault, shapes: set[str]) -> Fault:
    if fault.rule != "column_count" or _shape(fault.record_id) in shapes:
        return fault
    return Fault(fault.line, fault.field, fault.rule, "", fault.here)


def persons_of(files: Iterable[tuple[Plan, list[Checked]]]) -> set[str]:
    """Person ids with a good profile in the submission."""
    return {row.record_id for plan, rows in files if plan.kind == Kind.PROFILE for row in rows}


def judge_file(
    plan: Plan, good: list[Checked], faults: list[Fault], has_person: Callable[[str], bool]
) -> Judged:
    """Judge rows that are good by themselves; `faults` are those that are not."""
    judged = Judged(plan, len(good) + len(faults), faults=list(faults))
    needs_person = plan.kind not in (Kind.PROFILE, Kind.APPROVAL)
    for row in good:
        if needs_person and not has_person(row.person_id or ""):
            index = plan.at[plan.file.person or plan.file.key]
            judged.faults.append(_against(plan, row, index, "orphan_person"))
        else:
            _place(judged, row)
    if plan.file.group:
        _share_fate(judged)
        _check_sums(judged)
    judged.faults.sort(key=lambda fault: fault.line)
    return judged


def _against(plan: Plan, row: Checked, index: int, rule: str) -> Fault:
    here = here_of(plan, row.cells, index)
    statement = (row.record_id, row.stamp) if plan.file.group else None
    place = plan.names[index]
    return Fault(row.line, place, rule, row.record_id, here, statement, _slot(plan, row))


def _place(judged: Judged, row: Checked) -> None:
    """Add a row to its statement, unless it repeats or contradicts an earlier one."""
    plan, key = judged.plan, (row.record_id, row.stamp)
    slots = judged.statements.setdefault(key, {})
    slot = _slot(plan, row)
    same = slots.get(slot)
    if same is not None and same.cells == row.cells:
        judged.repeats.setdefault(key, []).append(row)
        return
    other = same or next(iter(slots.values()), None)
    differing = None if other is None else _differing(plan, other, row, whole=same is not None)
    if differing is None:
        slots[slot] = row
    else:
        judged.faults.append(_against(plan, row, differing, "conflicting_duplicate"))


def _slot(plan: Plan, row: Checked) -> str | None:
    """Which row of its statement this is."""
    return row.words[plan.file.group.line] if plan.file.group else None


def _differing(plan: Plan, first: Checked, row: Checked, *, whole: bool) -> int | None:
    for index, cell in enumerate(row.cells):
        if cell != first.cells[index] and (whole or index not in plan.varies):
            return index
    return None


def _share_fate(judged: Judged) -> None:
    """A row that is rejected takes the rest of its statement with it, unless a good row stands in
    its place."""
    for fault in list(judged.faults):
        if fault.statement is None or fault.rule == "conflicting_duplicate":
            continue
        slots = judged.statements.get(fault.statement)
        if slots is not None and fault.slot not in slots:
            index = judged.plan.at[fault.field]
            _reject(judged, fault.statement, index, fault.rule, None)


def _reject(judged: Judged, key: Key, index: int, rule: str, here: str | None) -> None:
    """Reject a whole statement, the rows that repeat one of its rows included."""
    rows = [*judged.statements.pop(key).values(), *judged.repeats.pop(key, [])]
    for row in rows:
        stands = here if here is not None else here_of(judged.plan, row.cells, index)
        field_name = judged.plan.names[index]
        judged.faults.append(Fault(row.line, field_name, rule, row.record_id, stands))


def _check_sums(judged: Judged) -> None:
    """Hours by knowledge area add up to those of the completion, over the rows of a statement."""
    plan = judged.plan
    areas = plan.file.areas
    if areas is None or areas.amount is None:
        return
    index = plan.at[areas.amount]
    for key, slots in list(judged.statements.items()):
        rows = sorted(slots.values(), key=lambda row: row.line)
        hours = rows[0].hours
        parts = [row.values[index] or Decimal(0) for row in rows]
        if hours is not None and sum(parts, Decimal(0)) != hours[0]:
            _reject(judged, key, index, "split_sum_mismatch", _sum_here(plan, rows, index))


def _sum_here(plan: Plan, rows: list[Checked], index: int) -> str:
    lines = " and ".join(str(row.line) for row in rows)
    parts = " and ".join(row.cells[index].strip() or "nothing" for row in rows)
    total = next(a for a in plan.file.amount if rows[0].words[a.column] is not None).column
    word = "line" if len(rows) == 1 else "lines"
    return f"{word} {lines}: {parts}, {total} {rows[0].words[total]}"[:HERE_LENGTH_MAX]
