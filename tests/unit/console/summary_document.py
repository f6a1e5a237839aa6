"""A summary document with the sample exports' own numbers; the rest of it is made up.

`document()` gives a fresh one each time, so that a test may change its own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

# Name, files as (rows, rejected) by stem, accounts, active, trainings stated, verified, hours,
# sent back, days to record, rows of approvals.
_STEMS = ("people", "employment", "education", "training", "credentials", "approvals")
_REGISTRIES: dict[str, tuple[Any, ...]] = {
    "us-fl": (
        "Florida",
        "csv",
        (437, 670, 403, 2593, 615),
        (7, 10, 6, 39, 9),
        409,
        263,
        2338,
        2146,
        "13192.25",
        346,
    ),
    "us-il": (
        "Illinois",
        "csv",
        (337, 507, 319, 1767, 453),
        (5, 8, 5, 27, 7),
        306,
        178,
        1623,
        1424,
        "9204.75",
        347,
    ),
    "us-nd": (
        "North Dakota",
        "txt",
        (141, 243, 142, 850, 223, 107),
        (2, 4, 2, 13, 3, 2),
        134,
        80,
        769,
        669,
        "4248.75",
        118,
    ),
    "us-nv": (
        "Nevada",
        "csv",
        (214, 329, 181, 1194, 242, 157),
        (3, 5, 3, 18, 4, 2),
        191,
        116,
        1075,
        1003,
        "5379.00",
        231,
    ),
    "us-oh": (
        "Ohio",
        "tsv",
        (313, 504, 305, 2743, 573, 69),
        (5, 8, 5, 41, 9, 1),
        289,
        178,
        1722,
        1567,
        "8263.75",
        398,
    ),
    "us-wi": (
        "Wisconsin",
        "csv",
        (307, 459, 295, 1976, 490, 86),
        (5, 7, 4, 30, 7, 1),
        284,
        184,
        1794,
        1583,
        "8750.25",
        402,
    ),
}
_RULES = {
    "impossible_date": 40,
    "unknown_code": 37,
    "missing_key": 29,
    "undecodable_byte": 29,
    "orphan_person": 29,
    "conflicting_duplicate": 27,
    "future_date": 26,
    "column_count": 26,
    "absurd_hours": 22,
    "negative_hours": 20,
    "split_sum_mismatch": 14,
    "end_before_start": 5,
    "expiry_before_issue": 3,
}
_MATCHES: dict[str, dict[str, dict[str, int]]] = {
    "training_completion": {
        "us-oh>us-fl": {
            "FULL": 40,
            "PARTIAL": 35,
            "NEEDS_DOCUMENT": 90,
            "NEEDS_REVIEW": 39,
            "DENIED": 10,
        },
        "us-oh>us-nv": {
            "FULL": 9,
            "PARTIAL": 57,
            "NEEDS_DOCUMENT": 48,
            "NEEDS_REVIEW": 28,
            "DENIED": 8,
        },
        "us-oh>us-nd": {
            "FULL": 4,
            "PARTIAL": 7,
            "NEEDS_DOCUMENT": 20,
            "NEEDS_REVIEW": 8,
            "DENIED": 2,
        },
        "us-nd>us-fl": {"PARTIAL": 3, "NEEDS_DOCUMENT": 4},
        "us-fl>us-nv": {
            "FULL": 30,
            "PARTIAL": 160,
            "NEEDS_DOCUMENT": 210,
            "NEEDS_REVIEW": 190,
            "DENIED": 60,
        },
        "us-wi>us-nd": {
            "FULL": 10,
            "PARTIAL": 90,
            "NEEDS_DOCUMENT": 180,
            "NEEDS_REVIEW": 120,
            "DENIED": 50,
        },
    },
    "credential": {
        "us-oh>us-fl": {
            "FULL": 20,
            "PARTIAL": 20,
            "NEEDS_DOCUMENT": 46,
            "NEEDS_REVIEW": 36,
            "DENIED": 20,
        },
        "us-il>us-fl": {
            "FULL": 5,
            "PARTIAL": 30,
            "NEEDS_DOCUMENT": 90,
            "NEEDS_REVIEW": 50,
            "DENIED": 13,
        },
    },
}
_MEASURES = (
    ("registries_present", "saturation", "Registries present", "count"),
    ("accounts", "saturation", "Accounts", "count"),
    ("active_accounts", "saturation", "Active accounts", "count"),
    ("national_persons", "saturation", "People", "count"),
    ("persons_if_reviews_linked", "saturation", "People, were every open review a link", "count"),
    ("persons_in_two_or_more", "saturation", "People in two or more registries", "share"),
    ("licensed_program_staff", "saturation", "Staff of licensed programs on record", "share"),
    ("record_kinds", "operations", "Kinds of record sent", "count"),
    ("functions", "operations", "Functions performed", "count"),
    ("ceds_elements", "operations", "CEDS elements provided", "count"),
    (
        "approves_professional_development",
        "operations",
        "Approve professional development",
        "count",
    ),
    ("per_approved", "operations", "PER-approved registries", "share"),
    ("rows_rejected", "accountability", "Rows rejected", "share"),
    ("trainings_verified", "accountability", "Trainings verified", "share"),
    ("days_to_record", "accountability", "Days from completion to record", "days"),
    ("contributes_to_data_set", "accountability", "Contribute to the national data set", "share"),
    ("matches_accepted", "reciprocity", "Matches that count", "share"),
    ("hours_accepted", "reciprocity", "Clock hours accepted", "share"),
    ("credentials_accepted", "reciprocity", "Credentials accepted", "share"),
    ("decisions", "reciprocity", "Matches decided by the receiving state", "share"),
    ("streamlined_criteria", "reciprocity", "Registries that use streamlined criteria", "share"),
)


def document() -> dict[str, Any]:
    registries = {code: _registry(code, *given) for code, given in _REGISTRIES.items()}
    between = _sums_by_pair()
    matches: dict[str, int] = {}
    for pairs in _MATCHES.values():
        for outcomes in pairs.values():
            for outcome, number in outcomes.items():
                matches[outcome] = matches.get(outcome, 0) + number
    return {
        "as_of": "2026-06-30",
        "synthetic": True,
        "command": "hub audit replay --effective-as-of 2026-06-30",
        "versions": {
            "hub": "0.1.0",
            "fold": 1,
            "schemas": "5b70" + "a1" * 28 + "02dd",
            "policies": {"us-fl": 1, "us-nd": 2, "us-nv": 1, "us-wi": 1},
            "token_epoch": "demo-1",
            "identity_model": "tokens-v1",
        },
        "registries": registries,
        "rejected_by_rule": dict(_RULES),
        "national": {
            "persons": 1540,
            "persons_summed": 1613,
            "persons_if_reviews_linked": 1498,
            "open_reviews": 40,
            "open_duplicates": 4,
            "live_error": None,
            "live_error_why": "not sampled yet",
            "live_errors": [],
            "links": 139,
            "matches": matches,
            "matches_between": between,
            "clusters": [],
            "in_two_or_more": 66,
            "in_two_or_more_if_reviews_linked": 71,
            "two_in_one": 6,
        },
        "matches_by_kind": {
            kind: {pair: dict(outcomes) for pair, outcomes in pairs.items()}
            for kind, pairs in _MATCHES.items()
        },
        "soar": _soar(matches, between),
        "measures": [_measure(*given) for given in _MEASURES],
        "lanes": {
            "records": _lane(18655, 18655, None),
            "derive": _lane(18343, 18655, 4.2),
            "identity": _lane(1613, 1613, None),
            "relay": _lane(1842, 1842, None),
        },
        "touches_pending": 312,
        "outbox_pending": 0,
        "rejected_events": 0,
        "seconds": 21.4,
        "positions": {f"registry.{code}.events/0": 3000 + n for n, code in enumerate(_REGISTRIES)},
        "state_root": "9f3c" + "0e" * 28 + "a81e",
        "state_root_canonical": "5b70" + "1f" * 28 + "02dd",
    }


def _registry(code: str, name: str, ending: str, rows: Any, rejected: Any, *rest: Any) -> Any:
    accounts, active, _stated, verified, hours, sent_back = rest
    files = {
        f"{stem}.{ending}": {
            "rows": total,
            "accepted": total - bad,
            "superseded": 0,
            "duplicate": 0,
            "rejected": bad,
            "rejections": [],
        }
        for stem, total, bad in zip(_STEMS, rows, rejected, strict=False)
    }
    return {
        "name": name,
        "files": files,
        "rows": sum(rows),
        "rejected": sum(rejected),
        "last_sent_on": "2026-06-12" if code == "us-oh" else "2026-06-30",
        "persons": accounts,
        "active_persons": active,
        "completions": verified,
        "verified_clock_hours": hours,
        "verified_clock_hours_by_person_id": {},
        "credentials_active": {"CPR": {"records": 53, "holders": 51}},
        "inbox_written": sent_back,
    }


def _sums_by_pair() -> dict[str, int]:
    between: dict[str, int] = {}
    for pairs in _MATCHES.values():
        for pair, outcomes in pairs.items():
            between[pair] = between.get(pair, 0) + sum(outcomes.values())
    return between


def _cell(numerator: Any, denominator: Any = None, value: Any = None) -> dict[str, Any]:
    return {"numerator": numerator, "denominator": denominator, "value": value}


def _soar(matches: dict[str, int], between: dict[str, int]) -> dict[str, Any]:
    soar: dict[str, Any] = {name: {"national": None} for name, *_ in _MEASURES}
    for code, given in _REGISTRIES.items():
        _, _, rows, rejected, accounts, active, stated, verified, hours, _ = given
        soar["accounts"][code] = _cell(accounts, None, accounts)
        soar["active_accounts"][code] = _cell(active, None, active)
        soar["record_kinds"][code] = _cell(len(rows), 6)
        soar["functions"][code] = _cell(5, 9)
        soar["ceds_elements"][code] = _cell(41, 120)
        soar["rows_rejected"][code] = _cell(sum(rejected), sum(rows), "0.015")
        soar["trainings_verified"][code] = _cell(verified, stated)
        soar["days_to_record"][code] = _cell(str(verified * 6), verified, "6.0")
        soar["hours_accepted"][code] = _cell(str(Decimal(hours) / 5), hours)
        soar["licensed_program_staff"][code] = None
    full, part = matches["FULL"], matches["PARTIAL"]
    soar["registries_present"]["national"] = _cell(6, 45)
    soar["accounts"]["national"] = _cell(1613, None, 1613)
    soar["active_accounts"]["national"] = _cell(999, None, 999)
    soar["national_persons"]["national"] = _cell(1540, None, 1540)
    soar["persons_if_reviews_linked"]["national"] = _cell(1498, 1613, 1498)
    soar["persons_in_two_or_more"]["national"] = _cell(66, 1540)
    soar["rows_rejected"]["national"] = _cell(307, 20244)
    soar["trainings_verified"]["national"] = _cell(8392, 9321)
    soar["days_to_record"]["national"] = _cell("50352", 8392, "6.0")
    soar["matches_accepted"]["national"] = _cell(full + part, sum(between.values()))
    soar["hours_accepted"]["national"] = _cell("9807.75", "49038.75")
    soar["credentials_accepted"]["national"] = _cell(3, 7)
    soar["approves_professional_development"]["national"] = _cell(4, 6)
    return soar


def _measure(name: str, goal: str, title: str, unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "goal": goal,
        "title": title,
        "unit": unit,
        "definition": f"{title}, as the exports state it on the day shown.",
        "inputs": "records in force on the day shown",
        "numerator": f"what counts towards {title.lower()}",
        "denominator": "all that could count",
    }


def _lane(position: int, end: int, oldest: float | None) -> dict[str, Any]:
    return {
        "position": position,
        "end": end,
        "lag": end - position,
        "oldest_seconds": oldest,
        "last_error": None,
    }
