"""A made-up acceptance matrix: three registries, two policies, some decisions."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub.projections.acceptance import acceptances
from hub.projections.acceptance_document import Matrix, matrix_document
from hub.projections.recognition import Tally
from hub.reciprocity.policy import Policy, parse_policy

DAY = date(2026, 6, 30)
OHIO = """
registry = "us-oh"
revision = 2
[[rule]]
id = "oh-training"
version = 1
kind = "training"
from = 2024-07-01
illustrative = true
[rule.effect]
outcome = "FULL"
[[rule]]
id = "oh-credential"
version = 1
kind = "credential"
from = 2024-07-01
illustrative = true
[rule.when]
registry = "us-nv"
[rule.effect]
outcome = "DENIED"
"""
NEVADA = """
registry = "us-nv"
revision = 1
[[rule]]
id = "nv-credential"
version = 3
kind = "credential"
from = 2024-07-01
citation = "https://example.gov/rules"
[rule.when]
registry = "others"
[rule.effect]
outcome = "NEEDS_DOCUMENT"
documents = ["certificate"]
[rule.effect.with]
outcome = "FULL"
"""


def policies() -> dict[str, Policy]:
    return {code: parse_policy(text) for code, text in (("us-oh", OHIO), ("us-nv", NEVADA))}


def matrix(**changes: Any) -> Matrix:
    """Decisions of Nevada on Ohio's credentials: 12 accepted, 3 refused."""
    values: dict[str, Any] = {
        "day": DAY,
        "acceptances": tuple(acceptances(policies(), ["us-fl"], DAY)),
        "tallies": (
            Tally("us-oh", "us-nv", "credential", {"ACCEPTED": 12, "REFUSED": 3}, {"AFTER": 15}),
        ),
        "answers": {("us-oh", "us-nv", "credential"): {"NEEDS_DOCUMENT": 40, "DENIED": 4}},
        "last_decided": {("us-oh", "us-nv", "credential"): DAY},
        "policies": policies(),
        "agreements": frozenset({("us-oh", "us-nv", "credential")}),
        "synthetic": True,
    }
    return Matrix(**{**values, **changes})


def document(viewer: str | None = None, **changes: Any) -> dict[str, Any]:
    return matrix_document(matrix(**changes), viewer)
