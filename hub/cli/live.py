"""The demo's live page: the summary of the store, and a feed read from the log itself."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

import uvicorn

from hub import bootstrap
from hub.api.app import build_app
from hub.api.server import build_server
from hub.api.source import FeedEvent
from hub.cli import common
from hub.cli.demo_state import Demo
from hub.cli.late import late_changes
from hub.console.words import OUTCOMES
from hub.domain.events import Change, Envelope, Kind
from hub.domain.log import LogRecord, TopicPartition
from hub.domain.state import Document
from hub.domain.statements import Submission
from hub.domain.states import state_name
from hub.domain.topics import RECIPROCITY, registry_of_events
from hub.errors import HubError
from hub.intake.publish import publish_submission
from hub.wire.codec import Body, read_event

FEED_MAX = 200
FEED_FIRST = 50
CHANGE_SECONDS = 4.0
TAIL_SECONDS = 0.5


class Lanes(Protocol):
    """Whatever runs the lanes of a demo."""

    async def keep_up(self) -> None:
        """Work off what came since."""


class LiveSource:
    """Summary and feed behind the page."""

    def __init__(self, demo: Demo, seconds: float) -> None:
        self._demo = demo
        self._seconds = seconds
        self._feed: deque[FeedEvent] = deque(maxlen=FEED_MAX)
        self._sequence = 0
        self._positions: dict[TopicPartition, int] = {}

    async def summary(self) -> Document:
        document = await bootstrap.summary(
            self._demo.store, self._demo.log, self._demo.as_of, common.command_line()
        )
        document["seconds"] = self._seconds
        return document

    async def acceptance(self) -> Document:
        return await bootstrap.acceptance(self._demo.store, self._demo.as_of)

    async def events_after(self, sequence: int) -> list[FeedEvent]:
        return [event for event in self._feed if event.sequence > sequence]

    async def tail(self) -> None:
        """Read what the log has got since; the last few lines of before at first."""
        ends = await self._demo.log.ends()
        records: list[LogRecord] = []
        for place, end in sorted(ends.items()):
            if place.topic != RECIPROCITY and registry_of_events(place.topic) is None:
                continue
            start = self._positions.get(place, max(0, end - FEED_FIRST))
            if start < end:
                records += await self._demo.log.read(place, start, end - start)
            self._positions[place] = end
        for record in sorted(records, key=lambda r: r.append_at_ms)[-FEED_MAX:]:
            self._add(record)

    def _add(self, record: LogRecord) -> None:
        envelope, body = read_event(record)
        line = _line(envelope, body)
        if line is None:
            return
        self._sequence += 1
        at = datetime.fromtimestamp(record.append_at_ms / 1000, UTC).isoformat(timespec="seconds")
        who, what, follows = line
        self._feed.append(FeedEvent(self._sequence, at.replace("+00:00", "Z"), who, what, follows))


_KIND_WORDS = {
    Kind.PROFILE: "profile",
    Kind.EMPLOYMENT: "employment",
    Kind.EDUCATION: "education",
    Kind.TRAINING_COMPLETION: "training",
    Kind.CREDENTIAL: "credential",
    Kind.APPROVAL: "approval",
}
_CHANGE_WORDS = {
    Change.STATED: "stated",
    Change.SUSPENDED: "suspended",
    Change.REVOKED: "revoked",
    Change.REVERSED: "taken back",
    Change.WITHDRAWN: "withdrawn",
}


def _line(envelope: Envelope, body: Body) -> tuple[str, str, tuple[str, ...]] | None:
    if envelope.kind is Kind.RECIPROCITY_MATCH:
        sender, receiver = state_name(body["registry"]), state_name(body["receiver"])
        what = f"{body['kind']} from {sender} to {receiver}"
        if body["withdrawn"] or not body["intervals"]:
            return receiver, what, ("no answer any more",)
        outcome = body["intervals"][-1]["outcome"]
        word = next((o for o in OUTCOMES if o.code == outcome), None)
        shown = outcome if word is None else f"{word.icon} {word.words}"
        return receiver, what, (f"→ {shown}",)
    if envelope.kind is Kind.SUBMISSION:
        rows = sum(file["rows"] for file in body["files"])
        rejected = sum(file["rejected"] for file in body["files"])
        who = state_name(envelope.head.registry)
        return (who, f"sent {rows:,} rows, {rejected:,} rejected", ()) if rows else None
    if envelope.kind in _KIND_WORDS and envelope.head.change in _CHANGE_WORDS:
        words = f"{_KIND_WORDS[envelope.kind]} {_CHANGE_WORDS[envelope.head.change]}"
        return state_name(envelope.head.registry), words, ()
    return None


async def serve_page(
    demo: Demo, lanes: Lanes, submissions: Mapping[str, Submission], seconds: float
) -> None:
    """Serve until Ctrl-C; unless told once, publish a small late change every few seconds."""
    source = LiveSource(demo, seconds)
    await source.tail()
    server = build_server(build_app(source), "127.0.0.1", demo.options.port)
    background = [asyncio.create_task(_tail(source))]
    if not demo.options.once:
        background.append(asyncio.create_task(_trickle(demo, lanes, submissions)))
    try:
        await _serving(server)
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)


async def _serving(server: uvicorn.Server) -> None:
    """Serve until Ctrl-C or a request to end; either way the server closes its connections."""
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        # The server raises the signal once more when it is done; nobody needs to hear it twice.
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        server.should_exit = True
        await serving
        raise


async def _tail(source: LiveSource) -> None:
    while True:
        await source.tail()
        await asyncio.sleep(TAIL_SECONDS)


async def _trickle(demo: Demo, lanes: Lanes, submissions: Mapping[str, Submission]) -> None:
    for submission in late_changes(submissions):
        await asyncio.sleep(CHANGE_SECONDS)
        try:
            await publish_submission(
                submission,
                log=demo.log,
                keyring=demo.keyring,
                token_keys=(demo.token_key,),
                known=None,
            )
            await lanes.keep_up()
        except HubError as error:
            demo.progress.note(f"late changes stopped: {error.message}")
            return
