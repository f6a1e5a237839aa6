"""The sample's run that the acceptance tests share: `hub demo`, once for the whole session."""

from __future__ import annotations

import pytest

from tests.e2e.sample_run import SampleRun, run_demo


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """Read only: whoever changes something works on a copy of its folder."""
    return run_demo(tmp_path_factory.mktemp("sample"))
