"""What `hub topics acl plan` and `hub topics acl apply` do, and how they show it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from hub import bootstrap
from hub.adapters.access_plan import (
    AccessChanges,
    Grant,
    Principals,
    access_changes,
    principal_of,
)
from hub.adapters.kafka_acls import add_grants, found_grants, remove_grants
from hub.adapters.kafka_admin import found_topics
from hub.adapters.topic_changes import wanted_of
from hub.cli import common
from hub.cli.tables import hush_driver, table
from hub.console.terminal import WIDTH_DEFAULT, terminal_of
from hub.errors import ConfigurationError
from hub.settings import Settings


class AccessOptions(NamedTuple):
    """What the command was told."""

    log: str | None
    registries: tuple[str, ...]
    hub: str | None
    alliance: str | None
    prune: bool
    json: str | None


async def run_access(options: AccessOptions, settings: Settings, *, apply: bool) -> int:
    """0 where the rules are, or were brought, as planned."""
    principals = _principals(options)
    url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    with hush_driver():
        clients = bootstrap.open_kafka(url, settings)
        try:
            topics = await found_topics(clients, with_settings=False)
            registries = wanted_of(principals.registries, {}, topics).registries
            changes = access_changes(principals, registries, await found_grants(clients))
            if apply:
                await add_grants(clients, changes.add)
            if apply and options.prune:
                await remove_grants(clients, changes.beyond)
        finally:
            await clients.close()
    common.write_json(_document(url, changes, applied=apply), options.json)
    if options.json != "-":
        lines = _report(changes, applied=apply, prune=options.prune)
        sys.stdout.write(terminal_of(sys.stdout).signs("\n".join(lines)) + "\n")
    return 0


def _principals(options: AccessOptions) -> Principals:
    """Raises UsageError where nobody is named, or one name has two parts to play."""
    try:
        principals = Principals(
            dict(_registry(text) for text in options.registries),
            None if options.hub is None else principal_of(options.hub),
            None if options.alliance is None else principal_of(options.alliance),
        )
        wanted_of(principals.registries, {})
    except ConfigurationError as error:
        raise common.UsageError(error.message, fix=error.fix) from None
    given = len(principals.registries) + sum(each is not None for each in principals[1:])
    if not given:
        raise common.UsageError(
            "nobody is named", fix="give --registry us-oh, --hub hub or --alliance alliance"
        )
    if len(principals.named()) < given:
        raise common.UsageError(
            "one name is given twice", fix="give each registry, the hub and the Alliance its own"
        )
    return principals


def _registry(text: str) -> tuple[str, str]:
    code, _, name = text.partition("=")
    return code, principal_of(name or code)


def _report(changes: AccessChanges, *, applied: bool, prune: bool) -> list[str]:
    added = "added" if applied else "to be added"
    removed = "removed" if applied else "to be removed"
    beyond = removed if prune else "not of the plan, stays"
    states = [
        *((grant, "stands") for grant in changes.stand),
        *((grant, added) for grant in changes.add),
        *((grant, beyond) for grant in changes.beyond),
    ]
    rows = [
        (g.principal, f"{'' if g.permission == 'allow' else 'not '}{g.operation}", g.target, state)
        for g, state in sorted(states)
    ]
    lines = table(("principal", "may", "what", "rule"), rows)
    counts = [(len(changes.stand), "stand"), (len(changes.add), added)]
    counts += [(len(changes.beyond), beyond)]
    said = "; ".join(f"{count} {words}" for count, words in counts if count)
    lines += ["", f"{len(rows)} rules: {said}."]
    if changes.beyond and not prune:
        lines.append("--prune removes what is not of the plan.")
    for grant in changes.strangers:
        lines += wrap(_stranger(grant), WIDTH_DEFAULT)
    if not applied and (changes.add or (prune and changes.beyond)):
        lines.append("hub topics acl apply, with the same words, does it.")
    return lines


def _stranger(grant: Grant) -> str:
    return (
        f"warning: {grant.principal} may {grant.operation} {grant.target}, and is none of those"
        " named. Remove the rule with Kafka's kafka-acls.sh --remove if this is not meant."
    )


def _document(url: str, changes: AccessChanges, *, applied: bool) -> dict[str, Any]:
    def told(grants: Sequence[Grant]) -> list[dict[str, str]]:
        return [grant._asdict() for grant in grants]

    return {
        "log": url,
        "applied": applied,
        "add": told(changes.add),
        "stand": told(changes.stand),
        "beyond": told(changes.beyond),
        "strangers": told(changes.strangers),
    }
