"""Sharing, path by path: nothing without an agreement or a consent, exactly what it opens with it,
and what was shown is taken back without a word of why when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from hub import bootstrap
from hub.api.app import FeedEvent, build_app
from hub.api.view_acceptance import CSV_PATH, JSON_PATH
from tests.e2e.sharing_world import (
    CREDENTIALS,
    DAKOTA,
    DAY,
    DRAFT,
    NEVADA,
    RECORDS,
    TRAININGS,
    WISCONSIN,
    WORKERS,
    World,
)

STATES = (
    "nothing",
    "agreement",
    "ended",
    "consent to training",
    "consent withdrawn",
    "consent to credential and link",
    "withdrawn again",
)
CONSENTED = {
    "consent to training": frozenset({"training"}),
    "consent to credential and link": frozenset({"credential", "link"}),
}
"""By the first worker, of what Wisconsin holds."""
_AS_OF = ("--as-of", DAY.isoformat())


def told(world: World, registry: str, item: str) -> set[str]:
    """Wisconsin's records of which items stand in a registry's inbox."""
    return {
        body["record_id"]
        for body in world.items(registry).values()
        if body["item"] == item and not body["withdrawn"] and body["record_id"] in RECORDS
    }


def linked_accounts(world: World) -> set[str]:
    return {
        other["person_id"]
        for body in world.items(NEVADA).values()
        if body["item"] == "LINK" and not body["withdrawn"]
        for other in body["others"]
        if other["registry"] == WISCONSIN
    }


def in_the_out_folder(world: World) -> set[str]:
    return {
        row["record_id"]
        for row in world.rows(NEVADA)
        if row["from"] == WISCONSIN and row["item"] == "match" and row["withdrawn"] == "no"
    }


def explained(world: World) -> set[str]:
    """By Nevada for its own accounts of the workers."""
    found = set()
    for record_id, (kind, person_id) in RECORDS.items():
        own = f"{NEVADA}/N{person_id[1:]}"
        record = f"{WISCONSIN}/{kind}/{record_id}"
        words = ("match", "explain", "--person", own, "--record", record, "--to", DAKOTA)
        if world.hub_code(*words) == 0:
            found.add(record_id)
    return found


def on_the_printed_report(world: World) -> set[str]:
    """Of what Dakota asked Nevada about its own two workers."""
    found = set()
    for _, _, person_id in WORKERS.values():
        out = world.folder / f"{person_id}.html"
        words = ("portability", "report", f"{DAKOTA}/{person_id}", "--to", NEVADA)
        world.hub(*words, "--out", out, *_AS_OF)
        text = out.read_text("utf-8")
        found |= {record_id for record_id in RECORDS if record_id in text}
    return found


def in_the_queue(world: World) -> set[str]:
    document = world.json_of("match", "queue", "--registry", NEVADA, *_AS_OF)
    return {row["record_id"] for row in document["rows"]}


def among_lapses(world: World) -> set[str]:
    document = world.json_of("match", "lapses", "--registry", NEVADA, *_AS_OF)
    return {row["record_id"] for row in document["rows"]}


def decisions_counted(world: World) -> set[str]:
    """Kinds of which Wisconsin sees how many Nevada decided: two, which are few."""
    document = world.json_of("match", "decisions", "--registry", WISCONSIN)
    return {row["kind"] for row in document["rows"] if row["decisions"] is not None}


def contradictions_listed(world: World) -> set[str]:
    """Rules of Nevada that Wisconsin is told people contradict."""
    return {
        body["contradictions"]["rule_id"]
        for body in world.items(WISCONSIN).values()
        if body["item"] == "CONTRADICTIONS" and not body["withdrawn"]
    }


def reviews_asked(world: World) -> set[str]:
    document = world.json_of("identity", "reviews", "--registry", NEVADA, *_AS_OF)
    return {row["other_person_id"] for row in document["reviews"]}


def named_by_a_trial(world: World) -> set[str]:
    draft = world.folder / "draft.toml"
    draft.write_text(DRAFT, "utf-8")
    document = world.json_of("policy", "try", draft, *_AS_OF)
    return {each["record_id"] for each in document["named"]}


class PageSource:
    """Summary and matrix behind the page, of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def summary(self) -> dict[str, Any]:
        world = self._world
        return await bootstrap.summary(world.store, world.log, DAY, "hub demo") | {"seconds": 1.0}

    async def acceptance(self) -> dict[str, Any]:
        return await bootstrap.acceptance(self._world.store, DAY)

    async def events_after(self, sequence: int) -> list[FeedEvent]:
        return []


def on_the_page(world: World) -> set[str]:
    """Records and persons that the page, its tables or its JSON name."""

    async def read() -> str:
        transport = httpx.ASGITransport(build_app(PageSource(world)))
        base = "http://127.0.0.1"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            answers = [await client.get(path) for path in PAGES]
        assert {answer.status_code for answer in answers} == {200}
        return "\n".join(answer.text for answer in answers)

    text = asyncio.run(read())
    ids = [*RECORDS, *(each for ids in WORKERS.values() for each in ids)]
    return {
        each for each in ids if f">{each}<" in text or f'"{each}"' in text or f"{each}," in text
    }


PAGES = (
    "/",
    "/summary.json",
    "/registries.csv",
    "/matches.csv",
    "/measures.csv",
    JSON_PATH,
    CSV_PATH,
)


class Path(NamedTuple):
    """A way by which a registry learns of another's, and what may be seen on it at most."""

    shown: Callable[[World], set[str]]
    by_agreement: frozenset[str]
    by_consent: frozenset[str]
    """Of the first worker, were all kinds consented to."""


