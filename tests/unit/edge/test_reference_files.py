"""Reference files of the Alliance: strict where the gate is, and kept where a later one stands."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.memory_log import MemoryEventLog
from hub.bootstrap import make_topics
from hub.cli.alliance import entries_of, shipped_entries
from hub.domain.events import Kind
from hub.errors import ConfigurationError
from hub.identity.levels import LEVELS
from hub.intake.reference import Entry, agreement_entries, publish_reference

PAIR = '[[agreement]]\nsender = "us-oh"\nreceiver = "us-nv"\nkinds = ["training"]\n'


@pytest.mark.parametrize(
    "text",
    [
        PAIR + 'in_force = "no"\n',
        PAIR + 'ends = "2026-01-01"\n',
        PAIR.replace('["training"]', '"training"'),
        PAIR.replace("us-nv", "us-oh"),
        PAIR.replace("us-nv", "Nevada"),
        PAIR.replace("training", "everything"),
    ],
)
def test_an_agreement_that_is_not_plainly_one_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        agreement_entries(text, "file.toml")


def test_a_file_that_is_no_reference_is_refused_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text('title = "something else"\n')

    with pytest.raises(ConfigurationError, match="holds no policy"):
        entries_of(path)


def a_model(**changes: Any) -> str:
    body = {
        "name": "own-v1",
        "description": "for tests",
        "training": "none",
        "population": 10,
        "bias": 0.0,
        "link_at": 2.0,
        "review_at": 1.0,
        "weights": [{"name": LEVELS[0], "weight": 3.0}],
        "limits": [],
    }
    return json.dumps({**body, **changes})


def test_a_model_is_a_json_file(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(a_model())
    (entry,) = entries_of(path)

    assert (entry.kind, entry.key) == (Kind.IDENTITY_MODEL, "own-v1")
    assert entry.body["population"] == 10


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        a_model(weights=[]),
        a_model(weights=[{"name": "shoe", "weight": 1.0}]),
        a_model(review_at=3.0),
        a_model(population=0),
    ],
)
def test_a_file_that_is_no_model_is_refused_before_anything_is_sent(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "own.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"own\.json"):
        entries_of(path)


async def test_what_is_shipped_leaves_a_later_revision_standing() -> None:
    log = MemoryEventLog()
    await make_topics(log, [])
    policy = next(e for e in shipped_entries() if e.kind is Kind.RECIPROCITY_POLICY)
    later = _revised(policy)
    await publish_reference(log, [later])

    assert await publish_reference(log, [policy], keep_newer=True) == 0
    with pytest.raises(ConfigurationError, match="stands at revision"):
        await publish_reference(log, [policy])


def _revised(policy: Entry) -> Entry:
    text = policy.body["text"] + "\n"
    said = {"text": text, "sha256": sha256(text.encode()).hexdigest()}
    return replace(policy, body={**policy.body, **said}, revision=(policy.revision or 0) + 1)
