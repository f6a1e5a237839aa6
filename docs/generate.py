"""Writes the pages that are made from code: events, errors, measures, commands and the like.

`make docs` runs it; a style test compares its pages with the files.
"""

from __future__ import annotations

import inspect
import json
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SCHEMAS = ROOT / "schemas" / "avro"
NOTICE = "<!-- Made from code by `make docs`. Changes by hand are lost. -->\n"


def pages() -> dict[str, str]:
    """Name and text of every page."""
    return {
        "events.md": _events(),
        "errors.md": _errors(),
        "measures.md": _measures(),
        "settings.md": _settings(),
        "commands.md": _commands(),
        "metrics.md": _metrics(),
        "rejections.md": _rejections(),
    }


def _events() -> str:
    manifest = tomllib.loads((SCHEMAS / "manifest.toml").read_text("utf-8"))["schema"]
    out = [
        NOTICE,
        "# Events\n",
        "Every schema of `schemas/avro`, its newest version first. An event is `meta`, `change`,"
        " `sealed`, `body`, in this order; `person_private` is the plaintext of `sealed`. A field"
        " whose type ends in `?` may be null.\n",
    ]
    head_is_shown = False
    for entry in sorted(manifest, key=lambda e: (e["id"] // 100, -e["version"])):
        path = SCHEMAS / entry["event"] / f"v{entry['version']}.avsc"
        schema = json.loads(path.read_text("utf-8"))
        fields = {field["name"]: field for field in schema["fields"]}
        if "meta" in fields and not head_is_shown:
            head_is_shown = True
            out.append("## The head that all share\n")
            out += _tables(fields["meta"]["type"])
            out += _tables(fields["change"]["type"])
        topic = f"topic `{entry['topic']}`, " if entry["topic"] else ""
        out.append(f"## {entry['event']} v{entry['version']}\n")
        out.append(f"{schema['doc']}\n\n{topic}schema id {entry['id']}\n".lstrip())
        out += _tables(fields["body"]["type"] if "body" in fields else schema)
    return "\n".join(out)


def _tables(schema: dict[str, Any]) -> list[str]:
    """A table of the record's fields, then one for each named type inside it."""
    if schema["type"] == "enum":
        symbols = ", ".join(f"`{symbol}`" for symbol in schema["symbols"])
        return [f"**{schema['name']}**: {schema.get('doc', '')} {symbols}\n"]
    lines = [f"**{schema['name']}**\n", "| field | type | meaning |", "| --- | --- | --- |"]
    for field in schema["fields"]:
        doc = field["doc"].replace("|", "\\|")
        lines.append(f"| `{field['name']}` | {_type_words(field['type'])} | {doc} |")
    lines.append("")
    for field in schema["fields"]:
        for inner in _named(field["type"]):
            lines += _tables(inner)
    return lines


def _named(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for branch in schema for found in _named(branch)]
    if not isinstance(schema, dict):
        return []
    if schema["type"] in ("record", "enum"):
        return [schema]
    return _named(schema.get("items") or schema.get("values"))


def _type_words(schema: Any) -> str:
    if isinstance(schema, str):
        return schema
    if isinstance(schema, list):
        rest = [_type_words(branch) for branch in schema if branch != "null"]
        return " or ".join(rest) + ("?" if "null" in schema else "")
    if schema["type"] == "array":
        return f"list of {_type_words(schema['items'])}"
    if schema["type"] == "map":
        return f"map to {_type_words(schema['values'])}"
    logical = schema.get("logicalType")
    if logical == "decimal":
        return f"decimal({schema['precision']}, {schema['scale']})"
    return str(logical or schema.get("name") or schema["type"])


def _errors() -> str:
    from hub import errors

    tree = (inspect.getdoc(errors) or "").split("\n\n")
    out = [NOTICE, "# Errors\n", f"{tree[0]}\n"]
    out.append("| error | is a | what it means, and what follows |")
    out.append("| --- | --- | --- |")
    for name, found in vars(errors).items():
        if inspect.isclass(found) and found.__module__ == errors.__name__:
            doc = " ".join((inspect.getdoc(found) or "").split())
            out.append(f"| `{name}` | `{found.__bases__[0].__name__}` | {doc} |")
    return "\n".join(out) + "\n"


def _measures() -> str:
    from hub.projections.measure_definitions import MEASURES

    out = [NOTICE, "# Measures of the Alliance's four goals\n"]
    out.append("What the exports do not say is *not reported*, never 0.\n")
    for measure in MEASURES:
        base = measure.denominator or "none: a count"
        out.append(f"## {measure.title}\n")
        out.append(f"`{measure.name}`, {measure.goal}, in {measure.unit}. {measure.definition}\n")
        out.append(f"- inputs: {measure.inputs}")
        out.append(f"- numerator: {measure.numerator}")
        out.append(f"- denominator: {base}\n")
    return "\n".join(out)


def _settings() -> str:
    from hub.settings import Settings

    out = [NOTICE, "# Settings\n", "Names that begin with HUB_ and stand not here are refused.\n"]
    out += ["| setting | what it is |", "| --- | --- |"]
    for name, field in Settings.model_fields.items():
        out.append(f"| `HUB_{name.upper()}` | {field.description} |")
    return "\n".join(out) + "\n"


def _metrics() -> str:
    from hub.telemetry import Telemetry

    out = [NOTICE, "# Metrics\n"]
    out.append(
        "Served by `hub run --metrics HOST:PORT` (`HUB_METRICS`) in Prometheus' form. No label"
        " holds an id of a person, a record or an event. What an alarm means, and what to do,"
        " stands in [operations.md](operations.md).\n"
    )
    out += ["| metric | kind | labels | what it is |", "| --- | --- | --- | --- |"]
    for name, kind, labels, text in Telemetry().described():
        shown = ", ".join(f"`{label}`" for label in labels)
        out.append(f"| `{name}` | {kind} | {shown} | {text} |")
    return "\n".join(out) + "\n"


def _rejections() -> str:
    from hub.domain.rejections import RULES

    out = [NOTICE, "# Rules by which events are rejected\n"]
    out.append(
        "An event is rejected for its own bytes, key and append time alone. `hub rejected list`"
        " shows which were, the registry's inbox says it too, and what was said of the record"
        " before still stands. A reason that is not in this table is the decoder's words for"
        " DAMAGED.\n"
    )
    out += ["| rule | what is the matter | what to do |", "| --- | --- | --- |"]
    out += [f"| `{rule}` | {what} | {fix} |" for rule, (what, fix) in RULES.items()]
    return "\n".join(out) + "\n"


def _commands() -> str:
    import typer.main

    from hub.cli.app import app

    out = [NOTICE, "# Commands\n", "Exit: 0 done, 1 refused or found something, 2 wrong usage.\n"]
    out += ["| command | what it does | example |", "| --- | --- | --- |"]
    out += _command_rows("hub", typer.main.get_command(app))
    return "\n".join(out) + "\n"


def _command_rows(name: str, command: Any) -> list[str]:
    if hasattr(command, "commands"):
        rows = (_command_rows(f"{name} {k}", v) for k, v in command.commands.items())
        return [row for some in rows for row in some]
    what = " ".join((command.help or "").split())
    example = " ".join((command.epilog or "").split()).partition(":")[2].strip()
    return [f"| `{name}` | {what} | `{example}` |"]


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
