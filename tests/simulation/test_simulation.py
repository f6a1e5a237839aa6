"""Five hundred seeds: whatever goes wrong, store and topics end as a plain fold has them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation import simulate
from tests.simulation.sim_run import Fingerprint, run

SEEDS = 500
AT_ONCE = 25
REPLAYED = 7
PROCESS_SECONDS_MAX = 120


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_every_seed_ends_as_a_plain_fold_of_its_log(first: int) -> None:
    failed = {}
    for seed in range(first, first + AT_ONCE):
        verdict = run(seed)
        if not verdict.is_good:
            failed[f"make simulate SEED={seed}"] = verdict.differences[:3]

    assert failed == {}


def test_among_the_seeds_are_logs_that_lost_what_was_folded() -> None:
    assert any(run(seed).diverged for seed in range(SEEDS))


def _fingerprint(seed: int) -> str:
    trace = Fingerprint()
    run(seed, trace=trace)
    return trace.digits()


def test_a_seed_gives_the_same_run_each_time() -> None:
    assert _fingerprint(REPLAYED) == _fingerprint(REPLAYED)
    assert _fingerprint(REPLAYED) != _fingerprint(REPLAYED + 1)


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_a_seed_gives_the_same_run_in_every_process(hash_seed: str) -> None:
    """Sets of texts are walked in an order that Python draws for each process."""
    code = (
        "from tests.simulation.sim_run import Fingerprint, run; trace = Fingerprint();"
        f" run({REPLAYED}, trace=trace); print(trace.digits())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=PROCESS_SECONDS_MAX,
        check=True,
    )

    assert done.stdout.strip() == _fingerprint(REPLAYED)


def test_a_replay_shows_each_statement_and_ends_with_the_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert simulate.main(["--seed", str(REPLAYED)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert any("records.merge" in line for line in lines)
    assert any("matches.replace" in line for line in lines)
    assert lines[-1].startswith(f"seed {REPLAYED}: ")
    assert "good" in lines[-1]


def test_many_seeds_end_with_their_number_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.main(["--from", "3", "--seeds", "4"]) == 0

    assert capsys.readouterr().out.startswith("4 seeds from 3 in ")
