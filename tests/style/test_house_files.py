"""House style of files: no machine's paths, no registry's hosts, schemas that explain themselves,
and pages that agree with the code."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.style.sources import ROOT, check_none, place, project_files, text_of

MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9_.~])/(?:work|farm|tmp|root|home|Users)/[A-Za-z0-9_.]")
REGISTRY_HOST = re.compile(
    r"\b(?:pypi|files\.pythonhosted|registry\.npmjs|deb\.debian|crates|static\.crates|proxy\.golang"
    r"|repo1?\.maven(?:\.apache)?)\.(?:org|io|com)\b"
)
SAMPLES = ("data", "samples", "exports")  # Folders of sample data: cells may hold any text.

ADR_HEADINGS = [
    "Problem",
    "What a good answer must do",
    "Decision",
    "Rejected and why",
    "What becomes harder",
    "How we would notice it is wrong",
]
ADR_LINES_MAX = 70
CITED = re.compile(
    r"`((?:hub|connectors|deploy|docs|schemas|tests)/[\w./<>-]*?|Makefile|\.ci/run|\.importlinter)"
    r"(?:: ([A-Za-z_]\w*(?:\.\w+)?))?`"
)


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    findings = []
    for path in project_files():
        if set(SAMPLES) & set(path.relative_to(ROOT).parts[:-1]):
            continue
        for number, line in enumerate((text_of(path) or "").splitlines(), 1):
            if found := MACHINE_PATH.search(line) or REGISTRY_HOST.search(line):
                findings.append(f"{place(path, number)}: {found[0]}")

    check_none(findings)


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("cd " + "/" + "tmp/venv", True),
        ("see https://" + "pypi" + ".org/project/x", True),
        ("templates/work/page.html", False),
        ("POST /v1/registries/us-wi/submissions", False),
        ("http://maven.apache.org/POM/4.0.0", False),
    ],
)
def test_paths_and_hosts_are_told_from_other_text(line: str, is_found: bool) -> None:
    assert bool(MACHINE_PATH.search(line) or REGISTRY_HOST.search(line)) is is_found


def test_the_changelog_opens_with_the_version_of_the_program() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert headings[0].strip("[]") == version


def test_every_part_of_a_schema_is_explained() -> None:
    schemas = sorted((ROOT / "schemas/avro").glob("*/v*.avsc"))
    findings = []
    for path in schemas:
        for where in _unexplained(json.loads(path.read_text("utf-8")), ""):
            findings.append(f"{place(path)}: {where}")

    assert schemas
    check_none(findings)


def _unexplained(schema: Any, where: str) -> Iterator[str]:
    """Records, enums and fields without a doc. A name used a second time is explained at its
    first place."""
    if isinstance(schema, list):
        for branch in schema:
            yield from _unexplained(branch, where)
    elif isinstance(schema, dict):
        here = f"{where}/{schema['name']}" if "name" in schema else where
        named = schema["type"] in ("record", "enum")
        if named and not str(schema.get("doc", "")).strip():
            yield here
        for field in schema.get("fields", ()):
            if not str(field.get("doc", "")).strip():
                yield f"{here}.{field['name']}"
            yield from _unexplained(field["type"], f"{here}.{field['name']}")
        for inner in ("items", "values"):
            yield from _unexplained(schema.get(inner), here)
        if isinstance(schema["type"], dict | list):
            yield from _unexplained(schema["type"], here)


def test_decisions_follow_the_headings_and_fit_a_page() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    findings = []
    for number, path in enumerate(decisions, 1):
        text = path.read_text("utf-8")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        if not re.fullmatch(rf"{number:04d}-[a-z0-9-]+\.md", path.name):
            findings.append(f"{place(path)}: expected number {number:04d}")
        if not text.startswith(f"# {number:04d} "):
            findings.append(f"{place(path)}: the title opens with another number")
        if headings != ADR_HEADINGS:
            findings.append(f"{place(path)}: {headings}")
        if len(text.splitlines()) > ADR_LINES_MAX:
            findings.append(f"{place(path)}: longer than a page")

    assert decisions
    check_none(findings)


def test_pages_cite_what_is_there() -> None:
    """`file: symbol` in docs and README: the file exists, and the symbol stands in it."""
    findings = []
    for page in [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]:
        for cited, symbol in CITED.findall(page.read_text("utf-8")):
            if "<" in cited:
                continue  # A pattern such as schemas/avro/<event>/v<N>.avsc.
            target = ROOT / cited
            if not target.exists():
                findings.append(f"{place(page)}: {cited}")
            elif symbol and not _defines(target, symbol):
                findings.append(f"{place(page)}: {cited}: {symbol}")

    check_none(findings)


def _defines(path: Path, symbol: str) -> bool:
    last = re.escape(symbol.split(".")[-1])
    definition = rf"^\s*(?:(?:async )?def {last}\b|class {last}\b|{last}\b\s*[:=]|\[?{last}\]?$)"
    return re.search(definition, path.read_text("utf-8"), re.MULTILINE) is not None


def test_pages_made_from_code_are_current() -> None:
    maker = _generator()

    stale = [
        name
        for name, text in maker.pages().items()
        if (text_of(ROOT / "docs" / name) if (ROOT / "docs" / name).exists() else None) != text
    ]

    assert stale == [], "run: make docs"


def _generator() -> Any:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
