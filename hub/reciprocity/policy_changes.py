"""The difference of two revisions of a policy, in words, and what a new revision may not do.

What held on days that are over stays as it was: a published version of a rule never changes, its
old days stay in the file, and its end is set or moved only among the days that are not over.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.reciprocity.model import PolicyTable, RuleTable
from hub.reciprocity.policy_words import days_text, rule_words
from hub.reciprocity.problems import Path, Problem, rule_place

RuleKey = tuple[str, int]
Day = Callable[[date], str]

ADDED = "added"
ENDED = "ended"
REOPENED = "end_moved"
LEFT_OUT = "left_out"
CHANGED = "changed"
REPLACED = "new_version"
MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of one version of a rule: a sentence that names it, and what differs."""

    rule_id: str
    version: int
    what: str
    """ADDED, REPLACED, ENDED, REOPENED, CHANGED, LEFT_OUT or MOVED."""
    sentence: str
    no_longer: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    """Sentences of the rule that it had, and that it has; those in both are left out."""


def differences(
    old: PolicyTable | None, new: PolicyTable, day: Day = date.isoformat
) -> tuple[Changed, ...]:
    """What differs between two policies as `read_tables` reads them, in the new one's order, then
    what was left out. Empty where every rule and its place are the same."""
    held = _by_key(old)
    found = [each for rule in new.rule for each in _of_rule(rule, held, new, day)]
    kept = _by_key(new)
    found += [
        Changed(*key, LEFT_OUT, f"{_named(*key)} is no longer in the policy.")
        for key in held
        if key not in kept
    ]
    for kind in sorted({rule.kind for rule in new.rule}):
        of_kind = [key for key, rule in kept.items() if rule.kind == kind]
        found += _moved(list(held), of_kind)
    return tuple(found)


def refused_changes(
    published: Mapping[RuleKey, RuleTable], standing: PolicyTable, new: PolicyTable, today: date
) -> tuple[Problem, ...]:
    """What a new revision may not do, each with its remedy. `published` holds every version of a
    rule that was ever published, as it was published last."""
    problems: list[Problem] = []
    for at, rule in enumerate(new.rule):
        before = published.get((rule.id, rule.version))
        if before is not None:
            problems += _of_published(before, rule, ("rule", at), today)
    kept = _by_key(new)
    for key, rule in _by_key(standing).items():
        if key not in kept and rule.from_on < today:
            what = f"was published and holds since {rule.from_on}, and is not in the file"
            problems.append(Problem(rule_place(*key), what, "put it back, and end it with until"))
    return tuple(problems)


def changes_past(old: PolicyTable, new: PolicyTable, today: date) -> tuple[str, ...]:
    """Sentences on what a new revision changes for days that are over, where it may: rules that
    are new and were to hold already, and rules that are read in another order."""
    begun = {(rule.id, rule.version): rule for rule in new.rule if rule.from_on < today}
    return tuple(
        f"{_named(each.rule_id, each.version)} changes answers about days that are over: it holds "
        f"since {begun[each.rule_id, each.version].from_on}."
        for each in differences(old, new)
        if each.what in (ADDED, REPLACED, MOVED) and (each.rule_id, each.version) in begun
    )


def _of_published(before: RuleTable, rule: RuleTable, path: Path, today: date) -> Iterable[Problem]:
    place = rule_place(rule.id, rule.version)
    keys = _differing(before, rule)
    if keys:
        what = f"was published with other content ({', '.join(keys)})"
        fix = "put back what was published, end it, and write the change as a new version"
        yield Problem(place, what, fix, path=(*path, keys[0]))
    yesterday = today - timedelta(days=1)
    ends = (before.until_on, rule.until_on)
    if ends[0] == ends[1] or all(end is None or end >= yesterday for end in ends):
        return
    if before.until_on is not None and before.until_on < yesterday:
        what = f"was {before.until_on}, and days that are over keep their rules"
        fix = f"put back until = {before.until_on}, and write a new version"
    else:
        what = f"is {rule.until_on}, and days that are over keep their rules"
        fix = f"write until = {yesterday} or a later day"
    yield Problem(f"{place}, until", what, fix, path=(*path, "until"))


def _differing(before: RuleTable, after: RuleTable) -> list[str]:
    """Keys of the file whose values differ, but the end."""
    fields = type(after).model_fields
    return [
        fields[name].alias or name
        for name in fields
        if name != "until_on" and getattr(before, name) != getattr(after, name)
    ]


