"""The sample's run that the acceptance tests share: `hub demo`, once for the whole session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.identity_search import Needles
from tests.e2e.planted_exports import needles_of_planted, plant_exports
from tests.e2e.sample_run import SampleRun, run_demo


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """Read only: whoever changes something works on a copy of its folder."""
    return run_demo(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def planted_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the exports with birth dates and last fours that occur nowhere else."""
    return plant_exports(tmp_path_factory.mktemp("planted") / "exports")


@pytest.fixture(scope="session")
def planted_run(planted_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """A run on that copy; read only, as the sample's."""
    return run_demo(tmp_path_factory.mktemp("watched"), "--exports", str(planted_exports))


@pytest.fixture(scope="session")
def needles(planted_exports: Path) -> Needles:
    """What of the copy must not be found anywhere."""
    return needles_of_planted(planted_exports)
