"""The log is the truth: rebuilt, replayed, run again or fed otherwise, it gives the same state."""

from __future__ import annotations

import asyncio
import csv
import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from hub import bootstrap
from hub.adapters.keyring import MemoryKeyring, open_keyring
from hub.adapters.memory_log import MemoryEventLog
from hub.adapters.sql_reads import read_state
from hub.adapters.sql_store import SqlStore
from hub.adapters.sqlite_log import SqliteEventLog
from hub.adapters.token_key import new_token_key, read_token_key
from hub.audit.replay import cut_at_time
from hub.cli.alliance import shipped_entries
from hub.cli.auditor import milliseconds_of
from hub.cli.common import registry_mapping
from hub.cli.demo import DEMO_POPULATION
from hub.cli.late import late_changes
from hub.domain.state import StoreState
from hub.domain.statements import Submission
from hub.domain.topics import is_folded
from hub.embedded import Embedded
from hub.identity.tokens import TokenKey
from hub.intake.known import MemoryKnown
from hub.intake.publish import publish_submission
from hub.intake.reference import demo_agreements, publish_reference
from hub.intake.submission import load_files, read_submission
from tests.e2e.people_of_exports import LAYOUTS, cells_in
from tests.e2e.sample_run import (
    EXPORTS,
    REGISTRIES,
    SampleRun,
    derived_ends,
    events_on,
    out_files,
    run_demo,
    run_hub,
    truth,
)

AS_OF = datetime.fromisoformat("2026-06-30").date()
KEYS = {
    "us-wi": "Registry ID|Approval No|Employment No|Education No|Training Record No|Credential No",
    "us-nd": "REGISTRY_ID|EVENT_ID|EMP_REC_ID|EDU_REC_ID|TRAINING_REC_ID|CRED_REC_ID",
    "us-nv": "participant_id|approval_code|employment_id|education_id|record_id|credential_id",
    "us-il": "MEMBER_ID|EMPLOYMENT_ID|EDUC_ID|RECORD_ID|CREDENTIAL_ID",
    "us-oh": "OPR Number|Approval ID|Employment ID|Education ID|Completion ID|Credential ID",
    "us-fl": "STUDENT_ID|EMP_ID|EDU_ID|TRANSCRIPT_ID|CRED_ID",
}
"""Columns of record ids: a file's own id is the last of them that it has."""


def copied(run: SampleRun, folder: Path) -> Path:
    """A data folder of one's own."""
    return Path(shutil.copytree(run.data, folder / "data"))


def state_of(store: SqlStore) -> StoreState:
    state = read_state(store, AS_OF)
    assert state.touches_pending == 0
    assert state.outbox_pending == 0
    return state


async def _rebuild(data: Path) -> StoreState:
    for leftover in data.glob("store.sqlite*"):
        leftover.unlink()
    log = SqliteEventLog(data / "log.sqlite")
    store = bootstrap.open_store(f"sqlite:///{data / 'store.sqlite'}")
    keyring = open_keyring(f"sqlite:///{data / 'keyring.sqlite'}")
    try:
        await Embedded(store, log, keyring).until_idle()
        return state_of(store)
    finally:
        store.close()
        keyring.close()
        await log.close()


def test_a_rebuilt_store_is_the_same_and_nothing_is_sent_again(
    sample_run: SampleRun, tmp_path: Path
) -> None:
    data = copied(sample_run, tmp_path)
    before = derived_ends(data)

    state = asyncio.run(_rebuild(data))

    assert sum(before.values()) > 2_000
    assert derived_ends(data) == before
    assert state.state_root == sample_run.document["state_root"]
    assert state.state_root_canonical == sample_run.document["state_root_canonical"]


async def _change_late(data: Path, count: int) -> StoreState:
    """Small changes of the sample's statements, each worked off before the next."""
    log = SqliteEventLog(data / "log.sqlite")
    store = bootstrap.open_store(f"sqlite:///{data / 'store.sqlite'}")
    keyring = open_keyring(f"sqlite:///{data / 'keyring.sqlite'}")
    lanes = Embedded(store, log, keyring)
    submissions = {}
    for code in REGISTRIES:
        mapping = registry_mapping(code)
        submissions[code] = read_submission(load_files(EXPORTS / code, mapping), mapping)
    shared = dict(_of_linked_persons(submissions, store))
    try:
        for submission in islice(late_changes(shared), count):
            await publish_submission(
                submission,
                log=log,
                keyring=keyring,
                token_keys=(read_token_key(data / "token.key"),),
                known=None,
            )
            await lanes.until_idle()
        return state_of(store)
    finally:
        store.close()
        keyring.close()
        await log.close()


