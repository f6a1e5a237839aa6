"""Races by name, each actor interrupted before every one of its statements."""

from __future__ import annotations

import pytest

from tests.simulation.sim_playing import Player
from tests.simulation.sim_races import RACES, Race
from tests.simulation.sim_worker import quiet_lanes

CROSSED = ("a record moves", "a merge", "a policy")
STRIDE = 5


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_a_race_ends_as_a_plain_fold_wherever_one_is_interrupted(race: Race) -> None:
    player = Player(race)

    with quiet_lanes():
        differs = {actor: found for actor in race.actors if (found := player.interrupted(actor))}

    assert differs == {}
    assert all(player.steps[actor] for actor in race.actors)


@pytest.mark.parametrize(
    "race", [race for race in RACES if race.name.startswith(CROSSED)], ids=lambda race: race.name
)
def test_a_race_ends_as_a_plain_fold_where_two_interrupt_each_other(race: Race) -> None:
    first, *others = race.actors
    player = Player(race)

    with quiet_lanes():
        crossed = {other: player.crossed(first, other, STRIDE) for other in others}
    differs = {other: found for other, found in crossed.items() if found}

    assert differs == {}
