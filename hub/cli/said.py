"""What the commands share by which a registry says something: codes, and what sort of data it has.

Reasons and staff ids stand in the open, so they are codes and never sentences.
"""

from __future__ import annotations

import re

from hub.cli import common
from hub.intake.provenance import sort_of_log
from hub.ports import EventLog
from hub.reciprocity.codes import is_registry

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def checked_code(word: str, option: str) -> str:
    """The word of this option. Raises UsageError where it is no code."""
    if not _CODE.fullmatch(word):
        raise common.UsageError(
            f"{option} is a code: up to 40 letters, digits, periods, hyphens and underscores",
            fix="write a code, with nothing about a person in it",
        )
    return word


def checked_registry(code: str) -> str:
    """The code. Raises UsageError where it has not the form of a registry's."""
    if not is_registry(code):
        raise common.UsageError(
            "that is no registry's code", fix="write one such as us-oh, before the slash"
        )
    return code


async def is_synthetic(log: EventLog, registry: str | None) -> bool:
    """As the log says, or where it may not be read, as the registry's mapping does."""
    held = await sort_of_log(log)
    if held is not None or registry is None:
        return bool(held)
    try:
        return common.registry_mapping(registry).synthetic
    except common.UsageError:
        return False
