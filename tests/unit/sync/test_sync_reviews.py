"""What a registry reads of reviews and exposures in its inbox.csv."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub.domain.events import Kind
from hub.sync.rows import COLUMNS, inbox_row
from tests.unit.lanes.lane_events import body_for, head_for

TODAY = "2026-06-30"
ASKED = {
    "name": "agrees",
    "birth": "differs",
    "number": "absent",
    "purpose": "review",
    "contact": None,
    "opened_on": date(2026, 6, 1),
    "answer_by": date(2026, 7, 31),
}


def row(**fields: Any) -> dict[str, str]:
    body = {**body_for(Kind.INBOX_ITEM), "review": None, "exposed": [], **fields}
    return inbox_row(head_for(Kind.INBOX_ITEM, "inbox|x"), body, TODAY)


def test_a_review_is_told_in_words_with_its_days() -> None:
    cells = row(
        item="REVIEW", sender="us-nv", person_ids=["P1"], record_id="N1", review=ASKED,
        others=[{"registry": "us-nv", "person_id": "N1"}],
    )  # fmt: skip

    wanted = ("item", "own_person_ids", "other_accounts", "name", "birth", "number", "purpose")
    assert [cells[name] for name in wanted] == [
        "review", "P1", "us-nv:N1", "agrees", "differs", "absent", "review",
    ]  # fmt: skip
    assert (cells["opened_on"], cells["answer_by"], cells["contact"]) == (
        "2026-06-01",
        "2026-07-31",
        "",
    )
    assert set(cells) <= set(COLUMNS)


def test_an_exposure_names_each_record() -> None:
    exposed = [
        {"registry": "us-nv", "person_id": "N1", "kind": "training", "record_id": "R1"},
        {"registry": "us-nv", "person_id": "N1", "kind": "link", "record_id": "N1"},
    ]

    cells = row(item="EXPOSURE", person_ids=["P1"], exposed=exposed)

    assert cells["received_wrongly"] == "us-nv:N1 training R1; us-nv:N1 link N1"
    assert set(cells) <= set(COLUMNS)
