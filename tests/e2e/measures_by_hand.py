"""Every measure and every sum worked out anew from the rows of a store, by code of its own.

Nothing of the hub but the codec is used: definitions are read from the measures' own words.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hub.domain.events import Change, Kind
from hub.wire.codec import decode_body
from hub.wire.schemas import load_schemas
from tests.e2e.sample_run import ROOT, SampleRun, rows_of

EPOCH = date(1970, 1, 1)
EVER = date.min
KNOWN_REGISTRIES = 45
KINDS = 6
FUNCTIONS = 8
ACCEPTED = ("FULL", "PARTIAL")
VERIFIED = ("VERIFIED", "ATTENDANCE")
Cell = tuple[Any, Any]
Sums = dict[tuple[str, str, str], int]


@dataclass(slots=True)
class Rows:
    """What a store holds, decoded."""

    records: dict[int, list[tuple[Any, dict[str, Any]]]] = field(default_factory=dict)
    matches: list[dict[str, Any]] = field(default_factory=list)
    national: dict[tuple[str, str], str] = field(default_factory=dict)
    reviews: list[tuple[tuple[str, str], tuple[str, str]]] = field(default_factory=list)
    """Pairs that nobody has settled."""

    def of(self, kind: Kind, place: str = "national") -> list[tuple[Any, dict[str, Any]]]:
        rows = self.records.get(int(kind), [])
        return [each for each in rows if place in ("national", each[0]["registry"])]


def read_rows(run: SampleRun) -> Rows:
    rows = Rows()
    for row in rows_of(run, "SELECT * FROM record WHERE revision >= 0"):
        body = decode_body(row["schema_id"], row["body"])
        rows.records.setdefault(row["kind"], []).append((row, body))
    schema_id = load_schemas().of(Kind.RECIPROCITY_MATCH).schema_id
    for row in rows_of(run, "SELECT body FROM match"):
        rows.matches.append(decode_body(schema_id, row["body"]))
    for row in rows_of(run, "SELECT * FROM link WHERE version >= 0"):
        rows.national[row["registry"], row["person_id"]] = row["national_id"]
    for row in rows_of(run, "SELECT * FROM identity_pair WHERE verdict = 1"):
        one = (row["registry"], row["person_id"])
        rows.reviews.append((one, (row["other_registry"], row["other_person_id"])))
    return rows


def is_stated(row: Any) -> bool:
    return bool(row["change"] == Change.STATED)


def accounts(rows: Rows, place: str) -> list[tuple[Any, dict[str, Any]]]:
    return [each for each in rows.of(Kind.PROFILE, place) if each[0]["change"] != Change.WITHDRAWN]


def verified(rows: Rows, place: str) -> list[dict[str, Any]]:
    trainings = rows.of(Kind.TRAINING_COMPLETION, place)
    return [b for row, b in trainings if is_stated(row) and b["verification"] in VERIFIED]


def answers(rows: Rows, place: str, day: date) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Matches with the interval that holds on the day, by the registry of the record."""
    found = []
    for match in rows.matches:
        if place in ("national", match["registry"]):
            for interval in match["intervals"]:
                until = interval["until_on"]
                if interval["from_on"] <= day and (until is None or day <= until):
                    found.append((match, interval))
    return found


def measures(rows: Rows, registries: list[str], day: date) -> dict[str, dict[str, Cell]]:
    """Measure to place to numerator and denominator."""
    out: dict[str, dict[str, Cell]] = defaultdict(dict)
    for place in ("national", *registries):
        here = registries if place == "national" else [place]
        for name, cell in {
            **_saturation(rows, place, here),
            **_operations(rows, place, here),
            **_accountability(rows, place, here),
            **_reciprocity(rows, place, day),
        }.items():
            out[name][place] = cell
    return out


def _saturation(rows: Rows, place: str, here: list[str]) -> dict[str, Cell]:
    standing = accounts(rows, place)
    present = {row["registry"] for row, _ in accounts(rows, "national")}
    active = sum(body["status"] == "ACTIVE" for _, body in standing)
    everywhere: dict[str, set[str]] = defaultdict(set)
    for row, _ in accounts(rows, "national"):
        everywhere[rows.national[row["registry"], row["person_id"]]].add(row["registry"])
    people = [found for found in everywhere.values() if found & set(here)]
    shared = sum(len(found) > 1 for found in people)
    return {
        "registries_present": (
            len(present & set(here)),
            KNOWN_REGISTRIES if place == "national" else 1,
        ),
        "accounts": (len(standing), None),
        "active_accounts": (active, len(standing)),
        "national_persons": (len(people), len(standing)),
        "persons_if_reviews_linked": (_joined(rows, everywhere, set(here)), len(standing)),
        "persons_in_two_or_more": (shared, len(people)),
        "licensed_program_staff": (None, None),
    }


def _joined(rows: Rows, everywhere: dict[str, set[str]], here: set[str]) -> int:
    """People, were every review a link: groups are merged until none is left to be merged."""
    groups = [({name}, set(found)) for name, found in everywhere.items()]
    for pair in rows.reviews:
        names = {rows.national[person] for person in pair}
        touched = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        groups.append(
            (set().union(*(g[0] for g in touched)), set().union(*(g[1] for g in touched)))
        )
    return sum(bool(found & here) for _, found in groups)


