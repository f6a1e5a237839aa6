"""Which token keys a command of the edge works under: its own options, or HUB_TOKEN_KEY."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hub.adapters.token_key import read_token_key, token_key_files
from hub.cli import common
from hub.identity.tokens import TokenKey
from hub.intake.token_keys import checked_keys
from hub.settings import Settings


def token_keys_of(given: Sequence[Path], settings: Settings) -> tuple[TokenKey, ...]:
    """The states' token keys, newest first. Raises UsageError where none is named."""
    files = token_key_files(given, settings.token_key)
    if not files:
        raise common.UsageError(
            "link evidence needs the states' token key",
            setting="HUB_TOKEN_KEY",
            fix="give --token-key FILE; hub token-key new FILE makes one",
            effect="nothing was read or sent",
        )
    return checked_keys([read_token_key(file) for file in files])
