"""What a claim costs, from its bytes to committed rows, and what a restart does; JSON lines.

    python -m benchmarks.identity_claims --claims 1000000

Claims are those of a made-up population, sealed as an edge seals them, read from a file; store and
keyring are SQLite. Rates are per second of one core's time. The claims are made once and kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.population import population
from hub.adapters.keyring import SqlKeyring
from hub.adapters.sql_store import SqlStore
from hub.bootstrap import seed_text
from hub.domain.events import Change, Head, Kind, derived_event_id
from hub.domain.identity_rows import InputRow
from hub.domain.keys import PersonKey
from hub.domain.log import LogRecord
from hub.domain.topics import CLAIMS
from hub.identity.evidence import evidence_of
from hub.identity.model import model_body, parse_model
from hub.identity.sealing import seal
from hub.identity.tokens import TokenKey
from hub.lanes.collector import calm_collector
from hub.lanes.identity import IdentityLane
from hub.lanes.relay import HUB
from hub.projections.claims import claim_subject
from hub.wire.codec import digest_of, encode_body, encode_private, encode_value, sealed_bytes_of
from hub.wire.schemas import PRIVATE, load_schemas

RUN = 5_000
"""Records in one read of the log."""
CHUNK = 10_000
FIRST_MS = 1_780_000_000_000
DAY_MS = 24 * 60 * 60 * 1000
_KEY = TokenKey(1, bytes(range(32)))
_MODEL = "models/tokens-v1.json"


def make(path: Path, keys: Path, count: int, seed: int) -> None:
    """The claims, and the keys under which they are sealed."""
    keyring = SqlKeyring(f"sqlite:///{keys}")
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE claim (claim_offset INTEGER PRIMARY KEY, value BLOB)")
    private = _nothing_private()
    people = population(count, seed=seed)
    offset = 0
    while some := list(islice(people, CHUNK)):
        by_registry: dict[str, list[str]] = {}
        for each in some:
            by_registry.setdefault(each.person.registry, []).append(each.person.person_id)
        found = {r: keyring.keys_for(r, ids, mint=True) for r, ids in by_registry.items()}
        rows = []
        for each in some:
            evidence = evidence_of(each.identity, [_KEY], synthetic=True)
            key = found[each.person.registry][each.person.person_id]
            sealed_as = encode_private({**private, "evidence": evidence or None})
            rows.append((offset, _value(each.person, key, sealed_as)))
            offset += 1
        file.executemany("INSERT INTO claim VALUES (?, ?)", rows)
        file.commit()
    file.close()
    keyring.close()


def _nothing_private() -> dict[str, Any]:
    fields = load_schemas().newest[PRIVATE].parsed["fields"]
    return {field["name"]: field.get("default") for field in fields}


def _value(person: Any, key: PersonKey, private: bytes) -> bytes:
    sealed = seal(private, key, person, Kind.PROFILE)
    body = {
        "registry": person.registry,
        "person_id": person.person_id,
        "profile_revision": 1,
        "profile_encoding": 1,
        "profile_digest": hashlib.sha512(private).digest(),
        "present": True,
        "replaced_by": None,
    }
    data = encode_body(Kind.IDENTITY_CLAIM, body)
    subject = claim_subject(*person)
    digest = digest_of(data, sealed_bytes_of(sealed))
    head = Head(
        event_id=derived_event_id(Kind.IDENTITY_CLAIM, subject, 1, digest),
        registry=HUB,
        person_id=None,
        record_id=subject,
        revision=1,
        encoding=0,
        recorded_at=FIRST_MS * 1000,
        submission_id=None,
        submission_row=None,
        synthetic=True,
        change=Change.STATED,
    )
    return encode_value(Kind.IDENTITY_CLAIM, head, sealed, data)


def runs(path: Path, count: int) -> Iterator[list[LogRecord]]:
    """The claims as they are read from the log; all of a registry's in its first day."""
    file = sqlite3.connect(path)
    for first in range(0, count, RUN):
        rows = file.execute(
            "SELECT claim_offset, value FROM claim WHERE claim_offset >= ? AND claim_offset < ?",
            (first, min(first + RUN, count)),
        ).fetchall()
        if not rows:
            return
        yield [_record(offset, value, count) for offset, value in rows]


