"""The acceptance matrix as one document: rules, answers and decisions of every pair and kind.

Counts under ten are hidden from whoever is not one of the two registries, a whole group of counts
at a time, so that none can be worked out from the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from hub.domain.state import Document
from hub.domain.states import state_name
from hub.projections.acceptance import (
    DENIES,
    KINDS,
    NO_POLICY,
    NO_RULE,
    WITH_DOCUMENTS,
    Acceptance,
    OneWay,
    one_way,
)
from hub.projections.exchange import DECISIONS
from hub.projections.recognition import SMALL_BELOW, Tally
from hub.reciprocity.compile import Rule
from hub.reciprocity.condition import NEVER_FALSE
from hub.reciprocity.policy import Policy
from hub.reciprocity.words import OUTCOME_WORDS

HIDDEN = f"hidden: under {SMALL_BELOW}"
NOT_DECIDED = "not decided yet"
EVERYONE = "everyone"
"""A viewer who is no registry: nothing is exact."""
KIND_WORDS = {
    "training": "training completions",
    "education": "education records",
    "credential": "credentials",
    "course": "approved courses",
    "trainer": "approved trainers",
    "organization": "approved organizations",
}
_SHUT_WORDS = {
    NO_POLICY: "has no policy on {kind}",
    NO_RULE: "has no rule for {kind} from {receiver}",
    DENIES: "does not accept {kind} from {receiver}",
}
Way = tuple[str, str, str]
"""Sender, receiver and kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What rules say of every pair and kind on a day, and what was answered and decided."""

    day: date
    acceptances: tuple[Acceptance, ...]
    tallies: tuple[Tally, ...]
    answers: Mapping[Way, Mapping[str, int]]
    """Matches by outcome on the day."""
    last_decided: Mapping[Way, date]
    """Day of the last decision up to that day."""
    policies: Mapping[str, Policy]
    agreements: frozenset[Way]
    synthetic: bool


class Viewer(NamedTuple):
    """Who looks: None sees every count, a registry those of its own side."""

    code: str | None
    agreements: frozenset[Way]

    def sees_decisions(self, way: Way) -> bool:
        """A registry made its own decisions; those on its own records come back to it where an
        agreement lets them."""
        sender, receiver, _ = way
        return self.code in (None, receiver) or (self.code == sender and way in self.agreements)

    def sees_answers(self, way: Way) -> bool:
        """How many records of the one the other knows is told by an agreement alone."""
        return self.code is None or (self.code in way[:2] and way in self.agreements)


def matrix_document(matrix: Matrix, viewer: str | None, kinds: Iterable[str] = KINDS) -> Document:
    """The document. Cells without policy, answer and decision are left out."""
    wanted = set(kinds)
    shown = [each for each in matrix.acceptances if each.kind in wanted]
    looks = Viewer(viewer, matrix.agreements)
    tallies = {(each.sender, each.receiver, each.kind): each for each in matrix.tallies}
    cells = (_cell(each, matrix, tallies.get(_way(each)), looks) for each in shown)
    codes = sorted({code for each in matrix.acceptances for code in _way(each)[:2]})
    return {
        "as_of": matrix.day.isoformat(),
        "for": viewer,
        "synthetic": matrix.synthetic,
        "registries": [
            {"code": code, "name": state_name(code), **_policy(matrix.policies.get(code))}
            for code in codes
        ],
        "rules": [
            rule_document(policy.registry, rule)
            for _, policy in sorted(matrix.policies.items())
            for rule in policy.rules
            if rule.kind in wanted and rule.in_force_on(matrix.day)
        ],
        "cells": [cell for cell in cells if not _is_empty(cell)],
        "one_way": [_one_way(each) for each in one_way(shown)],
    }


def _way(each: Acceptance) -> Way:
    return (each.sender, each.receiver, each.kind)


def _policy(policy: Policy | None) -> Document:
    if policy is None:
        return {"policy_revision": None, "policy_revision_why": "no policy"}
    return {"policy_revision": policy.revision, "policy_revision_why": None}


def rule_document(registry: str, rule: Rule) -> Document:
    """What a reader needs of a rule; its conditions by name alone."""
    lifted = rule.effect.lifted
    return {
        "registry": registry,
        "rule": rule_name(rule),
        "kind": rule.kind,
        "from": rule.from_on.isoformat(),
        "until": None if rule.until_on is None else rule.until_on.isoformat(),
        "until_why": "no end" if rule.until_on is None else None,
        "outcome": rule.effect.outcome,
        "counts_as": rule.effect.counts_as,
        "documents": list(rule.effect.documents),
        "with_documents": None
        if lifted is None
        else {"outcome": lifted.outcome, "counts_as": lifted.counts_as},
        "conditions": list(
            dict.fromkeys(e.name for e in rule.conditions if e.claim[0] != NEVER_FALSE)
        ),
        "citation": rule.citation,
        "illustrative": rule.illustrative,
    }


def rule_name(rule: Rule) -> str:
    """Id and version."""
    return f"{rule.id} {rule.version}"


def _cell(each: Acceptance, matrix: Matrix, tally: Tally | None, viewer: Viewer) -> Document:
    way = _way(each)
    return {
        "from": each.sender,
        "to": each.receiver,
        "kind": each.kind,
        "by_rule": each.standing,
        "rules": [rule_name(rule) for rule in each.rules],
        **_decisions(tally, matrix.last_decided.get(way), exact=viewer.sees_decisions(way)),
        **_answers(matrix.answers.get(way, {}), exact=viewer.sees_answers(way)),
    }


def _decisions(tally: Tally | None, last: date | None, *, exact: bool) -> Document:
    counts = {name.lower(): 0 for name in ("ACCEPTED", "PARTLY", "REFUSED", "PENDING")}
    assert len(counts) == len(DECISIONS)
    if tally is not None:
        if tally.is_small and not exact:
            return {
                "decisions": None,
                "decisions_why": HIDDEN,
                "last_decided_on": None,
                "last_decided_on_why": HIDDEN,
            }
        counts |= {name.lower(): count for name, count in tally.decisions.items()}
    return {
        "decisions": counts,
        "decisions_why": None,
        "last_decided_on": None if last is None else last.isoformat(),
        "last_decided_on_why": NOT_DECIDED if last is None else None,
    }


def _answers(counts: Mapping[str, int], *, exact: bool) -> Document:
    if not exact and any(0 < count < SMALL_BELOW for count in counts.values()):
        return {"matches": None, "matches_why": HIDDEN}
    return {"matches": {o: counts.get(o, 0) for o in OUTCOME_WORDS}, "matches_why": None}


def _is_empty(cell: Document) -> bool:
    if cell["by_rule"] != NO_POLICY or cell["decisions"] is None or cell["matches"] is None:
        return False
    return not any(cell["decisions"].values()) and not any(cell["matches"].values())


def _one_way(each: OneWay) -> Document:
    accepts, other = each.accepts, each.other
    return {
        "kind": accepts.kind,
        "accepts": accepts.receiver,
        "records_of": accepts.sender,
        "how": accepts.standing,
        "rules": [rule_name(rule) for rule in accepts.rules],
        "other": other.standing,
        "unused_trust": each.is_unused_trust,
        "words": one_way_words(each),
    }


def one_way_words(each: OneWay) -> str:
    """One sentence: who accepts what of whom, and what the other lacks."""
    receiver, sender = state_name(each.accepts.receiver), state_name(each.accepts.sender)
    kind = KIND_WORDS[each.accepts.kind]
    how = ", with documents" if each.accepts.standing == WITH_DOCUMENTS else ""
    back = _SHUT_WORDS[each.other.standing].format(kind=kind, receiver=receiver)
    return f"{receiver} accepts {kind} from {sender}{how}; {sender} {back}."


CELLS = (
    "from", "to", "kind", "as_of", "by_rule", "rules", "illustrative", "other_way", "one_way",
    "accepted", "partly", "refused", "pending", "decisions_why", "last_decided_on",
    "last_decided_on_why", "full", "partial", "needs_document", "needs_review", "denied",
    "matches_why",
)  # fmt: skip
"""Columns of the document's cells as a table."""