def _operations(rows: Rows, place: str, here: list[str]) -> dict[str, Cell]:
    mappings = {code: _mapping(code) for code in here}
    sent = {row["registry"]: body for row, body in rows.of(Kind.SUBMISSION)}
    every = {element for body in sent.values() for element in body["elements"]}
    approving = {row["registry"] for row, _ in rows.of(Kind.APPROVAL)} & set(here)
    kinds = [{file["kind"] for file in mapping["file"]} for mapping in mappings.values()]
    functions = [set(mapping["functions"]) for mapping in mappings.values()]
    return {
        "record_kinds": (sum(map(len, kinds)), KINDS * len(here)),
        "functions": (sum(map(len, functions)), FUNCTIONS * len(here)),
        "ceds_elements": (
            sum(len(set(sent[code]["elements"])) for code in here),
            len(every) * len(here),
        ),
        "approves_professional_development": (len(approving), len(here)),
        "per_approved": (None, None),
    }


def _mapping(code: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "connectors" / "registries" / f"{code}.toml").read_text("utf-8"))


def _accountability(rows: Rows, place: str, here: list[str]) -> dict[str, Cell]:
    files = [file for _, body in rows.of(Kind.SUBMISSION, place) for file in body["files"]]
    trainings = rows.of(Kind.TRAINING_COMPLETION, place)
    both = [
        (body["entered_on"] - body["completed_on"]).days
        for _, body in trainings
        if body["entered_on"] is not None and body["completed_on"] is not None
    ]
    days = [number for number in both if number >= 0]
    return {
        "rows_rejected": (
            sum(len(file["rejections"]) for file in files),
            sum(file["rows"] for file in files),
        ),
        "trainings_verified": (len(verified(rows, place)), len(trainings)),
        "days_to_record": (sum(days), len(days)) if days else (None, None),
        "contributes_to_data_set": (None, None),
    }


def _reciprocity(rows: Rows, place: str, day: date) -> dict[str, Cell]:
    given = answers(rows, place, day)
    outcomes = [interval["outcome"] for _, interval in given]
    credentials = [i["outcome"] for match, i in given if match["kind"] == "credential"]
    trainings = [interval for match, interval in given if match["kind"] == "training"]
    accepted, total = (
        sum((i[name] or Decimal(0) for i in trainings), Decimal(0))
        for name in ("accepted_hours", "total_hours")
    )
    return {
        "matches_accepted": (sum(o in ACCEPTED for o in outcomes), len(outcomes)),
        "hours_accepted": (accepted, total),
        "credentials_accepted": (sum(o in ACCEPTED for o in credentials), len(credentials)),
        "decisions": (None, None),
        "streamlined_criteria": (None, None),
    }


def shown(cell: Cell, unit: str, has_base: bool) -> dict[str, Any]:
    """A cell as the JSON has it: a value is a count, or a quotient of four places."""
    numerator, denominator = cell
    value = None
    if numerator is not None and (unit == "count" or not has_base):
        value = numerator
    elif numerator is not None and denominator:
        quotient = Decimal(numerator) / Decimal(denominator)
        value = str(quotient.quantize(Decimal("0.0001"), ROUND_HALF_EVEN))
    return {"numerator": _plain(numerator), "denominator": _plain(denominator), "value": value}


def _plain(number: Any) -> Any:
    return f"{number:.2f}" if isinstance(number, Decimal) else number


def sums(rows: Rows, day: date) -> Sums:
    """Every sum that the store keeps, as of the day."""
    out: Counter[tuple[str, str, str]] = Counter()
    for kind, each in rows.records.items():
        for row, body in each:
            out["records", row["registry"], Kind(kind).event_name] += 1
            _add_record(out, Kind(kind), row, body, day)
    for match, interval in answers(rows, "national", day):
        pair = f"{match['receiver']}|{match['kind']}"
        out["answers", match["registry"], f"{pair}|{interval['outcome']}"] += 1
        for name in ("accepted_hours", "total_hours"):
            hours = interval[name] or Decimal(0)
            out[f"{name}_e4", match["registry"], pair] += int(hours * 10_000)
    return {key: value for key, value in out.items() if value}


def _add_record(
    out: Counter[tuple[str, str, str]], kind: Kind, row: Any, body: dict[str, Any], day: date
) -> None:
    registry = row["registry"]
    if kind is Kind.PROFILE and row["change"] != Change.WITHDRAWN:
        out["accounts", registry, ""] += 1
        out["active_accounts", registry, ""] += body["status"] == "ACTIVE"
    elif kind is Kind.TRAINING_COMPLETION:
        counts = is_stated(row) and body["verification"] in VERIFIED
        out["trainings", registry, ""] += 1
        out["trainings_verified", registry, ""] += counts
        if counts and body["clock_hours"] is not None:
            out["verified_hours_e4", registry, ""] += int(body["clock_hours"] * 10_000)
        done, entered = body["completed_on"], body["entered_on"]
        if done and entered and entered >= done:
            out["days_to_record", registry, ""] += (entered - done) // timedelta(days=1)
            out["days_to_record_of", registry, ""] += 1
    elif kind is Kind.CREDENTIAL:
        held = is_stated(row) and body["standing"] not in ("REVOKED", "APPLIED")
        first, last = body["issued_on"], body["expires_on"]
        if held and first is not None and first <= day and (last is None or day <= last):
            out["credentials_active", registry, body["own_type"]] += 1
    elif kind is Kind.APPROVAL:
        out["approvals", registry, body["subject"]] += 1