def _of_rule(
    rule: RuleTable, held: Mapping[RuleKey, RuleTable], new: PolicyTable, day: Day
) -> Iterable[Changed]:
    key = (rule.id, rule.version)
    before = held.get(key)
    if before is None:
        yield _new(rule, held, new, day)
        return
    if _differing(before, rule):
        gone, come = _said_apart(before, rule, new.registry, day)
        sentence = f"{_named(*key)} has other content under the same version."
        yield Changed(*key, CHANGED, sentence, gone, come)
    if before.until_on != rule.until_on:
        yield _end_moved(before, rule, day)


def _new(rule: RuleTable, held: Mapping[RuleKey, RuleTable], new: PolicyTable, day: Day) -> Changed:
    key = (rule.id, rule.version)
    days = days_text(rule, day)
    words = rule_words(rule, new.registry, day)
    earlier = [(each.version, each) for (id, _), each in held.items() if id == rule.id]
    if earlier:
        version, before = max(earlier, key=lambda each: each[0])
        gone, come = _said_apart(before, rule, new.registry, day)
        same = "" if gone or come else ", with the same words"
        sentence = f"{_named(*key)} comes after version {version}: it holds {days}{same}."
        return Changed(*key, REPLACED, sentence, gone, come)
    place = _read_before(rule, new)
    sentence = f"{_named(*key)} is new: on {_records(rule)} {days}, {words.title.lower()}{place}."
    return Changed(*key, ADDED, sentence, (), words.sentences())


def _records(rule: RuleTable) -> str:
    return f"{rule.kind} records"


def _read_before(rule: RuleTable, new: PolicyTable) -> str:
    """Which rule on the kind is read next: an earlier rule decides first."""
    of_kind = [each for each in new.rule if each.kind == rule.kind]
    at = next(n for n, each in enumerate(of_kind) if each is rule)
    if at + 1 == len(of_kind):
        return ""
    return f", read before {of_kind[at + 1].id}"


def _end_moved(before: RuleTable, rule: RuleTable, day: Day) -> Changed:
    key = (rule.id, rule.version)
    until = rule.until_on
    if until is None:
        return Changed(*key, REOPENED, f"{_named(*key)} has no end any more.")
    last = f"{_named(*key)} ends: its last day is {day(until)}"
    if before.until_on is None:
        return Changed(*key, ENDED, f"{last}.")
    return Changed(*key, REOPENED, f"{last}, and was {day(before.until_on)}.")


def _said_apart(
    before: RuleTable, after: RuleTable, registry: str, day: Day
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences that only the one says, and only the other; the keys, where the words are alike."""
    one, other = (_all_said(rule, registry, day) for rule in (before, after))
    gone = tuple(each for each in one if each not in other)
    come = tuple(each for each in other if each not in one)
    if not gone and not come and (keys := _differing(before, after)):
        keys = [each for each in keys if each != "version"]
        come = (f"Differs in {', '.join(keys)}.",) if keys else ()
    return gone, come


def _all_said(rule: RuleTable, registry: str, day: Day) -> tuple[str, ...]:
    words = rule_words(rule, registry, day)
    return (f"On {_records(rule)}: {words.title.lower()}.", *words.sentences())


def _moved(old: Sequence[RuleKey], new: Sequence[RuleKey]) -> list[Changed]:
    """As few rules as say how the order of those in both differs."""
    place = {key: at for at, key in enumerate(new)}
    common = [key for key in old if key in place]
    still = _longest_rising([place[key] for key in common])
    ordered = sorted(common, key=lambda key: place[key])
    found = []
    for at, key in enumerate(ordered):
        if place[key] in still:
            continue
        where = f"after {_named(*ordered[at - 1], capital=False)}" if at else "first"
        found.append(Changed(*key, MOVED, f"{_named(*key)} is now read {where}."))
    return found


def _longest_rising(numbers: Sequence[int]) -> frozenset[int]:
    """Members of a longest rising subsequence of different numbers."""
    tails: list[int] = []
    lengths: list[int] = []
    for number in numbers:
        at = bisect_left(tails, number)
        tails[at : at + 1] = [number]
        lengths.append(at)
    found: list[int] = []
    wanted = len(tails) - 1
    for number, length in zip(reversed(numbers), reversed(lengths), strict=True):
        if length == wanted and (not found or number < found[-1]):
            found.append(number)
            wanted -= 1
    return frozenset(found)


def _by_key(table: PolicyTable | None) -> dict[RuleKey, RuleTable]:
    return {} if table is None else {(rule.id, rule.version): rule for rule in table.rule}


def _named(id: str, version: int, *, capital: bool = True) -> str:
    place = rule_place(id, version)
    return place[:1].upper() + place[1:] if capital else place