def cell_rows(document: Document) -> list[Document]:
    """Each cell of the document as a row of these columns."""
    made_up = {(r["registry"], r["rule"]) for r in document["rules"] if r["illustrative"]}
    standing = {(c["from"], c["to"], c["kind"]): c["by_rule"] for c in document["cells"]}
    one_way_ends = {(e["records_of"], e["accepts"], e["kind"]) for e in document["one_way"]}
    rows = []
    for cell in document["cells"]:
        way = (cell["from"], cell["to"], cell["kind"])
        back = (cell["to"], cell["from"], cell["kind"])
        is_made_up = any((cell["to"], rule) in made_up for rule in cell["rules"])
        decisions = cell["decisions"] or dict.fromkeys(("accepted", "partly", "refused", "pending"))
        matches = cell["matches"] or dict.fromkeys(OUTCOME_WORDS)
        rows.append(
            {
                **{name: cell[name] for name in ("from", "to", "kind", "by_rule")},
                "as_of": document["as_of"],
                "rules": "; ".join(cell["rules"]),
                "illustrative": "yes" if is_made_up else "no",
                "other_way": standing.get(back, NO_POLICY),
                "one_way": "yes" if way in one_way_ends else "no",
                **decisions,
                "decisions_why": cell["decisions_why"],
                "last_decided_on": cell["last_decided_on"],
                "last_decided_on_why": cell["last_decided_on_why"],
                **{outcome.lower(): number for outcome, number in matches.items()},
                "matches_why": cell["matches_why"],
            }
        )
    return rows
