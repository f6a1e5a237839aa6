"""Values that fastavro makes up for a schema, with decimals that keep to their precision."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from fastavro.utils import generate_many


def made_up(
    schema: Any, count: int, *, seed: int, amounts_below: int | None = None
) -> list[dict[str, Any]]:
    """The same values in every run; decimals positive and below a bound, or any that fit."""
    random.seed(seed)
    return [with_decimals(each, schema, amounts_below) for each in generate_many(schema, count)]


def with_decimals(value: Any, schema: Any, below: int | None) -> Any:
    """fastavro makes up any bytes for a decimal; here they are numbers of its digits."""
    if isinstance(schema, list):
        return value if value is None else with_decimals(value, schema[-1], below)
    if isinstance(schema, dict) and schema["type"] == "record":
        fields = schema["fields"]
        return {f["name"]: with_decimals(value[f["name"]], f["type"], below) for f in fields}
    if isinstance(schema, dict) and schema["type"] == "array":
        return [with_decimals(each, schema["items"], below) for each in value[:3]]
    if isinstance(schema, dict) and schema.get("logicalType") == "decimal":
        scale = schema["scale"]
        largest = 10 ** schema["precision"] - 1
        if below is None:
            return Decimal(random.randint(-largest, largest)).scaleb(-scale)
        return Decimal(random.randint(0, below * 10**scale - 1)).scaleb(-scale)
    return value