def _of_linked_persons(
    submissions: dict[str, Submission], store: SqlStore
) -> Iterator[tuple[str, Submission]]:
    """Statements whose change changes an answer: of persons that another registry knows."""
    with store.reading() as sql:
        rows = sql.rows("SELECT DISTINCT registry, record_id FROM match WHERE kind = 4")
    matched = {(row["registry"], row["record_id"]) for row in rows}
    for code, submission in submissions.items():
        chosen = [s for s in submission.statements if (code, s.record_id) in matched]
        yield code, replace(submission, statements=tuple(chosen[:4]))


def test_a_rebuild_after_late_changes_sends_nothing_again(
    sample_run: SampleRun, tmp_path: Path
) -> None:
    """Some changed an answer and changed it back: consumers have the newest version of each."""
    data = copied(sample_run, tmp_path)
    first = sum(derived_ends(data).values())
    live = asyncio.run(_change_late(data, 12))
    before = derived_ends(data)

    state = asyncio.run(_rebuild(data))

    assert sum(before.values()) > first
    assert live.state_root != sample_run.document["state_root"]
    assert derived_ends(data) == before
    assert state.state_root == live.state_root
    assert state.sums == live.sums


def test_the_demo_run_again_changes_no_record_and_writes_nothing_twice(
    sample_run: SampleRun, tmp_path: Path
) -> None:
    data = copied(sample_run, tmp_path)
    sent, said = out_files(data), derived_ends(data)

    again = run_demo(tmp_path)

    assert again.data == data
    assert set(sent) == {f"{registry}/inbox.csv" for registry in REGISTRIES}
    assert out_files(data) == sent
    assert derived_ends(data) == said
    for name in ("state_root", "state_root_canonical", "national", "registries", "soar"):
        assert again.document[name] == sample_run.document[name], name


def test_out_folders_hold_every_item_once(sample_run: SampleRun) -> None:
    for registry in REGISTRIES:
        path = sample_run.data / "out" / registry / "inbox.csv"
        with path.open(encoding="utf-8", newline="") as file:
            ids = [row["event_id"] for row in csv.DictReader(file)]

        assert len(ids) == len(set(ids))
        assert len(ids) == sample_run.document["registries"][registry]["inbox_written"] > 0


class Feed:
    """A hub in memory that is fed registry by registry, by an edge with a key of its own."""

    def __init__(self, folder: Path) -> None:
        self.log = MemoryEventLog()
        self.keyring = MemoryKeyring()
        self.store = bootstrap.open_store(f"sqlite:///{folder / 'fed.sqlite'}")
        self.token_key: TokenKey = new_token_key(folder / "token.key", 1)
        self.lanes = Embedded(self.store, self.log, self.keyring)
        self._known = {registry: MemoryKnown() for registry in REGISTRIES}

    async def send(self, registries: Sequence[str], seed: int) -> None:
        for registry in registries:
            mapping = registry_mapping(registry)
            files = load_files(EXPORTS / registry, mapping)
            mixed = {name: shuffled(registry, name, data, seed) for name, data in files.items()}
            submission = read_submission(mixed, mapping, self._known[registry], None)
            await publish_submission(
                submission,
                log=self.log,
                keyring=self.keyring,
                token_keys=(self.token_key,),
                known=self._known[registry],
            )
        await self.lanes.until_idle()


def shuffled(registry: str, name: str, data: bytes, seed: int) -> bytes:
    """The same rows in another order. Rows of one record and stamp keep theirs: where two of them
    say different things, the first stands."""
    layout = LAYOUTS[registry]
    head, rows, tail = _records_of(data, layout.quoted)
    header = next(csv.reader([head.decode(layout.encoding)], delimiter=layout.delimiter))
    header = [column.strip() for column in header]
    own = [column for column in KEYS[registry].split("|") if column in header][-1]
    stamp = next(c for c in (layout.stamp, "Last Updated", "UPDATED") if c in header)
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, raw in enumerate(rows):
        cells = _cells(raw, registry)
        named = len(cells) == len(header)
        key = (cells[header.index(own)], cells[header.index(stamp)]) if named else (str(at),)
        groups[key].append(at)
    order = list(range(len(rows)))
    random.Random(f"{seed} {registry} {name}").shuffle(order)
    place = {row: at for at, row in enumerate(order)}
    for members in groups.values():
        for member, at in zip(members, sorted(place[m] for m in members), strict=True):
            order[at] = member
    return head + b"".join(rows[row] for row in order) + tail


def _cells(row: bytes, registry: str) -> list[str]:
    layout = LAYOUTS[registry]
    text = row.decode(layout.encoding, errors="replace").rstrip("\r\n")
    return [cell.strip() for cell in next(cells_in(text.splitlines(True), layout))]