def _record(offset: int, value: bytes, count: int) -> LogRecord:
    digest = hashlib.sha256(value).hexdigest().encode()
    at_ms = FIRST_MS + offset * (DAY_MS // 2) // count
    return LogRecord(CLAIMS, 0, offset, at_ms, b"", value, (("ce_digest", digest),))


def promote(store: SqlStore) -> None:
    """The shipped model is in force from the first claim on."""
    kind = Kind.IDENTITY_MODEL
    model = parse_model(seed_text(_MODEL), source=_MODEL)
    body = encode_body(kind, model_body(model))
    schema_id = load_schemas().of(kind).schema_id
    with store.transaction() as tx:
        tx.inputs.put(InputRow(int(kind), model.name, b"", -1, 1, True, schema_id, body))


class Clock:
    """How long single decisions took, by the time of this core: others may be at work beside it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def watch(self, lane: IdentityLane) -> None:
        resolver = lane._state.resolver
        decide = resolver.claim

        def timed(claim: Any) -> Any:
            began = time.thread_time()
            decided = decide(claim)
            self.seconds.append(time.thread_time() - began)
            return decided

        resolver.claim = timed  # type: ignore[method-assign]

    def summary(self) -> dict[str, float]:
        ordered = sorted(self.seconds)
        return {
            "decisions_per_second": round(len(ordered) / sum(ordered)),
            "decision_ms_p99": round(ordered[int(len(ordered) * 0.99)] * 1000, 3),
            "decision_ms_max": round(ordered[-1] * 1000, 3),
        }


def decide(folder: Path, claims: Path, keys: Path, count: int) -> None:
    """Every claim, and a line for each tenth of them."""
    path = folder / "identity-store.sqlite"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    store, keyring = SqlStore(f"sqlite:///{path}"), SqlKeyring(f"sqlite:///{keys}")
    store.create()
    promote(store)
    lane = IdentityLane(keyring)
    lane.load(store)
    clock, done, seconds, mark = Clock(), 0, 0.0, (0, 0.0)
    clock.watch(lane)
    for run in runs(claims, count):
        began = time.process_time()
        lane.step(store, run)
        seconds += time.process_time() - began
        done += len(run)
        if (done - mark[0]) * 10 >= count or done == count:
            rate = (done - mark[0]) / (seconds - mark[1])
            tell({"persons": done, "claims_per_second": round(rate), **clock.summary()})
            mark, clock.seconds = (done, seconds), []
    tell({"claims": done, "claims_per_second": round(done / seconds), "pairs": dict(lane.pairs)})
    store.close()
    keyring.close()


def restart(folder: Path, keys: Path) -> None:
    """A fresh process takes in what stands."""
    store = SqlStore(f"sqlite:///{folder / 'identity-store.sqlite'}")
    lane = IdentityLane(SqlKeyring(f"sqlite:///{keys}"))
    before, began, began_cpu = _resident_bytes(), time.monotonic(), time.process_time()
    lane.load(store)
    seconds, cpu = time.monotonic() - began, time.process_time() - began_cpu
    store.close()  # Pages of its file that are mapped are not the resolver's.
    size = lane._state.resolver.size
    tell(
        {
            "restart_seconds": round(seconds, 1),
            "restart_cpu_seconds": round(cpu, 1),
            "persons": size,
            "bytes_per_person": round((_resident_bytes() - before) / max(1, size)),
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def tell(line: dict[str, Any]) -> None:
    """One line of the report."""
    sys.stdout.write(json.dumps({"section": "identity-claims", **line}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Make the claims where they are absent, decide them, restart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=Path("build/bench"))
    parser.add_argument("--only-restart", action="store_true", help="of what a run left")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    name = f"identity-{arguments.claims}-{arguments.seed}"
    claims, keys = arguments.folder / f"{name}.claims", arguments.folder / f"{name}.keys"
    if arguments.only_restart:
        restart(arguments.folder, keys)
        return
    if not claims.exists():
        keys.unlink(missing_ok=True)
        made = claims.with_suffix(".making")
        made.unlink(missing_ok=True)
        make(made, keys, arguments.claims, arguments.seed)
        made.rename(claims)
    calm_collector()
    decide(arguments.folder, claims, keys, arguments.claims)
    words = ["--claims", str(arguments.claims), "--seed", str(arguments.seed)]
    words += ["--folder", str(arguments.folder), "--only-restart"]
    subprocess.run([sys.executable, "-m", "benchmarks.identity_claims", *words], check=True)


if __name__ == "__main__":
    main()
