"""What `hub topics plan` and `hub topics apply` do, and how they show it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

from hub import bootstrap
from hub.adapters.kafka_admin import apply_changes, cluster_of, found_topics
from hub.adapters.topic_changes import (
    Does,
    FoundTopic,
    TopicChange,
    Wanted,
    changes_of,
    wanted_of,
)
from hub.adapters.topic_plan import read_topic_plan
from hub.cli import common
from hub.cli.tables import hush_driver, table
from hub.console.terminal import WIDTH_DEFAULT, terminal_of
from hub.domain.log import TopicSpec
from hub.errors import ConfigurationError
from hub.settings import Settings

_PLANNED = {
    Does.MAKE: "to be made",
    Does.CHANGE: "to be changed",
    Does.KEEP: "as planned",
    Does.REFUSE: "refused",
}
_APPLIED = {**_PLANNED, Does.MAKE: "made", Does.CHANGE: "changed"}
_NOTHING = "Nothing was changed, at any topic: one is refused."
_NOT_APPLICABLE = "Nothing can be applied while a topic is refused."


class TopicsOptions(NamedTuple):
    """What the command was told."""

    log: str | None
    registries: tuple[str, ...]
    partitions: tuple[str, ...]
    json: str | None


async def run_topics(options: TopicsOptions, settings: Settings, *, apply: bool) -> int:
    """0 where the topics are, or can be brought, as planned; 1 where one cannot."""
    url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    chosen = dict(_chosen(text) for text in options.partitions)
    changes = await _changes(url, settings, (options.registries, chosen), apply=apply)
    is_refused = any(change.refusals for change in changes)
    applied = apply and not is_refused
    common.write_json(_document(url, changes, applied=applied), options.json)
    if options.json != "-":
        lines = _report(changes, applied=applied)
        if is_refused:
            lines.append(_NOTHING if apply else _NOT_APPLICABLE)
        sys.stdout.write(terminal_of(sys.stdout).signs("\n".join(lines)) + "\n")
    return int(is_refused)


def _chosen(text: str) -> tuple[str, int]:
    code, _, count = text.partition("=")
    if not code or not count.isascii() or not count.isdigit():
        raise common.UsageError(
            f'--partitions is "{text}"', fix="write a registry and a count, such as us-ca=16"
        )
    return code, int(count)


async def _changes(
    url: str, settings: Settings, asked: tuple[Sequence[str], dict[str, int]], *, apply: bool
) -> list[TopicChange]:
    """What differs; done, where asked for and nothing is refused."""
    if url.startswith("kafka://"):
        return await _on_kafka(url, settings, asked, apply=apply)
    path = Path(url.removeprefix("sqlite:///"))
    if not apply and url.startswith("sqlite:///") and not path.exists():
        return _planned(wanted(asked, {}), {}, 0)  # To open it would make the file.
    log = bootstrap.open_log(url, settings)
    try:
        found = {name: FoundTopic(count) for name, count in (await log.topics()).items()}
        changes = _planned(wanted(asked, found), found, 0)
        if apply and not any(change.refusals for change in changes):
            await log.create_topics(
                [TopicSpec(c.topic, c.partitions) for c in changes if c.does is Does.MAKE]
            )
        return changes
    finally:
        await log.close()


async def _on_kafka(
    url: str, settings: Settings, asked: tuple[Sequence[str], dict[str, int]], *, apply: bool
) -> list[TopicChange]:
    with hush_driver():
        clients = bootstrap.open_kafka(url, settings)
        try:
            brokers = len((await cluster_of(clients)).brokers)
            found = await found_topics(clients)
            changes = _planned(wanted(asked, found), found, brokers)
            if apply and not any(change.refusals for change in changes):
                await apply_changes(clients, changes)
            return changes
        finally:
            await clients.close()


def wanted(asked: tuple[Sequence[str], dict[str, int]], found: dict[str, FoundTopic]) -> Wanted:
    """Whose topics there must be. Raises UsageError for a code that names no registry."""
    try:
        return wanted_of(*asked, existing=found)
    except ConfigurationError as error:
        raise common.UsageError(error.message, fix=error.fix) from None


def _planned(asked: Wanted, found: dict[str, FoundTopic], brokers: int) -> list[TopicChange]:
    return changes_of(read_topic_plan(bootstrap.topic_plan_text()), asked, found, brokers)


def _report(changes: Sequence[TopicChange], *, applied: bool) -> list[str]:
    words = _APPLIED if applied else _PLANNED
    rows = []
    for change in changes:
        settings = [f"{s.name} {s.was} → {s.becomes}" for s in change.settings if s.was is not None]
        rows.append((change.topic, str(change.partitions), words[change.does]))
        rows += [("", "", f"  {each}") for each in settings]
    lines = table(("topic", "partitions", "done" if applied else "plan"), rows, numbers=(1,))
    remarks = [remark for change in changes for remark in (*change.refusals, *change.notes)]
    for remark in remarks:
        lines += ["", *wrap(remark.says, WIDTH_DEFAULT)]
        lines += wrap(remark.fix, WIDTH_DEFAULT, initial_indent="  ", subsequent_indent="  ")
    counts = {does: sum(change.does is does for change in changes) for does in Does}
    said = ", ".join(f"{count} {words[does]}" for does, count in counts.items() if count)
    lines += ["", f"{len(changes)} topics: {said}."]
    if not applied and not counts[Does.REFUSE] and (counts[Does.MAKE] or counts[Does.CHANGE]):
        lines.append("hub topics apply, with the same words, does it.")
    return lines


def _document(url: str, changes: Sequence[TopicChange], *, applied: bool) -> dict[str, Any]:
    return {
        "log": url,
        "applicable": not any(change.refusals for change in changes),
        "applied": applied,
        "topics": [
            {
                "topic": change.topic,
                "partitions": change.partitions,
                "does": str(change.does),
                "settings": [each._asdict() for each in change.settings],
                "refusals": [each._asdict() for each in change.refusals],
                "notes": [each._asdict() for each in change.notes],
            }
            for change in changes
        ],
    }
