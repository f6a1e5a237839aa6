"""The summary document: every number that console, page, JSON and the auditor's replay show.

Made from one state alone, so that two stores with the same rows give the same document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from hub import __version__
from hub.domain.messages import message_text
from hub.domain.rows import Person
from hub.domain.state import Document, StoreState
from hub.domain.states import state_name
from hub.projections import measures
from hub.projections.measure_definitions import definitions
from hub.projections.people import IfLinked, error_document, if_linked, live_error
from hub.projections.records import body_of
from hub.projections.roots import FOLD_VERSION
from hub.wire.schemas import load_schemas

_HOURS_BY_PERSON = "verified_clock_hours_by_person_id"
OUTCOMES = ("FULL", "PARTIAL", "NEEDS_DOCUMENT", "NEEDS_REVIEW", "DENIED")


def summary_of(state: StoreState, as_of: date, command: str) -> Document:
    """The document; lanes, seconds and what was sent back are added by who runs."""
    bodies = [(row, body_of(row)) for row in state.submissions]
    latest: dict[str, dict[str, Any]] = defaultdict(dict)
    newest: dict[str, dict[str, Any]] = {}
    for row, body in bodies:
        newest[row.registry] = body
        for file in body["files"]:
            latest[row.registry][file["name"]] = file
    registries = tuple(sorted(newest))
    clusters = _clusters(state)
    linked = if_linked(clusters, state.open_pairs)
    inputs = _inputs(state, registries, (clusters, linked.clusters), newest, latest)
    return {
        "as_of": as_of.isoformat(),
        "synthetic": any(row.synthetic for row, _ in bodies),
        "versions": _versions(state, newest.values()),
        "command": command,
        "registries": {
            registry: _registry(state, registry, newest[registry], latest[registry])
            for registry in registries
        },
        "rejected_by_rule": _by_rule(latest),
        "national": _national(state, clusters, linked),
        "matches_by_kind": _by_kind(state),
        "soar": measures.values(inputs),
        "measures": definitions(),
        "touches_pending": state.touches_pending,
        "outbox_pending": state.outbox_pending,
        "rejected_events": state.rejected,
        "positions": {
            str(place): offset
            for place, offset in sorted(state.positions.get("records", {}).items())
        },
        "state_root": state.state_root,
        "state_root_canonical": state.state_root_canonical,
        "lanes": {},
        "seconds": None,
    }


def without_persons(document: Document) -> Document:
    """The document as it may be shown to whoever reads a page: no account, and none's hours."""
    registries = {
        code: {name: value for name, value in each.items() if name != _HOURS_BY_PERSON}
        for code, each in document["registries"].items()
    }
    national = {name: v for name, v in document["national"].items() if name != "clusters"}
    return {**document, "registries": registries, "national": national}


def _versions(state: StoreState, bodies: Iterable[dict[str, Any]]) -> dict[str, Any]:
    epochs = [body["token_epoch"] for body in bodies]
    return {
        "hub": __version__,
        "fold": FOLD_VERSION,
        "schemas": load_schemas().manifest_digest,
        "policies": state.policies,
        "identity_model": ", ".join(state.models) or None,
        "token_epoch": max(epochs, default=None),
    }


def _registry(
    state: StoreState, registry: str, newest: dict[str, Any], files: dict[str, Any]
) -> dict[str, Any]:
    sums = state.sums
    persons = {p: h for p, h in state.hours_e4.items() if p.registry == registry}
    return {
        "name": state_name(registry),
        "files": {name: _file(file) for name, file in sorted(files.items())},
        "rows": sum(file["rows"] for file in files.values()),
        "rejected": sum(file["rejected"] for file in files.values()),
        "persons": sums.get(("accounts", registry, ""), 0),
        "active_persons": sums.get(("active_accounts", registry, ""), 0),
        "completions": sums.get(("trainings_verified", registry, ""), 0),
        "verified_clock_hours": hours_text(sums.get(("verified_hours_e4", registry, ""), 0)),
        _HOURS_BY_PERSON: {
            person.person_id: hours_text(hours) for person, hours in sorted(persons.items())
        },
        "credentials_active": {
            own_type: {"records": records, "holders": holders}
            for (code, own_type), (records, holders) in sorted(state.active_credentials.items())
            if code == registry
        },
        "inbox_written": state.delivered.get(registry, 0),
        "last_sent_on": newest["extract_on"].isoformat(),
    }


