"""Lists of recognized organizations and credentials, read from their file.

An entry is a member by its exact text or an alias, with the days on which it is on the list.
"""

from __future__ import annotations

import tomllib

from hub.reciprocity.facts import ListEntry
from hub.reciprocity.facts_json import FactsError, entry_from_table


def parse_lists(text: str, *, source: str = "lists") -> tuple[ListEntry, ...]:
    """All entries of a lists file, in its order. Raises FactsError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FactsError(f"{source}: not TOML: {error}", fix="Correct the line it names.") from None
    extra = sorted(set(data) - {"entry"})
    if extra:
        raise FactsError(f"{source}: {extra[0]} is no key of it", fix="Use [[entry]] tables only.")
    entries = data.get("entry", [])
    if not isinstance(entries, list):
        raise FactsError(f"{source}: entry is not a list", fix="Use [[entry]] tables.")
    result = tuple(
        entry_from_table(each, f"{source}, entry {at}") for at, each in enumerate(entries, 1)
    )
    _refuse_repeats(result, source)
    return result


def _refuse_repeats(entries: tuple[ListEntry, ...], source: str) -> None:
    seen = set()
    for entry in entries:
        key = (entry.list, entry.member, entry.state, entry.from_on)
        if key in seen:
            raise FactsError(
                f'{source}: "{entry.member}" stands twice on {entry.list} from the same day',
                fix="Leave one of the two out.",
            )
        seen.add(key)
