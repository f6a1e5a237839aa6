"""Facts as JSON and back: the record file of `hub match try`.

A missing key is UNKNOWN and null is None. Amounts are texts or whole numbers, never floats. Reading
what was written gives equal facts. Messages name keys, never values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.errors import ConfigurationError
from hub.reciprocity import codes
from hub.reciprocity.facts import (
    UNKNOWN,
    ApprovalFacts,
    Evidence,
    ListEntry,
    RecordFacts,
    Request,
)


class FactsError(ConfigurationError):
    """A record file does not have the form that facts have."""


_DAYS = frozenset({"on", "expires", "revoked_on"})
_AMOUNTS = frozenset({"amount", "birth_to_8_percent"})
_CODED: dict[str, frozenset[str]] = {
    "kind": codes.KINDS,
    "unit": codes.UNITS,
    "verification": codes.VERIFICATIONS,
    "standing": codes.STANDINGS,
    "event_type": codes.EVENT_TYPES,
}
_AMOUNT_CHARS_MAX = 20
AMOUNT_MAX = Decimal(10**8)
"""More than any record's hours; what the log's schemas hold."""
_REQUIRED = ("registry", "kind", "record_id")
_LIST_KEYS = ("list", "member", "aliases", "state", "from", "until", "meets_cda")


def facts_from_json(data: Mapping[str, Any], *, place: str = "record") -> RecordFacts:
    """Facts of one record. Raises FactsError."""
    _known_keys(data, {name.name for name in fields(RecordFacts)}, place)
    for key in _REQUIRED:
        if not isinstance(data.get(key), str):
            raise _wrong(f"{place}.{key}", "a text, and it must be there")
    values = {key: _value(key, value, f"{place}.{key}") for key, value in data.items()}
    return RecordFacts(**values)


def facts_to_json(facts: RecordFacts) -> dict[str, Any]:
    """JSON of one record, without the keys that it does not have."""
    result: dict[str, Any] = {}
    for each in fields(facts):
        value = getattr(facts, each.name)
        if value is UNKNOWN:
            continue
        if each.name == "hours_by_area" and value is not None:
            value = {area: str(hours) for area, hours in value}
        result[each.name] = _plain(value)
    return result


def input_from_json(data: Mapping[str, Any]) -> tuple[RecordFacts, Evidence, Request]:
    """A whole record file: record, approvals, lists, request. Raises FactsError."""
    _known_keys(data, {"record", "requested_on", "documents", "approvals", "lists"}, "file")
    facts = facts_from_json(_table(data.get("record"), "record"))
    requested = data.get("requested_on")
    request = Request(
        None if requested is None else _day(requested, "requested_on"),
        frozenset(_texts(data.get("documents", []), "documents")),
    )
    approvals = tuple(
        _approval(_table(each, f"approvals[{at}]"), f"approvals[{at}]")
        for at, each in enumerate(_array(data.get("approvals", []), "approvals"))
    )
    lists = tuple(
        entry_from_table(_table(each, f"lists[{at}]"), f"lists[{at}]")
        for at, each in enumerate(_array(data.get("lists", []), "lists"))
    )
    return facts, Evidence(approvals, lists), request


def input_to_json(facts: RecordFacts, evidence: Evidence, request: Request) -> dict[str, Any]:
    """The record file that gives these again."""
    return {
        "record": facts_to_json(facts),
        "requested_on": _plain(request.requested_on),
        "documents": sorted(request.documents),
        "approvals": [{**facts_to_json(each.facts), "id": each.id} for each in evidence.approvals],
        "lists": [entry_to_table(each) for each in evidence.lists],
    }


def entry_from_table(data: Mapping[str, Any], place: str) -> ListEntry:
    """A list's entry from JSON or TOML, whose days are texts or dates. Raises FactsError."""
    _known_keys(data, set(_LIST_KEYS), place)
    for key in ("list", "member"):
        if not isinstance(data.get(key), str) or not data[key]:
            raise _wrong(f"{place}.{key}", "a text, and it must be there")
    state = data.get("state")
    if state is not None and not isinstance(state, str):
        raise _wrong(f"{place}.state", "a text")
    meets_cda = data.get("meets_cda")
    if meets_cda is not None and not isinstance(meets_cda, bool):
        raise _wrong(f"{place}.meets_cda", "true or false")
    days = {
        key: None if data.get(key) is None else _day(data[key], f"{place}.{key}")
        for key in ("from", "until")
    }
    if days["from"] and days["until"] and days["until"] < days["from"]:
        raise _wrong(f"{place}.until", "no day before `from`")
    return ListEntry(
        list=data["list"],
        member=data["member"],
        aliases=tuple(sorted(_texts(data.get("aliases", []), f"{place}.aliases"))),
        state=state,
        from_on=days["from"],
        until_on=days["until"],
        meets_cda=meets_cda,
    )