def _file(file: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: file[name] for name in ("rows", "accepted", "superseded", "duplicate")},
        "rejected": file["rejected"],
        "rejections": [
            {
                "line": r["line"],
                "field": r["field"] or None,
                "rule": r["rule"],
                "message": message_text(r["rule"], r["field"]),
            }
            for r in file["rejections"]
        ],
    }


def hours_text(hours_e4: int) -> str:
    """Clock hours with two decimals."""
    return f"{Decimal(hours_e4) / 10_000:.2f}"


Clusters = dict[str, list[Person]]


def _clusters(state: StoreState) -> Clusters:
    clusters: dict[str, list[Person]] = defaultdict(list)
    linked = set()
    for link in state.links:
        if link.person in state.present:
            clusters[link.national_id].append(link.person)
            linked.add(link.person)
    for person in state.present - linked:
        clusters[f"{person.registry}|{person.person_id}"].append(person)
    return clusters


def _is_shared(cluster: list[Person]) -> bool:
    return len({person.registry for person in cluster}) > 1


def _inputs(
    state: StoreState,
    registries: tuple[str, ...],
    counted: tuple[Clusters, list[list[Person]]],
    newest: dict[str, dict[str, Any]],
    latest: dict[str, dict[str, Any]],
) -> measures.Inputs:
    clusters, joined = counted
    by_registry: dict[str, int] = defaultdict(int)
    shared: dict[str, int] = defaultdict(int)
    for cluster in clusters.values():
        for registry in {person.registry for person in cluster}:
            by_registry[registry] += 1
            shared[registry] += _is_shared(cluster)
    joined_by_registry: dict[str, int] = defaultdict(int)
    for cluster in joined:
        for registry in {person.registry for person in cluster}:
            joined_by_registry[registry] += 1
    return measures.Inputs(
        sums=state.sums,
        registries=registries,
        national_persons=len(clusters),
        persons_by_registry=by_registry,
        shared_by_registry=shared,
        shared=sum(_is_shared(cluster) for cluster in clusters.values()),
        joined_persons=len(joined),
        joined_by_registry=joined_by_registry,
        rows={
            registry: (
                sum(file["rejected"] for file in files.values()),
                sum(file["rows"] for file in files.values()),
            )
            for registry, files in latest.items()
        },
        kinds={r: frozenset(b["kinds"]) & set(measures.RECORD_KINDS) for r, b in newest.items()},
        functions={r: frozenset(b["functions"]) for r, b in newest.items()},
        elements={r: frozenset(b["elements"]) for r, b in newest.items()},
    )


def _by_rule(latest: dict[str, dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for files in latest.values():
        for file in files.values():
            for rejection in file["rejections"]:
                counts[rejection["rule"]] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _national(state: StoreState, clusters: Clusters, linked: IfLinked) -> dict[str, Any]:
    several = [sorted(cluster) for cluster in clusters.values() if len(cluster) > 1]
    matches = dict.fromkeys(OUTCOMES, 0)
    between: dict[str, int] = defaultdict(int)
    for (name, registry, dim), value in state.sums.items():
        if name == "answers":
            receiver, _, outcome = dim.split("|")
            matches[outcome] += value
            between[f"{registry}>{receiver}"] += value
    twice = sum(len({person.registry for person in cluster}) < len(cluster) for cluster in several)
    return {
        "persons": len(clusters),
        "persons_summed": sum(value for (n, _, _), value in state.sums.items() if n == "accounts"),
        "persons_if_reviews_linked": len(linked.clusters),
        "open_reviews": linked.reviews,
        "open_duplicates": linked.duplicates,
        "live_error": live_error(state.samples),
        "live_error_why": None if state.samples else "not sampled yet",
        "live_errors": [error_document(each) for each in state.samples],
        "links": sum(len(cluster) for cluster in several),
        "in_two_or_more": sum(_is_shared(cluster) for cluster in several),
        "in_two_or_more_if_reviews_linked": sum(map(_is_shared, linked.clusters)),
        "two_in_one": twice,
        "matches": matches,
        "matches_between": dict(sorted(between.items())),
        "clusters": sorted([[*person] for person in cluster] for cluster in several),
    }


def _by_kind(state: StoreState) -> dict[str, dict[str, dict[str, int]]]:
    out: dict[str, dict[str, dict[str, int]]] = {}
    for (name, registry, dim), value in sorted(state.sums.items()):
        if name == "answers":
            receiver, kind, outcome = dim.split("|")
            pair = out.setdefault(kind, {}).setdefault(
                f"{registry}>{receiver}", dict.fromkeys(OUTCOMES, 0)
            )
            pair[outcome] += value
    return out
