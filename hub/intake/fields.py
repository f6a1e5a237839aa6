"""Which fields a mapping may fill, as the schemas and the identity of a profile have them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from hub.domain.events import Change, Kind
from hub.domain.statements import IdentityFields
from hub.wire.schemas import PRIVATE, load_schemas

CHANGE = "change"
FULL_NAME = "full_name"  # Split into the parts of a name.
EDGE_ONLY = frozenset({"evidence", "evidence_epochs"})  # Made when the statement is sealed.


def check_targets(
    kind: Kind, targets: Iterable[str], words: Iterable[tuple[str, str | bool]]
) -> None:
    """Raises ValueError where a field does not exist, or an enum does not have a word."""
    known = _targets(kind)
    for target in targets:
        if target not in known:
            raise ValueError(f'{kind.event_name} has no field "{target}"')
    for target, word in words:
        symbols = known[target]
        if symbols and word not in symbols:
            raise ValueError(f'{target} of {kind.event_name} has no word "{word}"')


def _targets(kind: Kind) -> dict[str, tuple[str, ...]]:
    """Every field, with its symbols where it is an enum."""
    schemas = load_schemas()
    found = {f"body.{f['name']}": _symbols(f["type"]) for f in schemas.of(kind).body["fields"]}
    private = schemas.newest[PRIVATE].parsed["fields"]
    found |= {f"private.{field['name']}": () for field in private}
    if kind == Kind.PROFILE:
        names = [field.name for field in fields(IdentityFields)] + [FULL_NAME]
        found |= {f"identity.{name}": () for name in names}
    for name in EDGE_ONLY:
        found.pop(f"body.{name}", None)
        found.pop(f"private.{name}", None)
    return found | {CHANGE: tuple(change.name for change in Change)}


def _symbols(form: Any) -> tuple[str, ...]:
    return tuple(form["symbols"]) if isinstance(form, dict) and form["type"] == "enum" else ()
