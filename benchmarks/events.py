"""Made-up events over the real schemas and codec, kept in prepared files for repeated runs.

Three parts: what must be there first (references, approvals, links), the stored events, and those
that are measured. Sealed parts open with the plan's own keys; everything follows from the plan.

    python -m benchmarks.events --stored 100000 --measured 60000
"""

from __future__ import annotations

import argparse
import hashlib
import json
import marshal
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks.encoding import records_of
from benchmarks.plan import Plan
from hub.domain.log import LogRecord, Message, TopicPartition
from hub.wire.schemas import load_schemas

PARTS = ("references", "approvals", "links", "stored", "measured")
SETUP = PARTS[:3]
FIELDS = ("topic", "partition", "offset", "append_at_ms", "key", "value", "headers")
CHUNK = 5_000
_MAKERS = ("plan.py", "bodies.py", "feed.py", "encoding.py")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Prepared files of one plan."""

    folder: Path
    plan: Plan
    facts: dict[str, Any]
    """Counts of each part, and the average size of a value."""

    def records(self, *parts: str) -> Iterator[LogRecord]:
        """Records of these parts, in the order in which they were said."""
        for part in parts:
            with (self.folder / part).open("rb") as file:
                while chunk := marshal.load(file):
                    yield from (LogRecord(*each) for each in chunk)

    def messages(self, *parts: str) -> Iterator[Message]:
        """The same as messages to append."""
        for each in self.records(*parts):
            yield Message(each.topic, each.key, each.value, each.headers)

    def batches(self, *parts: str, size: int = CHUNK) -> Iterator[list[list[LogRecord]]]:
        """Batches as a lane's consumer hands them on: contiguous runs, one a partition."""
        records = self.records(*parts)
        while batch := list(islice(records, size)):
            yield runs_of(batch)


def runs_of(records: Iterable[LogRecord]) -> list[list[LogRecord]]:
    """Runs of a batch, in order of place."""
    runs: dict[TopicPartition, list[LogRecord]] = {}
    for record in records:
        runs.setdefault(record.place, []).append(record)
    return [runs[place] for place in sorted(runs)]


def prepare(folder: Path, plan: Plan) -> Prepared:
    """The plan's files below this folder, made where they are absent."""
    maker = _maker_digest()
    digest = hashlib.sha256(json.dumps([plan.as_dict(), maker]).encode()).hexdigest()
    target = folder / f"events-{digest[:16]}"
    if not (target / "facts.json").exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="partial-", dir=target.parent))
        _write(partial, plan)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    return load(target)


def load(folder: Path) -> Prepared:
    """What `prepare` made."""
    facts = json.loads((folder / "facts.json").read_text("utf-8"))
    plan = {**facts["plan"], "registries": tuple(facts["plan"]["registries"])}
    return Prepared(folder, Plan(**plan), facts)


def _maker_digest() -> str:
    """Of all that decides the bytes."""
    folder = Path(str(benchmarks.__file__)).parent
    made_of = [(folder / name).read_bytes() for name in _MAKERS]
    return hashlib.sha256(b"".join(made_of)).hexdigest() + load_schemas().manifest_digest


def _write(folder: Path, plan: Plan) -> None:
    counts = dict.fromkeys(PARTS, 0)
    value_bytes = dict.fromkeys(PARTS, 0)
    files = {part: (folder / part).open("wb") for part in PARTS}
    chunks: dict[str, list[tuple[Any, ...]]] = {part: [] for part in PARTS}
    for part, record in records_of(plan):
        if part == "measured" and counts[part] == plan.measured:
            break
        chunks[part].append(tuple(getattr(record, name) for name in FIELDS))
        counts[part] += 1
        value_bytes[part] += len(record.value)
        if len(chunks[part]) == CHUNK:
            marshal.dump(chunks[part], files[part])
            chunks[part] = []
    for part, file in files.items():
        if chunks[part]:
            marshal.dump(chunks[part], file)
        marshal.dump([], file)
        file.close()
    facts = {
        "plan": plan.as_dict(),
        "accounts": plan.account_count,
        "pairs": plan.pair_count,
        "events": counts,
        "value_bytes": {p: round(value_bytes[p] / counts[p], 1) for p in PARTS if counts[p]},
    }
    (folder / "facts.json").write_text(json.dumps(facts, indent=1), "utf-8")


def default_folder() -> Path:
    """Where prepared files stay between runs."""
    return Path(tempfile.gettempdir()) / "registry-hub-bench"


def add_plan_arguments(parser: argparse.ArgumentParser, *, measured: int = 60_000) -> None:
    """The plan's options."""
    parser.add_argument("--stored", type=int, default=100_000, help="records that stand before")
    parser.add_argument("--measured", type=int, default=measured, help="events after them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--order", choices=("random", "file"), default="random")
    parser.add_argument("--linked", type=float, default=0.15, help="share of linked accounts")
    parser.add_argument("--accounts", type=int, default=0, help="0: one for 20 stored records")
    parser.add_argument("--registries", default="us-il,us-nd")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="prepared files")


def plan_of(arguments: argparse.Namespace) -> Plan:
    """The plan that was asked for."""
    return Plan(
        stored=arguments.stored,
        measured=arguments.measured,
        seed=arguments.seed,
        order=arguments.order,
        linked=arguments.linked,
        accounts=arguments.accounts,
        registries=tuple(arguments.registries.split(",")),
    )


def main() -> None:
    """Prepare files and say what is in them."""
    parser = argparse.ArgumentParser(description="Prepare made-up events.")
    add_plan_arguments(parser)
    arguments = parser.parse_args()
    began = time.monotonic()
    prepared = prepare(arguments.folder, plan_of(arguments))
    facts = {"folder": str(prepared.folder), "seconds": round(time.monotonic() - began, 1)}
    sys.stdout.write(json.dumps({**facts, **prepared.facts}) + "\n")


if __name__ == "__main__":
    main()
