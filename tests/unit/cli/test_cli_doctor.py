"""hub doctor: each fault of an installation is found, alone, with what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.sql_status import Waiting
from hub.adapters.sql_store import SqlStore
from hub.adapters.token_key import new_token_key
from hub.cli.doctor_store import _postgres_finding, check_waiting
from hub.wire.codec import FRAME_BYTES
from tests.unit.cli.hub_command import Ran, hub
from tests.unit.cli.operations_hub import WISCONSIN, Installation, now_ms
from tests.unit.lanes.lane_events import training

CHECKS = {
    "schemas",
    "log",
    "store",
    "tables",
    "topics",
    "positions",
    "halted",
    "clock",
    "touches",
    "outbox",
    "workers",
    "rejected",
    "keyring",
    "token key",
}


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    made.append([training("R1"), training("R2")])
    made.fold()
    return made


def findings(ran: Ran) -> dict[str, Any]:
    document = json.loads(ran.out)
    assert document["ok"] is (ran.code == 0)
    return {each["name"]: each for each in document["findings"]}


def check_alone(made: Installation, name: str, *words: str) -> None:
    """Only this is not ok; it says these words and what to do."""
    ran = made.hub("doctor", "--json", "-")
    found = findings(ran)

    assert ran.code == 1
    assert [each for each in found if not found[each]["ok"]] == [name]
    assert all(word in found[name]["found"] for word in words), found[name]["found"]
    assert found[name]["fix"].endswith(".")


def test_a_sound_installation_passes_every_check(installed: Installation) -> None:
    ran = installed.hub("doctor", "--json", "-")

    assert findings(ran).keys() == CHECKS
    assert ran.code == 0
    assert all(each["fix"] is None for each in findings(ran).values())


def test_a_person_reads_a_line_for_each_check_and_the_answer_last(installed: Installation) -> None:
    lines = installed.hub("doctor").out.splitlines()

    assert len(lines) == len(CHECKS) + 1
    assert all(line.startswith("ok ") for line in lines[:-1])
    assert lines[-1] == f"Everything is as it must be, in {len(CHECKS)} checks."


def test_a_fault_is_followed_by_what_to_do(installed: Installation) -> None:
    installed.run_sql_on_log("DELETE FROM topics WHERE name = 'national.reciprocity'")
    ran = installed.hub("doctor")
    lines = ran.out.splitlines()
    (at,) = [n for n, line in enumerate(lines) if line.startswith("no ")]

    assert "national.reciprocity" in lines[at]
    assert lines[at + 1].strip() == "To do: Make them with hub topics apply."
    assert lines[-1] == f"1 of {len(CHECKS)} checks needs something done."
    assert max(map(len, lines)) <= 80


def test_a_topic_that_is_not_there_is_found(installed: Installation) -> None:
    installed.run_sql_on_log("DELETE FROM topics WHERE name = 'registry.us-nv.inbox'")

    check_alone(installed, "topics", "registry.us-nv.inbox")


def test_a_log_that_lost_its_tail_is_found(installed: Installation) -> None:
    installed.run_sql_on_log(f"DELETE FROM messages WHERE topic = '{WISCONSIN}'")

    check_alone(installed, "positions", "LOG_DIVERGED", f"records on {WISCONSIN}/")


def test_a_record_that_is_not_the_one_folded_is_found(installed: Installation) -> None:
    installed.run_sql_on_log(f"UPDATE messages SET key = x'50' WHERE topic = '{WISCONSIN}'")

    check_alone(installed, "positions", "LOG_DIVERGED")


def test_a_partition_that_waits_for_a_newer_program_is_found(installed: Installation) -> None:
    good = training("R3")
    unknown = good.value[:1] + (9_999).to_bytes(4, "big") + good.value[FRAME_BYTES:]
    installed.append([replace(good, value=unknown, headers=())])
    installed.worker(seen_ms=now_ms())

    check_alone(installed, "halted", f"records on {WISCONSIN}/")


def test_work_without_a_worker_is_found(installed: Installation) -> None:
    installed.append([training("R3")])
    installed.worker(seen_ms=now_ms() - 60_000)

    check_alone(installed, "workers", "no worker is alive", "1 silent")


def test_work_with_a_worker_is_well(installed: Installation) -> None:
    installed.append([training("R3")])
    installed.worker(seen_ms=now_ms())

    assert installed.hub("doctor").code == 0


def test_a_clock_behind_the_log_is_found(installed: Installation) -> None:
    installed.append([training("R3")], at_ms=now_ms() + 3_600_000)
    installed.fold()

    check_alone(installed, "clock", "ahead of this machine")


def test_tables_of_another_version_are_found(installed: Installation) -> None:
    installed.run_sql("UPDATE alembic_version SET version_num = '0001'")

    found = findings(installed.hub("doctor", "--json", "-"))

    assert not found["tables"]["ok"]
    assert "hub run" in found["tables"]["fix"]
    assert "positions" not in found


def test_tables_of_a_newer_program_ask_for_that_program(installed: Installation) -> None:
    installed.run_sql("UPDATE alembic_version SET version_num = '9999'")

    assert "newer" in findings(installed.hub("doctor", "--json", "-"))["tables"]["fix"]


def test_a_store_that_was_never_migrated_is_found(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.append()
    made.path("store").parent.mkdir()
    store = SqlStore(made.urls["store"])
    store.create()
    store.close()

    assert "no migration" in findings(made.hub("doctor", "--json", "-"))["tables"]["found"]


@pytest.mark.parametrize("name", ["log", "store", "keyring"])
def test_what_is_not_there_is_found_and_not_made(installed: Installation, name: str) -> None:
    installed.path(name).unlink()

    found = findings(installed.hub("doctor", "--json", "-"))

    assert not found[name]["ok"]
    assert found[name]["fix"]
    assert not installed.path(name).exists()


@pytest.mark.parametrize(("name", "setting"), [("log", "HUB_LOG"), ("store", "HUB_STORE")])
def test_what_is_not_named_is_found(installed: Installation, name: str, setting: str) -> None:
    ran = installed.hub("doctor", "--json", "-", **{setting: ""})

    assert not findings(ran)[name]["ok"]
    assert setting in findings(ran)[name]["fix"]


def test_nothing_named_at_all_is_three_findings_and_no_error() -> None:
    found = findings(hub("doctor", "--json", "-"))

    assert [name for name in found if not found[name]["ok"]] == ["log", "store", "keyring"]


def test_a_token_key_beside_the_keyring_is_found(installed: Installation) -> None:
    new_token_key(installed.path("keyring").parent / "states.key", 1)

    check_alone(installed, "token key", "states.key")


def test_a_token_key_set_where_the_keyring_is_is_found(installed: Installation) -> None:
    ran = installed.hub("doctor", "--json", "-", HUB_TOKEN_KEY="states.key")

    assert not findings(ran)["token key"]["ok"]


def test_a_database_that_does_not_answer_is_found_without_its_password(
    installed: Installation,
) -> None:
    url = "postgresql://hub:secret@127.0.0.1:1/hub?connect_timeout=1"
    ran = installed.hub("doctor", "--store", url, "--keyring", url)

    assert ran.code == 1
    assert "no answer" in " ".join(ran.out.lower().split())
    assert "secret" not in ran.out + ran.err


def waiting(**changes: Any) -> Waiting:
    plain = Waiting(
        touches=3, oldest_touch_ms=None, outbox=3, oldest_outbox_ms=None, oldest_lease_ms=None
    )
    return plain._replace(**changes)


@pytest.mark.parametrize(
    ("field", "name", "minutes"),
    [
        ("oldest_touch_ms", "touches", 11),
        ("oldest_outbox_ms", "outbox", 6),
        ("oldest_lease_ms", "outbox", 6),
    ],
)
def test_what_waits_too_long_is_found(field: str, name: str, minutes: int) -> None:
    now = 1_790_000_000_000
    late = check_waiting(waiting(**{field: now - minutes * 60_000}), now)
    fresh = check_waiting(waiting(**{field: now - 60_000}), now)

    assert [each.name for each in late if not each.ok] == [name]
    assert [each for each in fresh if not each.ok] == []


def test_an_older_postgresql_is_refused() -> None:
    assert not _postgres_finding("17.5", 170_005).ok
    assert _postgres_finding("18.1", 180_001).ok
