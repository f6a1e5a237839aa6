"""The Alliance's command: reference publish."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub import bootstrap
from hub.cli import common
from hub.errors import ConfigurationError
from hub.intake.policies import refuse_changed_policies
from hub.intake.reference import (
    Entry,
    agreement_entries,
    demo_agreements,
    list_entries,
    model_entry,
    policy_entry,
    publish_reference,
)
from hub.settings import Settings

MODEL = "models/tokens-v1.json"
"""The shipped identity model."""


def shipped_entries(population: int | None = None) -> list[Entry]:
    """The shipped model, lists and policies, in this order; the model for the nation's population,
    or for another."""
    entries = [model_entry(bootstrap.seed_text(MODEL), MODEL, population)]
    entries += list_entries(bootstrap.seed_text("lists.toml"), "lists.toml")
    return entries + [policy_entry(text, name) for name, text in bootstrap.seed_texts("policies")]


def entries_of(path: Path) -> list[Entry]:
    """Entries of a file, by what it holds. Raises ConfigurationError where it holds none."""
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".json":
            return [model_entry(text, path.name)]
        tables = tomllib.loads(text).keys()
    except OSError as error:
        raise ConfigurationError(f"{path} was not read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from None
    if "agreement" in tables:
        return agreement_entries(text, path.name)
    if "entry" in tables:
        return list_entries(text, path.name)
    if "rule" in tables or "registry" in tables:
        return [policy_entry(text, path.name)]
    raise ConfigurationError(
        f"{path} holds no policy, list or agreement, and no identity model, which is a .json file",
        fix="see the files in hub/seeds for how each is written",
        effect="nothing was published",
    )


async def run_reference_publish(
    paths: Sequence[Path], with_demo_agreements: bool, log_url: str | None, settings: Settings
) -> int:
    """Publish files, or what is shipped."""
    log = bootstrap.open_log(common.required(log_url or settings.log, "HUB_LOG", "--log"), settings)
    try:
        await bootstrap.make_topics(log, [])
        entries = [entry for path in paths for entry in entries_of(path)]
        if not paths:
            entries = shipped_entries()
        else:
            await refuse_changed_policies(log, entries, datetime.now(UTC).date())
        if with_demo_agreements:
            entries += demo_agreements(await bootstrap.registries_on(log))
        sent = await publish_reference(log, entries, keep_newer=not paths)
    finally:
        await log.close()
    rest = len(entries) - sent
    stands = f"; {rest} stood already" if rest else ""
    sys.stdout.write(f"{sent} of {len(entries)} references published{stands}.\n")
    return 0
