"""Models as files and events: what is written is read again, what cannot be used is refused."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from hub.errors import ConfigurationError
from hub.identity.levels import Compared, mask
from hub.identity.model import Limits, Model, model_body, model_of_body, model_text, parse_model
from hub.identity.tokens import Label
from hub.identity.train import Terms, train

MODEL = Model(
    name="small",
    description="for tests",
    training="none",
    population=100,
    bias=-1.5,
    link_at=1.0,
    review_at=-2.0,
    weights={"given_equal": 3.25, "number_nine": 9.0},
    limits=Limits(cluster_max=7),
)

TERMS = Terms(name="t", description="", training="", population=1_000, link_at=0.0, review_at=-3.0)


def body(**changes: Any) -> dict[str, Any]:
    return {**model_body(MODEL), **changes}


def test_a_model_is_read_as_it_was_written() -> None:
    assert parse_model(model_text(MODEL), source="small.json") == MODEL
    assert model_of_body(model_body(MODEL)) == MODEL


def test_an_event_without_weights_is_no_model() -> None:
    assert model_of_body({"name": "exact-v1", "description": "", "population": 0}) is None


def test_a_limit_that_is_not_named_has_the_programs_own_value() -> None:
    found = model_of_body(body(limits=[]))

    assert found is not None
    assert found.limits == Limits()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weights": [{"name": "shoe_size", "weight": 1.0}]}, "shoe_size"),
        ({"weights": [{"name": "given_equal", "weight": 1.0}] * 2}, "twice"),
        ({"bias": float("nan")}, "not a number"),
        ({"weights": [{"name": "given_equal", "weight": float("inf")}]}, "not a number"),
        ({"limits": [{"name": "patience", "value": 1}]}, "patience"),
        ({"limits": [{"name": "cluster_max", "value": -1}]}, "counts"),
        ({"population": 0}, "counts"),
        ({"review_at": 5.0}, "above"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse_model(json.dumps(body(**changes)), source="small.json")


@pytest.mark.parametrize("text", ["", "[]", "3", '{"name": "x"}', '{"weights": [{}]}'])
def test_a_file_that_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"small\.json"):
        parse_model(text, source="small.json")


def test_training_weighs_what_tells_one_from_two() -> None:
    equal = Compared(mask(Label.GIVEN_BIRTH, Label.SURNAME_BIRTH, Label.ROOT_DATE), 0xFFFF, 4, 4)
    twins = Compared(mask(Label.SURNAME_BIRTH), mask(Label.GIVEN_BIRTH, Label.SURNAME_BIRTH), 4, 4)
    counts = Counter({(equal, True): 90, (equal, False): 10, (twins, False): 80, (twins, True): 1})
    model = train(counts, TERMS, trained_on=1_000)

    assert model.weights["given_equal"] > 0 > model.weights["given_differs"]
    assert parse_model(model_text(model), source="t.json") == model


def test_training_twice_gives_the_same_model() -> None:
    equal = Compared(mask(Label.GIVEN_BIRTH, Label.ROOT_DATE), 0xFFFF, 4, 4)
    counts = Counter({(equal, True): 9, (equal, False): 4})
    models = [train(counts, TERMS, trained_on=50) for _ in range(2)]

    assert models[0] == models[1]


def test_training_needs_both_kinds_of_pair() -> None:
    with pytest.raises(ConfigurationError, match="pairs of one human and pairs of two"):
        train(Counter({(Compared(1, 1, 0, 0), True): 5}), TERMS, trained_on=10)


def test_a_changed_limit_is_another_model() -> None:
    assert replace(MODEL, limits=Limits(cluster_max=8)) != MODEL
