"""What `hub policy show` does: a policy of a file, or the one that stands, in plain words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from hub import bootstrap
from hub.cli import common
from hub.cli.policy_document import (
    FROM_A_FILE,
    NO_ANSWER,
    Shown,
    changes_document,
    no_policy,
    policy_document,
)
from hub.cli.policy_in_store import shown_in_store
from hub.cli.policy_page import policy_page
from hub.cli.said import checked_registry
from hub.console.numbers import day_text
from hub.console.policies import print_changes, print_policy
from hub.errors import ConfigurationError, NotAllowedError
from hub.intake.policies import PublishedPolicy, policy_answer, published_policies
from hub.ports import EventLog
from hub.reciprocity.model import PolicyTable
from hub.reciprocity.policy_words import read_tables, tables_of
from hub.settings import Settings

NOT_READABLE = "its events may not be read with this account"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """What `hub policy show` was told."""

    file: Path | None
    registry: str | None
    against: str | None
    as_of: date | None
    html: Path | None
    json: str | None
    log: str | None
    store: str | None


async def run_show(options: ShowOptions, settings: Settings) -> int:
    """Show a policy, or how it differs from another."""
    if (options.file is None) == (options.registry is None):
        raise common.UsageError(
            "there is nothing to show, or two things",
            fix="name a file, or a registry with --registry us-nd",
        )
    shown, others = await _read(options, settings)
    if options.against is not None:
        if options.html is not None:
            raise common.UsageError(
                "a difference has no page", fix="leave out --html, or --against"
            )
        return _show_changes(shown.table, _against(options.against, others), options.json)
    day = options.as_of or datetime.now(UTC).date()
    common.write_json(policy_document(shown, day), options.json)
    if options.html is not None:
        page = policy_page(policy_document(shown, day, day_text))
        _write(options.html, page)
        sys.stderr.write(f"Written: {options.html}\n")
    elif options.json != "-":
        print_policy(policy_document(shown, day), sys.stdout)
    return 0


def _show_changes(new: PolicyTable, old: PolicyTable, target: str | None) -> int:
    if old.registry != new.registry:
        raise ConfigurationError(
            f"one policy is of {new.registry}, the other of {old.registry}",
            fix="compare two policies of one registry",
        )
    document = changes_document(old, new)
    common.write_json(document, target)
    if target != "-":
        print_changes(document, sys.stdout)
    return 0


def read_policy_file(path: Path) -> str:
    """The text of a policy file, its line ends as they stand. Raises ConfigurationError."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} was not read: {error.strerror}", fix="name the policy's file"
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(
            f"{path} is not UTF-8 text", fix="write the policy as UTF-8 text"
        ) from None


def shown_file(path: Path) -> Shown:
    """A policy file. Raises PolicyError."""
    text = read_policy_file(path)
    table = read_tables(text, source=path.name)
    digest = sha256(text.encode()).hexdigest()
    return Shown(table=table, sha256=digest, published_why=FROM_A_FILE, answer_why=FROM_A_FILE)


async def _read(
    options: ShowOptions, settings: Settings
) -> tuple[Shown, Sequence[PublishedPolicy]]:
    """What is shown, and every revision on the log where it is read."""
    against_log = options.against is not None and _is_revision(options.against)
    shown = None if options.file is None else shown_file(options.file)
    if shown is not None and not against_log:
        return shown, ()
    registry = checked_registry(options.registry or (shown.table.registry if shown else ""))
    if options.store is not None and not against_log:
        return shown_in_store(options.store, registry), ()
    url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    log = bootstrap.open_log(url, settings, to_read=True)
    try:
        found = await published_policies(log, registry)
        if not found:
            raise no_policy(registry, "on this log")
        return shown or await _standing(log, found[-1]), found
    finally:
        await log.close()


async def _standing(log: EventLog, policy: PublishedPolicy) -> Shown:
    answer, why = None, None
    try:
        answer = await policy_answer(log, policy.registry, policy.revision)
        why = NO_ANSWER if answer is None else None
    except NotAllowedError:
        why = NOT_READABLE
    return Shown(
        table=tables_of(policy.text),
        sha256=policy.sha256,
        adopted_by=policy.adopted_by,
        published_ms=policy.received_ms,
        answer=answer,
        answer_why=why,
    )


def _is_revision(against: str) -> bool:
    return against.isascii() and against.isdigit() and not Path(against).exists()


def _against(against: str, policies: Sequence[PublishedPolicy]) -> PolicyTable:
    if not _is_revision(against):
        return shown_file(Path(against)).table
    for policy in policies:
        if policy.revision == int(against):
            return tables_of(policy.text)
    known = ", ".join(str(policy.revision) for policy in policies)
    raise ConfigurationError(
        f"no revision {against} was published", fix=f"name a file, or one of: {known}"
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} was not written: {error.strerror}", fix="name a file in a folder that is there"
        ) from None