_FIRST = frozenset(each for each, (_, person) in RECORDS.items() if person == "P1")
_ALL = frozenset(RECORDS)
_NONE: frozenset[str] = frozenset()
PATHS = {
    "match items": Path(lambda w: told(w, NEVADA, "MATCH"), _ALL, _FIRST),
    "link items": Path(linked_accounts, frozenset({"P1", "P2"}), frozenset({"P1"})),
    "portability items": Path(lambda w: told(w, DAKOTA, "PORTABILITY"), _ALL, _FIRST),
    "decision items": Path(
        lambda w: told(w, WISCONSIN, "DECISION"), CREDENTIALS, CREDENTIALS & _FIRST
    ),
    "dispute items": Path(lambda w: told(w, NEVADA, "DISPUTE"), TRAININGS, TRAININGS & _FIRST),
    "lapse items": Path(lambda w: told(w, NEVADA, "LAPSE"), CREDENTIALS, CREDENTIALS & _FIRST),
    "lapses": Path(among_lapses, CREDENTIALS, CREDENTIALS & _FIRST),
    "out folder": Path(in_the_out_folder, _ALL, _FIRST),
    "explain": Path(explained, _ALL, _FIRST),
    "printed report": Path(on_the_printed_report, _ALL, _FIRST),
    "queue": Path(in_the_queue, TRAININGS, TRAININGS & _FIRST),
    "decisions": Path(decisions_counted, frozenset({"credential"}), _NONE),
    "contradictions": Path(contradictions_listed, frozenset({"credentials"}), _NONE),
    "reviews": Path(reviews_asked, frozenset({"P3"}), _NONE),
    "policy trial": Path(named_by_a_trial, _ALL, _FIRST),
    "page": Path(on_the_page, _NONE, _NONE),
}


def kind_of(name: str) -> str:
    """What a consent must name for it."""
    return RECORDS[name][0] if name in RECORDS else "link"


def expected(path: Path, state: str) -> set[str]:
    if state == "agreement":
        return set(path.by_agreement)
    return {each for each in path.by_consent if kind_of(each) in CONSENTED.get(state, ())}


class Walked(NamedTuple):
    """What each path showed in each state, and all that inboxes were ever sent."""

    shown: dict[str, dict[str, set[str]]]
    history: dict[str, dict[str, list[dict[str, Any]]]]
    sent: dict[str, int]
    """How many items Nevada and Dakota had in each state."""


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    world = World(tmp_path_factory.mktemp("sharing"))
    steps: dict[str, Callable[[], None]] = {
        "nothing": lambda: None,
        "agreement": lambda: world.agree(in_force=True),
        "ended": lambda: world.agree(in_force=False),
        "consent to training": lambda: world.consents("training"),
        "consent withdrawn": world.withdraws,
        "consent to credential and link": lambda: world.consents("credential", "link"),
        "withdrawn again": world.withdraws,
    }
    shown: dict[str, dict[str, set[str]]] = {}
    sent: dict[str, int] = {}
    try:
        for state in STATES:
            steps[state]()
            shown[state] = {name: path.shown(world) for name, path in PATHS.items()}
            sent[state] = sum(
                len(versions)
                for registry in (NEVADA, DAKOTA)
                for versions in world.history(registry).values()
            )
        history = {each: world.history(each) for each in (WISCONSIN, NEVADA, DAKOTA)}
        yield Walked(shown, history, sent)
    finally:
        world.close()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("path", PATHS)
def test_a_path_shows_exactly_what_agreements_and_consents_open(
    walked: Walked, path: str, state: str
) -> None:
    assert walked.shown[state][path] == expected(PATHS[path], state)


def test_every_path_but_the_page_shows_something_under_an_agreement() -> None:
    """Otherwise a path that shows nothing at all would pass."""
    assert {name for name, path in PATHS.items() if not path.by_agreement} == {"page"}


def test_nothing_is_taken_back_that_was_never_told(walked: Walked) -> None:
    first = [versions[0] for items in walked.history.values() for versions in items.values()]

    assert first
    assert not [body for body in first if body["withdrawn"]]


def test_what_is_taken_back_names_the_thing_and_nothing_of_why(walked: Walked) -> None:
    named = {"item", "receiver", "sender", "kind", "record_id", "withdrawn", "person_ids"}
    taken = [
        body
        for items in walked.history.values()
        for versions in items.values()
        for body in versions
        if body["withdrawn"]
    ]

    said = {
        (body["item"], name)
        for body in taken
        for name, value in body.items()
        if name not in named and value not in (None, [], False)
    }

    assert len(taken) > 20
    assert said == set()


def test_agreements_and_consents_are_told_of_in_no_inbox(walked: Walked) -> None:
    texts = repr([list(items.values()) for items in walked.history.values()])

    assert "signed_form" not in texts
    assert "us-wi>us-nv" not in texts


@pytest.mark.parametrize("registry", [NEVADA, DAKOTA])
def test_a_worker_who_never_consented_is_shown_by_the_agreement_alone(
    walked: Walked, registry: str
) -> None:
    second = [
        versions
        for versions in walked.history[registry].values()
        if versions[0]["record_id"] in ("R2", "C2")
    ]

    assert second
    assert {tuple(body["withdrawn"] for body in versions) for versions in second} == {(False, True)}


def test_what_was_decided_is_told_to_who_decided_and_to_who_holds_the_record(
    walked: Walked,
) -> None:
    """Dakota asks about the same records and is never told of a decision."""
    decided = {
        (registry, body["item"])
        for registry, items in walked.history.items()
        for versions in items.values()
        for body in versions
        if body["decision"] is not None
    }

    assert decided == {(NEVADA, "MATCH"), (WISCONSIN, "DECISION")}
