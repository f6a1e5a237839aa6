"""Reviews: about which pairs people are asked, what each side is shown, and what answers come to.

What is shown of a pair are three words, made from masks of labels: never a value. Days are UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hub.domain.rows import Person
from hub.identity.compare import Verdict
from hub.identity.levels import Compared, levels_of
from hub.identity.statements import Answer, Pair

AGREES, DIFFERS, ABSENT = "agrees", "differs", "absent"
REVIEW, SAMPLE, DISPUTE, DUPLICATE = "review", "sample", "dispute", "duplicate"
"""Why a registry is asked."""
MATES = "mates"
"""Cause of a pair that is linked through others alone."""


class Seen(NamedTuple):
    """What stands between two persons, as people are asked about it."""

    pair: Pair
    verdict: Verdict
    cause: str
    score: float
    agree: int
    both: int
    opened_ms: int
    """Since when it stands; 0 where the two are linked through others alone."""
    together: bool
    """Whether the two share a national person, through whomever."""

    @property
    def opened_on(self) -> date | None:
        """The day of it."""
        return day_of(self.opened_ms) if self.opened_ms else None

    @property
    def purpose(self) -> str:
        if self.pair.one.registry == self.pair.other.registry:
            return DUPLICATE
        return DISPUTE if self.cause == "disputed" else REVIEW


class Reply(NamedTuple):
    """A registry's answer about a pair that stands, by the pair's text."""

    publisher: str
    text: str
    answer: Answer
    sample: str | None
    """Month whose sample it answers."""


class Told(NamedTuple):
    """A pair that a registry was once told of, and when: a review's week, a sample's month, nothing
    of a duplicate. It stands in the subject of the inbox item."""

    purpose: str
    registry: str
    period: str
    text: str

    @property
    def subject(self) -> str:
        """Of the inbox item."""
        period = () if self.purpose == DUPLICATE else (self.period,)
        return "|".join((self.purpose, self.registry, *period, self.text))


def told_of(subject: str) -> Told:
    """What the subject of an inbox item says."""
    purpose, registry, rest = subject.split("|", 2)
    if purpose == DUPLICATE:
        return Told(purpose, registry, "", rest)
    period, _, text = rest.partition("|")
    return Told(purpose, registry, period, text)


class Words(NamedTuple):
    """What is told of a comparison: agrees, differs or absent."""

    name: str
    birth: str
    number: str


_BIRTH_AGREES = frozenset({"birth_equal", "birth_swapped", "birth_either"})


def words_of(agree: int, both: int) -> Words:
    """A name agrees where first name and surname do in some form, a birth date where it is equal or
    day and month are swapped; absent is what cannot be seen on both sides."""
    levels = levels_of(Compared(agree, both, 0, 0))
    given, surname, birth, numbers = (
        [level for level in levels if level.startswith(f"{field}_")]
        for field in ("given", "surname", "birth", "number")
    )
    is_other_day = bool(birth) and not _BIRTH_AGREES.intersection(birth)
    return Words(
        name=_word([*given, *surname], is_seen=bool(given and surname)),
        birth=DIFFERS if is_other_day else _word(birth, is_seen=bool(birth)),
        number=_word(numbers, is_seen=bool(numbers)),
    )


def _word(levels: Sequence[str], *, is_seen: bool) -> str:
    if any(level.endswith("_differs") for level in levels):
        return DIFFERS
    return AGREES if is_seen else ABSENT


def pair_text(pair: Pair) -> str:
    """A pair as subjects and answers name it."""
    return "|".join((*pair.one, *pair.other))


def day_of(at_ms: int) -> date:
    """The day of an instant."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date()


def week_of(day: date) -> str:
    """The ISO week of a day, such as 2026-W48."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def answer_by(opened_on: date, review_days: int) -> date:
    """The last day for an answer."""
    return opened_on + timedelta(days=review_days)


def rank(seen: Iterable[Seen]) -> list[Seen]:
    """The likeliest first; equal scores in order of pairs."""
    return sorted(seen, key=lambda each: (-each.score, each.pair))


def newly_shown(
    ranked: Sequence[Seen], sent: Mapping[str, Mapping[str, str]], week: str, weekly: int
) -> list[Seen]:
    """Pairs that nobody was shown yet and that both registries have room for this week.

    sent: by registry the pairs that it was shown before, and the week of each.
    """
    room: dict[str, int] = {}
    fresh = []
    for each in ranked:
        text = pair_text(each.pair)
        sides = [each.pair.one.registry, each.pair.other.registry]
        if any(text in sent.get(side, ()) for side in sides):
            continue
        for side in sides:
            if side not in room:
                room[side] = weekly - list(sent.get(side, {}).values()).count(week)
        if min(room[side] for side in sides) > 0:
            fresh.append(each)
            for side in sides:
                room[side] -= 1
    return fresh


def closed_by(answers: Mapping[str, Answer], sides: Collection[str]) -> bool:
    """Whether nothing is left to ask: one side says that they are two, or both have answered."""
    said = {side: answers[side] for side in sides if side in answers}
    if Answer.DIFFERENT in said.values() or Answer.NEVER in said.values():
        return True
    return len(said) == len(set(sides)) and Answer.DISPUTE not in said.values()


def sides_of(pair: Pair) -> tuple[tuple[Person, Person], ...]:
    """Each side's own person, then the other's."""
    return ((pair.one, pair.other), (pair.other, pair.one))
