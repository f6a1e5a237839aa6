"""What people are asked about pairs of persons, read from SQL; nothing of it is written here."""

from __future__ import annotations

from typing import Any

from hub.adapters.sql_support import Sql
from hub.domain.events import Change, Kind
from hub.domain.rows import Person
from hub.identity.compare import Verdict
from hub.identity.reviews import MATES, Reply, Seen
from hub.identity.statements import Answer, Pair
from hub.wire.codec import decode_body

_INBOX = "inbox|"
_SEEN = (
    "SELECT p.registry, p.person_id, p.other_registry, p.other_person_id, p.verdict, p.cause,"
    " p.score, p.agree, p.both_have, p.opened_ms, a.national_id = b.national_id"
    " FROM identity_pair p"
    " JOIN claim a ON a.registry = p.registry AND a.person_id = p.person_id"
    " JOIN claim b ON b.registry = p.other_registry AND b.person_id = p.other_person_id"
    " WHERE p.verdict = :verdict"
)
_SYMBOLS = {answer.name: answer for answer in Answer}


class SqlReviews:
    """Pairs, answers, and what registries were told of them."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def pairs(self, verdict: int, *, within: str | None = None) -> list[Seen]:
        within_one = "" if within is None else _WITHIN
        given = {"verdict": int(verdict)} | ({} if within is None else {"within": within})
        rows = self._sql.tuples(f"{_SEEN}{within_one} ORDER BY 1, 2, 3, 4", **given)
        return [_seen(row) for row in rows]

    def mates(self, registry: str) -> list[Seen]:
        rows = self._sql.tuples(
            "SELECT a.person_id, b.person_id FROM link a JOIN link b"
            " ON b.national_id = a.national_id AND b.registry = a.registry"
            " AND b.person_id > a.person_id"
            " WHERE a.registry = :within AND a.version >= 0 AND b.version >= 0 AND NOT EXISTS"
            " (SELECT 1 FROM identity_pair p WHERE p.registry = a.registry"
            " AND p.person_id = a.person_id AND p.other_registry = b.registry"
            " AND p.other_person_id = b.person_id) ORDER BY 1, 2",
            within=registry,
        )
        return [
            Seen(
                Pair(Person(registry, a), Person(registry, b)),
                Verdict.LINK,
                MATES,
                0.0,
                0,
                0,
                0,
                True,
            )
            for a, b in rows
        ]

    def replies(self) -> list[Reply]:
        rows = self._sql.tuples(
            "SELECT registry, record_id, schema_id, body FROM record"
            " WHERE kind = :kind AND change = :stated ORDER BY 1, 2",
            kind=int(Kind.REVIEW_ANSWER),
            stated=int(Change.STATED),
        )
        replies = []
        for publisher, text, schema_id, data in rows:
            body = decode_body(schema_id, data)
            answer = _SYMBOLS.get(body["answer"])
            if answer is not None:
                replies.append(Reply(publisher, text, answer, body["sample"]))
        return replies

    def told(self, purpose: str) -> list[str]:
        # The character behind | ends what starts with it, in the order of bytes.
        rows = self._sql.tuples(
            "SELECT subject FROM published WHERE subject >= :first AND subject < :end ORDER BY 1",
            first=f"{_INBOX}{purpose}|",
            end=f"{_INBOX}{purpose}}}",
        )
        return [subject.removeprefix(_INBOX) for (subject,) in rows]


_WITHIN = " AND p.registry = :within AND p.other_registry = :within"


def _seen(row: tuple[Any, ...]) -> Seen:
    one, other = Person(row[0], row[1]), Person(row[2], row[3])
    verdict, cause, score, agree, both, opened_ms, together = row[4:]
    return Seen(
        Pair(one, other),
        Verdict(verdict),
        cause,
        float(score),
        agree,
        both,
        opened_ms,
        bool(together),
    )
