"""The states change their token key, through the edge and every lane: what was linked stays linked
at each step, and whoever comes later is compared under the newest key that both have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from hub.domain.events import Change, Kind
from hub.domain.rows import Person
from hub.domain.statements import IdentityFields, Statement, Submission
from hub.identity.tokens import TokenKey
from hub.intake.publish import publish_submission
from hub.intake.reference import epoch_entry, publish_reference
from tests.unit.lanes.lane_events import NOW, SmallHub, body_for

OLD, NEW = TokenKey(1, bytes(32)), TokenKey(2, bytes(range(32)))
WISCONSIN, NEVADA, DAKOTA = Person("us-wi", "P1"), Person("us-nv", "N1"), Person("us-nd", "D1")
WHO = IdentityFields(
    given_name="Made", surname="Uppington", birth_on=date(1980, 1, 2), ssn="900121234"
)


def submission(person: Person) -> Submission:
    """An export of one person, the same each time."""
    stated = Statement(
        kind=Kind.PROFILE,
        record_id=person.person_id,
        person_id=person.person_id,
        revision=NOW - 1_000_000,
        change=Change.STATED,
        body=body_for(Kind.PROFILE, status="ACTIVE"),
        private={},
        identity=WHO,
        file="people.csv",
        row=1,
    )
    return Submission(
        registry=person.registry,
        submission_id="0b6d7a52-0000-5000-8000-000000000001",
        digest="0" * 64,
        extract_on=date(2026, 6, 1),
        mapping_version=1,
        synthetic=True,
        kinds=("profile",),
        elements=(),
        functions=(),
        files=(),
        statements=(stated,),
    )


async def publish(hub: SmallHub, person: Person, keys: Sequence[TokenKey]) -> None:
    await publish_submission(
        submission(person), log=hub.log, keyring=hub.keyring, token_keys=keys, known=None
    )
    await hub.feed()


def clusters(hub: SmallHub) -> list[set[str]]:
    found: dict[str, set[str]] = {}
    for row in hub.rows("SELECT * FROM link WHERE version >= 0"):
        found.setdefault(row["national_id"], set()).add(row["person_id"])
    return sorted(found.values(), key=min)


STEPS = [
    (WISCONSIN, (OLD,)),
    (NEVADA, (OLD,)),
    (WISCONSIN, (OLD, NEW)),
    (NEVADA, (OLD, NEW)),
    (WISCONSIN, (NEW,)),
    (NEVADA, (NEW,)),
]


async def test_what_was_linked_stays_linked_at_every_step(hub: SmallHub) -> None:
    seen = []
    for person, keys in STEPS:
        await publish(hub, person, keys)
        seen.append(clusters(hub))
    items = [item for registry in ("us-wi", "us-nv") for item in await hub.inbox(registry)]

    assert seen == [[{"P1"}], *[[{"N1", "P1"}]] * 5]
    assert [item for item in items if item["item"] == "REVISION_CONFLICT"] == []
    assert hub.rejected() == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [((NEW,), [{"D1", "N1", "P1"}]), ((NEW, OLD), [{"D1", "N1", "P1"}])],
)
async def test_who_comes_later_is_linked_under_the_new_key(
    hub: SmallHub, keys: Sequence[TokenKey], expected: list[set[str]]
) -> None:
    for person, step in STEPS:
        await publish(hub, person, step)
    await publish_reference(hub.log, [epoch_entry(1, "rotated")])
    await hub.feed()
    assert clusters(hub) == [{"N1", "P1"}]

    await publish(hub, DAKOTA, keys)
    assert clusters(hub) == expected


async def test_who_stays_with_an_old_key_is_linked_to_nobody_any_more(hub: SmallHub) -> None:
    for person, keys in STEPS[:4]:
        await publish(hub, person, keys)
    await publish_reference(hub.log, [epoch_entry(1, "rotated")])
    await publish(hub, DAKOTA, (OLD,))
    assert clusters(hub) == [{"D1"}, {"N1", "P1"}]

    await publish(hub, DAKOTA, (OLD, NEW))
    assert clusters(hub) == [{"D1", "N1", "P1"}]


async def test_sending_under_the_former_keys_again_changes_nothing(hub: SmallHub) -> None:
    for person, keys in STEPS:
        await publish(hub, person, keys)
    before = hub.rows("SELECT * FROM record WHERE kind = 1 ORDER BY registry")
    await publish(hub, WISCONSIN, (OLD,))
    await publish(hub, NEVADA, (OLD, NEW))

    assert hub.rows("SELECT * FROM record WHERE kind = 1 ORDER BY registry") == before
    assert clusters(hub) == [{"N1", "P1"}]
