"""What the edge keeps in files: the state of a registry, and the states' token key."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hub.adapters.token_key import new_token_key, read_token_key
from hub.domain.events import Kind
from hub.errors import ConfigurationError
from hub.intake.known import Known, KnownState, MemoryKnown, Receipt
from tests.unit.edge.edge_samples import sample

PROFILE = next(s for s in sample("us-nd").statements if s.kind is Kind.PROFILE)
RECEIPT = Receipt("a submission", 1_001_001, 77, b"body")

Open = Callable[[], Known]


@pytest.fixture(params=["memory", "file"])
def open_known(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same state each time."""
    if request.param == "memory":
        state = MemoryKnown()
        return lambda: state
    return lambda: KnownState(tmp_path / "state" / "us-nd.sqlite", "us-nd")


def test_nothing_is_known_at_first(open_known: Open) -> None:
    known = open_known()

    assert not known.has_person(PROFILE.person_id or "")
    assert known.newest_stamp(PROFILE.kind, PROFILE.record_id) is None
    assert known.receipt(RECEIPT.submission_id, RECEIPT.encoding) is None


def test_what_was_sent_is_known_in_the_next_run(open_known: Open) -> None:
    open_known().remember([PROFILE], RECEIPT)
    known = open_known()

    assert known.has_person(PROFILE.person_id or "")
    assert known.newest_stamp(PROFILE.kind, PROFILE.record_id) == PROFILE.revision
    assert known.newest_stamp(Kind.CREDENTIAL, PROFILE.record_id) is None
    assert known.receipt(RECEIPT.submission_id, RECEIPT.encoding) == RECEIPT
    assert known.receipt(RECEIPT.submission_id, RECEIPT.encoding + 1) is None


def test_the_newest_stamp_stands_whatever_the_order(open_known: Open) -> None:
    known = open_known()
    known.remember([replace(PROFILE, revision=9), replace(PROFILE, revision=5)], RECEIPT)
    known.remember([replace(PROFILE, revision=7)], replace(RECEIPT, submission_id="another"))

    assert known.newest_stamp(PROFILE.kind, PROFILE.record_id) == 9


def test_a_receipt_is_kept_as_it_was_first(open_known: Open) -> None:
    known = open_known()
    known.remember([], RECEIPT)
    known.remember([], replace(RECEIPT, body=b"judged later"))

    assert known.receipt(RECEIPT.submission_id, RECEIPT.encoding) == RECEIPT


def test_a_person_is_known_by_a_profile_alone(open_known: Open) -> None:
    known = open_known()
    known.remember([replace(PROFILE, kind=Kind.EMPLOYMENT)], RECEIPT)

    assert not known.has_person(PROFILE.person_id or "")


def test_the_state_of_another_registry_is_refused(tmp_path: Path) -> None:
    KnownState(tmp_path / "state.sqlite", "us-nd").close()
    with pytest.raises(ConfigurationError, match="us-nd, not of us-oh"):
        KnownState(tmp_path / "state.sqlite", "us-oh")
    state = KnownState(tmp_path / "state.sqlite", "us-nd")

    assert not state.has_person("anybody")
    state.close()


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(ConfigurationError):
        KnownState(path, "us-nd")

    assert path.read_bytes().startswith(b"something else")


def test_a_token_key_is_read_as_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "states.key"
    made = new_token_key(path, 4)

    assert read_token_key(path) == made
    assert made.epoch == 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_each_token_key_is_another(tmp_path: Path) -> None:
    assert new_token_key(tmp_path / "a", 1) != new_token_key(tmp_path / "b", 1)


def test_a_token_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "states.key"
    made = new_token_key(path, 1)
    with pytest.raises(ConfigurationError, match="exists"):
        new_token_key(path, 2)

    assert read_token_key(path) == made


SECRET = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no toml at all",
        f'secret = "{SECRET}"',
        "epoch = 1",
        f'epoch = "1"\nsecret = "{SECRET}"',
        f'epoch = true\nsecret = "{SECRET}"',
        f'epoch = 0\nsecret = "{SECRET}"',
        f'epoch = 1\nsecret = "{SECRET[:20]}"',
        f'epoch = 1\nsecret = "{SECRET[:-3]}"',
        f'epoch = 1\nsecret = "*{SECRET}"',
        "epoch = 1\nsecret = 7",
        f'epoch = 1\nsecret = "{SECRET}"\nmore = 1',
    ],
)
def test_a_damaged_token_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "states.key"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_token_key(path)

    shown = f"{caught.value} {caught.value.fix} {caught.value.tried}"
    assert SECRET[:10] not in shown
    assert caught.value.__cause__ is None


def test_a_token_key_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_token_key(tmp_path / "nothing.key")
