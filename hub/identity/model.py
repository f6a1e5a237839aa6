"""Identity models: weights, thresholds and limits, as a published event says them.

A pair's score is the log of the odds that two accounts are of one human: a bias, a weight for what
each field says, minus the logarithm of how many people there are.
Whatever bends a decision stands here, so a decision can be made again from the log alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import isfinite
from typing import Any

from hub.errors import ConfigurationError
from hub.identity.levels import LEVELS


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of decisions; days are counted between append times."""

    candidates_max: int = 100
    """A token held by more present persons offers none of them."""
    cluster_max: int = 10
    registry_max: int = 3
    """Accounts of one registry in a cluster."""
    evidences_max: int = 3
    """Different evidences of one person within evidences_days."""
    evidences_days: int = 30
    newcomers_percent: int = 5
    """New persons of a registry within newcomers_days, of those before; at least newcomers_min."""
    newcomers_days: int = 7
    newcomers_min: int = 50
    first_load_hours: int = 24
    """From a registry's first claim: its first submission, which has no bound."""
    review_days: int = 60
    guard_numbers: int = 1
    """1: a conflict of numbers allows a review at most, and keeps clusters apart. So the two below:
    only data in which every field is often wrong, such as test data, is served without them."""
    guard_birth: int = 1
    guard_given: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A published model. Weights are natural logarithms of odds."""

    name: str
    description: str
    training: str
    population: int
    bias: float
    link_at: float
    review_at: float
    weights: Mapping[str, float]
    """By level of a field (hub/identity/levels.py); a level that is not named weighs nothing."""
    limits: Limits = field(default_factory=Limits)


def model_body(model: Model) -> dict[str, Any]:
    """Body of the identity_model event."""
    return {
        "name": model.name,
        "description": model.description,
        "order_free": False,
        "population": model.population,
        "training": model.training,
        "bias": model.bias,
        "link_at": model.link_at,
        "review_at": model.review_at,
        "weights": [{"name": name, "weight": w} for name, w in sorted(model.weights.items())],
        "limits": [{"name": n, "value": v} for n, v in sorted(asdict(model.limits).items())],
    }


def model_of_body(body: Mapping[str, Any]) -> Model | None:
    """The model of an event's body; None where it has no weights. Raises ValueError where they
    cannot be used; labels and limits that this program does not know are such."""
    if not body.get("weights"):
        return None
    weights = {e["name"]: float(e["weight"]) for e in _known(body["weights"], "level", _LEVELS)}
    limits = {e["name"]: e["value"] for e in _known(body["limits"], "limit", _LIMITS)}
    model = Model(
        name=body["name"],
        description=body["description"],
        training=body["training"],
        population=body["population"],
        bias=body["bias"],
        link_at=body["link_at"],
        review_at=body["review_at"],
        weights=weights,
        limits=Limits(**limits),
    )
    _check(model)
    return model


_LEVELS = frozenset(LEVELS)
_LIMITS = frozenset(limit.name for limit in fields(Limits))


def _known(entries: Any, what: str, names: frozenset[str]) -> list[Mapping[str, Any]]:
    found = list(entries)
    for entry in found:
        if entry["name"] not in names:
            raise ValueError(f"the {what} {entry['name']} is not known to this version")
    if len({entry["name"] for entry in found}) < len(found):
        raise ValueError(f"a {what} is given twice")
    return found


def _check(model: Model) -> None:
    if not all(
        map(isfinite, (model.bias, model.link_at, model.review_at, *model.weights.values()))
    ):
        raise ValueError("a weight is not a number")
    if model.review_at > model.link_at:
        raise ValueError("review_at lies above link_at")
    if model.population < 1 or min(asdict(model.limits).values()) < 0:
        raise ValueError("population and limits are counts")


def model_text(model: Model) -> str:
    """The model as a JSON file, one weight a line."""
    body = model_body(model)
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def parse_model(text: str, *, source: str) -> Model:
    """The model in a JSON file. Raises ConfigurationError that names what is wrong."""
    try:
        model = model_of_body(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{source} is not an identity model: {error!s}",
            fix="make one with hub identity train",
        ) from None
    if model is None:
        raise ConfigurationError(f"{source} has no weights", fix="make one with hub identity train")
    return model