def entry_to_table(entry: ListEntry) -> dict[str, Any]:
    return {
        "list": entry.list,
        "member": entry.member,
        "aliases": list(entry.aliases),
        "state": entry.state,
        "from": _plain(entry.from_on),
        "until": _plain(entry.until_on),
        "meets_cda": entry.meets_cda,
    }


def _approval(data: Mapping[str, Any], place: str) -> ApprovalFacts:
    id = data.get("id")
    if not isinstance(id, str):
        raise _wrong(f"{place}.id", "a text, and it must be there")
    record = {key: value for key, value in data.items() if key != "id"}
    return ApprovalFacts(id=id, facts=facts_from_json(record, place=place))


def _value(key: str, value: Any, place: str) -> Any:
    if key == "revision":
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong(place, "a whole number")
        return value
    if value is None:
        return None
    read: Callable[[Any, str], Any] = _READERS.get(key, _text)
    return read(value, place)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise _wrong(place, "a text or null")
    allowed = _CODED.get(place.rpartition(".")[2])
    if allowed is not None and value not in allowed:
        raise _wrong(place, "one of " + ", ".join(sorted(allowed)))
    return value


def _flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(place, "true, false or null")
    return value


def _day(value: Any, place: str) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(place, "a day of the form YYYY-MM-DD") from None


def _amount(value: Any, place: str) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < AMOUNT_MAX:
        return Decimal(value)
    if isinstance(value, str) and len(value) <= _AMOUNT_CHARS_MAX:
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise _wrong(place, "a decimal as a text") from None
        if amount.is_finite() and 0 <= amount < AMOUNT_MAX and _places(amount) <= 4:
            return amount
    raise _wrong(place, "a decimal as a text, from 0 to 99999999, with at most 4 places")


def _areas(value: Any, place: str) -> tuple[tuple[str, Decimal], ...]:
    table = _table(value, place)
    if not codes.AREAS.issuperset(table):
        raise _wrong(place, "hours by area code: " + ", ".join(sorted(codes.AREAS)))
    return tuple(sorted((area, _amount(hours, place)) for area, hours in table.items()))


_READERS: dict[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(_DAYS, _day),
    **dict.fromkeys(_AMOUNTS, _amount),
    "hours_by_area": _areas,
    "accredited": _flag,
}


def _places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _table(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(place, "a table")
    return value


def _array(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(place, "a list")
    return value


def _texts(value: Any, place: str) -> list[str]:
    for each in _array(value, place):
        if not isinstance(each, str):
            raise _wrong(place, "a list of texts")
    return list(value)


def _known_keys(data: Mapping[str, Any], known: set[str], place: str) -> None:
    extra = sorted(str(key) for key in set(data) - known)
    if extra:
        raise FactsError(
            f"{place}: {extra[0]} is no key of it",
            fix="Leave it out; the keys are " + ", ".join(sorted(known)) + ".",
        )


def _wrong(place: str, wanted: str) -> FactsError:
    return FactsError(f"{place} is not {wanted}", fix=f"Write {wanted}.")
