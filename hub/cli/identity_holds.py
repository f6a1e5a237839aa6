"""What `hub identity holds` does: who is held from linking, until the Alliance releases them."""

from __future__ import annotations

import sys

from hub.adapters.sql_identity_status import HeldPerson, held_counts, held_persons
from hub.adapters.sql_store import SqlStore
from hub.cli import common
from hub.cli.status import held_document
from hub.console.holds import print_holds
from hub.settings import Settings


def run_holds(
    store_url: str | None, registry: str | None, target: str | None, settings: Settings
) -> int:
    """Print how many persons of each registry are held, why, and who they are."""
    store = SqlStore(common.required(store_url or settings.store, "HUB_STORE", "--store"))
    try:
        with store.reading() as sql:
            counts = held_counts(sql)
            persons = held_persons(sql, registry)
    finally:
        store.close()
    asked = {key: count for key, count in counts.items() if registry in (None, key[0])}
    document = {"held": held_document(asked), "persons": [_person(each) for each in persons]}
    common.write_json(document, target)
    if target != "-":
        print_holds(document, sys.stdout)
    return 0


def _person(held: HeldPerson) -> dict[str, str | int]:
    return {
        "registry": held.registry,
        "person_id": held.person_id,
        "cause": held.cause,
        "evidences": held.evidences,
        "claim_offset": held.claim_offset,
    }
