"""The sample exports' links against the truth about them, each miss with its cause.

    python -m benchmarks.sample_links

Read as the intake reads them, encoded without addresses, decided by the shipped model with the
population of the demo. Made-up persons' ids are shown, never what stands in their fields.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hub.cli.identity_evaluate import model_in
from hub.domain.events import Kind
from hub.domain.rows import Person
from hub.domain.statements import Statement
from hub.identity.compare import Judge, compare, side_of
from hub.identity.counting import Truth, truth_of
from hub.identity.evaluate import clusters_of
from hub.identity.evidence import evidence_of
from hub.identity.levels import levels_of
from hub.identity.model import Model
from hub.identity.people import Claim
from hub.identity.resolver import Resolver
from hub.identity.statements import Pair, pair_of
from hub.identity.tokens import SECRET_BYTES, TokenKey
from hub.intake.mapping import load_mapping
from hub.intake.submission import load_files, read_submission

ROOT = Path(__file__).resolve().parents[1]
EXPORTS = ROOT / "data" / "exports"
REGISTRIES = ("us-fl", "us-il", "us-nd", "us-nv", "us-oh", "us-wi")
POPULATION = 2_000
_CAUSES = {
    "number_conflict": "the numbers differ",
    "birth_differs": "the birth dates differ, and no number agrees",
    "given_differs": "the first names differ, and no number agrees",
    "cluster_conflict": "another member's number differs",
    "cluster_size": "the cluster would be too big",
}


class Miss(NamedTuple):
    """A pair that is one human and was not linked, and why."""

    pair: Pair
    waits: bool
    """Whether it is an open review."""
    cause: str
    said: tuple[str, ...]
    """What each field says, by the model's names."""


class SampleLinks(NamedTuple):
    """What the model made of the sample."""

    true: frozenset[Pair]
    linked: frozenset[Pair]
    misses: tuple[Miss, ...]
    reviews: int


def standing_profiles(registry: str) -> list[Statement]:
    """The profile that stands of each person."""
    text = (ROOT / "connectors" / "registries" / f"{registry}.toml").read_text("utf-8")
    mapping = load_mapping(text, registry)
    submission = read_submission(load_files(EXPORTS / registry, mapping), mapping)
    stated = [each for each in submission.statements if each.kind is Kind.PROFILE]
    newest = {each.record_id: each for each in sorted(stated, key=lambda each: each.revision)}
    return list(newest.values())


@cache
def sample_truth() -> Truth:
    """Who is who in the sample."""
    people = json.loads((EXPORTS / "truth.json").read_text("utf-8"))["people"]
    groups = [[Person(r["registry"], r["id"]) for r in human["records"]] for human in people]
    return truth_of(pair_of(group[0], other) for group in groups for other in group[1:])


def decide_sample(model: Model, registries: tuple[str, ...] = REGISTRIES) -> Resolver:
    """Claims of everybody, one registry after the other."""
    key = TokenKey(1, secrets.token_bytes(SECRET_BYTES))
    resolver = Resolver(replace(model, population=POPULATION))
    for offset, (registry, profile) in enumerate(_profiles(registries)):
        assert profile.identity is not None
        resolver.claim(
            Claim(
                person=Person(registry, profile.person_id or ""),
                offset=offset,
                event_id=f"{registry} {profile.record_id}",
                at_ms=0,
                present=True,
                evidence=evidence_of(profile.identity, [key], synthetic=True),
                replaced_by=profile.body["replaced_by"],
            )
        )
    return resolver


def _profiles(registries: tuple[str, ...]) -> Iterator[tuple[str, Statement]]:
    for registry in registries:
        for profile in standing_profiles(registry):
            yield registry, profile


def judge_sample(model: Model, registries: tuple[str, ...] = REGISTRIES) -> SampleLinks:
    """Links and misses of the sample."""
    resolver, truth = decide_sample(model, registries), sample_truth()
    true = frozenset(truth.pairs())
    linked = frozenset(truth.within(clusters_of(resolver)))
    missed = sorted(true - linked)
    return SampleLinks(
        true, linked, tuple(_miss(resolver, pair) for pair in missed), _waiting(resolver)
    )


def _waiting(resolver: Resolver) -> int:
    from hub.identity.evaluate import open_reviews

    return len(open_reviews(resolver))


def _miss(resolver: Resolver, pair: Pair) -> Miss:
    people = resolver.people
    one, other = (people.index.numbers[person] for person in pair)
    state = resolver.graph.state(one, other)
    compared = compare(side_of(people.blocks(one)), people.blocks(other))
    said = levels_of(compared) if compared else ()
    if state is not None:
        words = _CAUSES.get(state.cause, "the score lies under that of a link")
        return Miss(pair, True, words, said)
    if compared is None or not compared.agree:
        return Miss(pair, False, "nothing agrees in any form", said)
    assert resolver.model is not None
    score = Judge(resolver.model).judge(compared).score
    below = score < resolver.model.review_at
    return Miss(pair, False, "the score is low" if below else "the prior is too high for it", said)


def table_of(found: SampleLinks) -> list[str]:
    """Misses as lines of Markdown."""
    lines = [
        "| persons | waits for a review | cause | what the fields say |",
        "| --- | --- | --- | --- |",
    ]
    for miss in found.misses:
        persons = " and ".join(f"{person.registry} {person.person_id}" for person in miss.pair)
        said = ", ".join(word.replace("_", " ") for word in miss.said) or "nothing"
        lines.append(f"| {persons} | {'yes' if miss.waits else 'no'} | {miss.cause} | {said} |")
    return lines


def main() -> None:
    """Print the table."""
    found = judge_sample(model_in(None))
    sys.stdout.write("\n".join(table_of(found)) + "\n")


if __name__ == "__main__":
    main()