def _records_of(data: bytes, quoted: bool) -> tuple[bytes, list[bytes], bytes]:
    """Header, data rows and trailer, each with its line ends."""
    records: list[bytes] = []
    held = b""
    for line in data.splitlines(keepends=True) if not quoted else data.split(b"\n"):
        held += line if not quoted else line + b"\n"
        if not quoted or held.count(b'"') % 2 == 0:
            records.append(held)
            held = b""
    records = [record for record in records if record.strip()]
    tail = records.pop() if records[-1].startswith(b"TRAILER") else b""
    return records[0], records[1:], tail


@pytest.mark.parametrize("registry", REGISTRIES)
def test_shuffling_loses_no_row(registry: str) -> None:
    for name, data in load_files(EXPORTS / registry, registry_mapping(registry)).items():
        _, rows, _ = _records_of(data, LAYOUTS[registry].quoted)
        mixed = shuffled(registry, name, data, 1)

        assert len(rows) == truth()["files"][f"{registry}/{name}"]["rows"]
        assert sorted(mixed.splitlines()) == sorted(data.splitlines())
        assert mixed != data


async def _feed_otherwise(folder: Path) -> StoreState:
    feed = Feed(folder)
    backward = list(reversed(REGISTRIES))
    await bootstrap.make_topics(feed.log, REGISTRIES)
    await feed.send(backward[:3], seed=1)
    shipped = shipped_entries(DEMO_POPULATION)
    await publish_reference(feed.log, [*demo_agreements(REGISTRIES), *shipped])
    await feed.send(backward[3:], seed=2)
    await feed.send(REGISTRIES, seed=3)
    try:
        return state_of(feed.store)
    finally:
        feed.store.close()


def test_another_order_of_registries_and_rows_and_all_twice_is_the_same_state(
    sample_run: SampleRun, tmp_path: Path
) -> None:
    """Other keys too: what stands in the open depends on none."""
    state = asyncio.run(_feed_otherwise(tmp_path))

    assert state.state_root_canonical == sample_run.document["state_root_canonical"]


def replayed(run: SampleRun, out: Path, *words: str) -> dict[str, Any]:
    run_hub("audit", "replay", "--log", run.log_url, "--json", str(out), *words)
    document: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return document


def test_an_auditors_replay_of_the_log_alone_equals_the_live_store(
    sample_run: SampleRun, tmp_path: Path
) -> None:
    words = ("--compare", sample_run.store_url, "--effective-as-of", AS_OF.isoformat())
    document = replayed(sample_run, tmp_path / "replay.json", *words)

    assert document["seconds"] is None
    assert document["state_root"] == sample_run.document["state_root"]
    national, live = dict(document["national"]), dict(sample_run.document["national"])
    assert "replay" in national.pop("live_error_why")
    assert live.pop("live_error_why")
    assert national == live
    assert document["soar"] == sample_run.document["soar"]
    for registry in REGISTRIES:
        wanted = sample_run.document["registries"][registry] | {"inbox_written": None}
        assert document["registries"][registry] == wanted


def test_a_replay_as_of_the_last_event_reads_what_the_live_store_has_read(
    sample_run: SampleRun,
) -> None:
    """Then it is the replay above: up to equal positions."""
    last_ms = milliseconds_of(_moment(max(times_of(sample_run))))
    at_last, before_last = asyncio.run(_cuts(sample_run, last_ms, last_ms - 1))

    assert at_last == sample_run.document["positions"]
    assert sum(before_last.values()) < sum(at_last.values())


async def _cuts(run: SampleRun, *times_ms: int) -> list[dict[str, int]]:
    log = SqliteEventLog(run.data / "log.sqlite")
    try:
        cuts = [await cut_at_time(log, each) for each in times_ms]
        return [{str(place): end for place, end in cut.items() if end} for cut in cuts]
    finally:
        await log.close()


def test_a_replay_as_of_a_moment_in_the_middle_is_an_older_state(
    sample_run: SampleRun, tmp_path: Path
) -> None:
    times = times_of(sample_run)
    middle_ms = times[len(times) // 2]
    moment = _moment(middle_ms)
    document = replayed(sample_run, tmp_path / "middle.json", "--recorded-as-of", moment)
    held = {
        str(place): sum(record.append_at_ms <= middle_ms for record in run)
        for place, run in events_on(sample_run.data).items()
        if is_folded(place.topic)
    }

    assert document["positions"] == {place: count for place, count in held.items() if count}
    assert document["state_root"] != sample_run.document["state_root"]
    accounts = sum(each["persons"] for each in document["registries"].values())
    assert 0 < accounts < 1_613


def times_of(run: SampleRun) -> list[int]:
    """Append times of all that the records lane reads."""
    places = events_on(run.data).items()
    runs = [records for place, records in places if is_folded(place.topic)]
    return sorted(record.append_at_ms for records in runs for record in records)


def _moment(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1_000)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{rest:03d}Z"
