"""What `hub identity exposure` does: who received what through a link that was undone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from hub import bootstrap
from hub.adapters.sql_store import SqlStore
from hub.audit.exposure import Exposure, exposure_by, exposure_of, tell_exposure
from hub.cli import common
from hub.cli.status import iso
from hub.console.identity import print_exposure
from hub.domain.state import Document
from hub.identity.statements import pair_of
from hub.intake.answers import person_named
from hub.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureOptions:
    """Of whom, and what to do with it."""

    persons: Sequence[str]
    decision: int | None
    send: bool
    json: str | None
    log: str | None
    store: str | None


async def run_exposure(options: ExposureOptions, settings: Settings) -> int:
    """List what was received wrongly; with send, tell who received it."""
    if (len(options.persons) == 2) is (options.decision is not None):
        raise common.UsageError(
            "whose link was undone is not said, or said twice",
            fix="name two persons as REGISTRY/PERSON, or give --decision OFFSET",
        )
    log_url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    store_url = common.required(options.store or settings.store, "HUB_STORE", "--store")
    log = bootstrap.open_log(log_url, settings, to_read=True)
    store = SqlStore(store_url)
    try:
        if options.decision is None:
            pair = pair_of(*map(person_named, options.persons))
            found = await exposure_of(log, store, pair)
        else:
            found = await exposure_by(log, store, options.decision)
        if options.send:
            await asyncio.to_thread(tell_exposure, store, found)
    finally:
        store.close()
        await log.close()
    document = {"linked": [_document(each) for each in found], "sent": options.send}
    common.write_json(document, options.json)
    if options.json != "-":
        print_exposure(document, sys.stdout)
    return 0


def _document(exposure: Exposure) -> Document:
    episode = exposure.episode
    return {
        "one": list(exposure.pair.one),
        "other": list(exposure.pair.other),
        "from": iso(episode.since_ms),
        "until": None if episode.until_ms is None else iso(episode.until_ms),
        "linked_by": episode.since,
        "undone_by": episode.until,
        "received": [
            {
                "receiver": each.receiver,
                "own_person_id": each.own.person_id,
                "item": each.item,
                "kind": each.kind,
                "registry": each.owner.registry,
                "person_id": each.owner.person_id,
                "record_id": each.record_id,
                "at": iso(each.at_ms),
            }
            for each in exposure.exposed
        ],
    }
