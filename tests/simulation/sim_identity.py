"""The identity lane's tables of the simulated store: persons, pairs, answers, inputs, decisions.

Each port call is one statement; others may go on before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.domain.identity_rows import InputRow, RecordedRow
from hub.domain.rows import AnswerRow, ClaimRow, PairRow, Person
from tests.simulation.sim_database import Session

Pairs = Sequence[tuple[Person, Person]]


class SimClaims:
    """Persons in the identity lane."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_persons(self, persons: Sequence[Person]) -> list[ClaimRow]:
        if not persons:
            return []
        self._session.statement("claims.of_persons", *persons)
        rows = self._session.read("claim")
        return [rows[person] for person in persons if person in rows]

    def after(self, claim_offset: int, count_max: int) -> list[ClaimRow]:
        self._session.statement("claims.after", claim_offset)
        rows = [r for r in self._session.read("claim").values() if r.claim_offset > claim_offset]
        return sorted(rows, key=lambda row: row.claim_offset)[:count_max]

    def held(self) -> list[ClaimRow]:
        self._session.statement("claims.held")
        return sorted(row for row in self._session.read("claim").values() if row.held)

    def put(self, rows: Sequence[ClaimRow]) -> None:
        if rows:
            ordered = sorted(rows, key=lambda row: row.person)
            self._session.statement("claims.put", *(row.person for row in ordered))
            for row in ordered:
                self._session.upsert("claim", row.person, row)


class SimPairs:
    """What stands between two persons."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _rows(self, what: str, *detail: Any) -> list[PairRow]:
        self._session.statement(what, *detail)
        return sorted(self._session.read("identity_pair").values())

    def all(self) -> list[PairRow]:
        return self._rows("pairs.all")

    def get(self, pairs: Pairs) -> list[PairRow]:
        if not pairs:
            return []
        rows = self._rows("pairs.get", *pairs)
        return [row for row in rows if (row.one, row.other) in pairs]

    def of_persons(self, persons: Sequence[Person]) -> list[PairRow]:
        if not persons:
            return []
        rows = self._rows("pairs.of_persons", *persons)
        return [row for row in rows if row.one in persons or row.other in persons]

    def put(self, rows: Sequence[PairRow]) -> None:
        if rows:
            ordered = sorted(rows)
            self._session.statement("pairs.put", *((row.one, row.other) for row in ordered))
            for row in ordered:
                key = (row.one, row.other)
                if row.verdict:
                    self._session.upsert("identity_pair", key, row)
                else:
                    self._session.delete("identity_pair", key)


class SimAnswers:
    """What registries and the Alliance said of pairs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> list[AnswerRow]:
        self._session.statement("answers.all")
        return sorted(self._session.read("identity_answer").values())

    def of_pairs(self, pairs: Pairs) -> list[AnswerRow]:
        if not pairs:
            return []
        self._session.statement("answers.of_pairs", *pairs)
        rows = sorted(self._session.read("identity_answer").values())
        return [row for row in rows if (row.one, row.other) in [tuple(pair) for pair in pairs]]

    def put(self, rows: Sequence[AnswerRow]) -> None:
        if rows:
            ordered = sorted(rows)
            self._session.statement("answers.put", *(row[:5] for row in ordered))
            for row in ordered:
                self._session.upsert("identity_answer", row[:5], row)


class SimInputs:
    """What came from others than persons, and decisions that are on the log."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> list[InputRow]:
        self._session.statement("inputs.all")
        rows = self._session.read("identity_input").values()
        return sorted(rows, key=lambda row: row.claim_offset)

    def get(self, kind: int, key: str) -> InputRow | None:
        self._session.statement("inputs.get", kind, key)
        row: InputRow | None = self._session.read("identity_input").get((kind, key))
        return row

    def put(self, row: InputRow) -> None:
        self._session.statement("inputs.put", row.kind, row.key, row.parts)
        self._session.upsert("identity_input", (row.kind, row.key), row)

    def record(self, rows: Sequence[RecordedRow]) -> None:
        if rows:
            ordered = sorted(rows)
            self._session.statement("inputs.record", *(row[:2] for row in ordered))
            for row in ordered:
                self._session.upsert("identity_recorded", row[:2], row)

    def recorded(self, first: int, end: int) -> list[RecordedRow]:
        self._session.statement("inputs.recorded", first, end)
        rows = sorted(self._session.read("identity_recorded").values())
        return [row for row in rows if first <= row.claim_offset < end]

    def forget_recorded(self, before: int) -> None:
        self._session.statement("inputs.forget_recorded", before)
        rows = self._session.read("identity_recorded")
        for key in sorted(key for key in rows if key[0] < before):
            self._session.delete("identity_recorded", key)
