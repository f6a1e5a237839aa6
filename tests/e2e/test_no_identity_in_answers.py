"""No identity in decisions, reviews, samples, exposure, nor in a worker's log and metrics."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.adapters.keyring import open_keyring
from hub.domain.events import Kind
from hub.wire.codec import read_event
from tests.e2e.identity_search import Needles, Search
from tests.e2e.sample_run import ROOT, SampleRun, rows_of, run_demo, run_hub
from tests.e2e.written_by_hub import (
    MASKS_BYTES,
    look_at_run,
    open_pair,
    pair_changes,
    records_of,
)

WORKER_SECONDS_MAX = 90.0
MODEL = ROOT / "hub/seeds/models/tokens-v1.json"
LINKED = """
SELECT registry, person_id, other_registry, other_person_id FROM identity_pair
WHERE verdict = 2 AND registry <> other_registry ORDER BY 1, 2, 3, 4 LIMIT 3
"""
LAST_MONTH = f"{date.today().replace(day=1) - timedelta(days=1):%Y-%m}"


@pytest.fixture(scope="module")
def answered(
    planted_run: SampleRun, planted_exports: Path, tmp_path_factory: pytest.TempPathFactory
) -> SampleRun:
    """The run, after answers of every kind, each with its consequences."""
    folder = tmp_path_factory.mktemp("answered")
    shutil.copytree(planted_run.data, folder / "data")
    log = ("--log", f"sqlite:///{folder / 'data' / 'log.sqlite'}")
    (never, disputed, agreed) = [
        (f"{row[0]}/{row[1]}", f"{row[2]}/{row[3]}") for row in rows_of(planted_run, LINKED)
    ]
    run_hub("identity", "never", *never, "--reason", "twins", *log)
    one = disputed[0].partition("/")[0]
    run_hub("identity", "answer", *disputed, "dispute", "--registry", one, *log)
    for side in agreed:
        registry = side.partition("/")[0]
        run_hub("identity", "answer", *agreed, "same", "--registry", registry, *log)
    run_hub("identity", "release", one, "--reason", "checked", *log)
    return run_demo(folder, "--exports", str(planted_exports))


def test_answers_and_what_follows_hold_no_identity(answered: SampleRun, needles: Needles) -> None:
    kinds = {read_event(record)[0].kind for record in records_of(answered.data)}
    changes = list(pair_changes(records_of(answered.data)))
    search = Search(needles)
    look_at_run(search, answered)

    assert {Kind.IDENTITY_DECISION, Kind.REVIEW_ANSWER, Kind.IDENTITY_RELEASE} <= kinds
    assert {"LINK", "REVIEW", "APART"} <= {change["verdict"] for change in changes}
    assert {"score", "agreed", "disputed"} <= {change["cause"] for change in changes}
    assert dict(search.found) == {}


def test_sealed_names_of_evidence_are_two_masks_and_no_more(answered: SampleRun) -> None:
    changes = [each for each in pair_changes(records_of(answered.data)) if each["evidence"]]
    keyring = open_keyring(f"sqlite:///{answered.data / 'keyring.sqlite'}")
    try:
        names = {
            change["evidence"][name] for change in changes for name in ("key_id", "other_key_id")
        }
        keys = keyring.open_keys(sorted(names))
    finally:
        keyring.close()

    assert len(changes) > 100
    assert {len(open_pair(change, keys)) for change in changes} == {MASKS_BYTES}


@pytest.mark.parametrize(
    "words",
    [
        ("reviews", "--json", "-"),
        ("reviews", "--registry", "us-oh", "--send", "--csv", "-"),
        ("duplicates", "--registry", "us-wi", "--send", "--json", "-"),
        ("sample", "--month", LAST_MONTH, "--send", "--json", "-"),
    ],
    ids=lambda words: words[0],
)
def test_what_people_are_asked_holds_no_identity(
    answered: SampleRun, needles: Needles, words: tuple[str, ...]
) -> None:
    done = run_hub("identity", *words, "--store", answered.store_url)

    search = Search(needles)
    search.look(done.stdout)
    search.look(done.stderr)
    assert done.stdout.strip()
    assert dict(search.found) == {}


def test_shadow_and_exposure_tell_no_identity(
    answered: SampleRun, planted_run: SampleRun, needles: Needles
) -> None:
    never = rows_of(planted_run, LINKED)[0]
    both = (f"{never[0]}/{never[1]}", f"{never[2]}/{never[3]}")
    store = ("--store", answered.store_url)
    keyring = ("--keyring", f"sqlite:///{answered.data / 'keyring.sqlite'}")
    shadow = run_hub("identity", "shadow", "--model", str(MODEL), "--json", "-", *store, *keyring)
    log = ("--log", answered.log_url)
    exposure = run_hub("identity", "exposure", *both, "--json", "-", *log, *store)

    search = Search(needles)
    for done in (shadow, exposure):
        assert json.loads(done.stdout)
        search.look(done.stdout)
        search.look(done.stderr)
    assert dict(search.found) == {}


def test_log_and_metrics_of_a_worker_hold_no_identity(
    answered: SampleRun, needles: Needles, tmp_path: Path
) -> None:
    """While it takes one more answer in."""
    data = tmp_path / "data"
    shutil.copytree(answered.data, data)
    run = SampleRun(data, {}, "")
    pair = rows_of(run, LINKED)[0]
    both = (f"{pair[0]}/{pair[1]}", f"{pair[2]}/{pair[3]}")
    run_hub("identity", "never", *both, "--reason", "wrong", "--log", run.log_url)
    metrics, said = _worked(data, lambda: pair not in rows_of(run, LINKED))

    search = Search(needles)
    search.look(metrics)
    search.look(said)
    assert "hub_rejected_events_total" in metrics
    assert "hub run: stopped" in said
    assert dict(search.found) == {}


def _worked(data: Path, is_done: Callable[[], bool]) -> tuple[str, str]:
    """Metrics of a worker once its work is done, and its log."""
    places = [f"sqlite:///{data / name}.sqlite" for name in ("log", "store", "keyring")]
    options = zip(("--log", "--store", "--keyring"), places, strict=True)
    words = [word for option in options for word in option]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    program = [sys.executable, "-m", "hub.cli", "run", *words, "--out", str(data / "out")]
    with subprocess.Popen(
        [*program, "--metrics", "127.0.0.1:0"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            first = process.stderr.readline()
            until = time.monotonic() + WORKER_SECONDS_MAX
            while not is_done():
                assert time.monotonic() < until, "the worker did not take the answer in"
                time.sleep(0.2)
            address = first.rsplit("metrics ", 1)[1].strip()
            with urllib.request.urlopen(address, timeout=10) as answer:
                metrics: str = answer.read().decode()
        finally:
            process.send_signal(signal.SIGTERM)
            _, rest = process.communicate(timeout=WORKER_SECONDS_MAX)
    return metrics, first + rest
