"""What status, metrics and `hub identity holds` read of identity: counts, and who is held."""

from __future__ import annotations

from typing import NamedTuple

from hub.adapters.sql_support import Sql

_OPEN_REVIEWS = """
SELECT count(*) FROM identity_pair p
JOIN claim a ON a.registry = p.registry AND a.person_id = p.person_id
JOIN claim b ON b.registry = p.other_registry AND b.person_id = p.other_person_id
WHERE p.verdict = 1 AND a.national_id <> b.national_id
"""


class HeldPerson(NamedTuple):
    """A person held from linking until the Alliance releases them."""

    registry: str
    person_id: str
    cause: str
    evidences: int
    """Different evidences that counted."""
    claim_offset: int


def open_reviews(sql: Sql) -> int:
    """Pairs to be answered: no cluster holds both persons."""
    return int(sql.tuples(_OPEN_REVIEWS)[0][0])


def held_counts(sql: Sql) -> dict[tuple[str, str], int]:
    """Persons held, by registry and cause."""
    rows = sql.tuples(
        "SELECT registry, held, count(*) FROM claim WHERE held IS NOT NULL"
        " GROUP BY registry, held ORDER BY registry, held"
    )
    return {(registry, cause): int(number) for registry, cause, number in rows}


def held_persons(sql: Sql, registry: str | None = None) -> list[HeldPerson]:
    """Persons held, of one registry or of all, in order of registry and id."""
    rows = sql.tuples(
        "SELECT registry, person_id, held, length(changed_ms) / 8, claim_offset FROM claim"
        " WHERE held IS NOT NULL AND (CAST(:registry AS text) IS NULL OR registry = :registry)"
        " ORDER BY registry, person_id",
        registry=registry,
    )
    return [HeldPerson(*row) for row in rows]
