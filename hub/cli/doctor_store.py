"""What `hub doctor` asks of the store, its clock, its workers, and of the keys beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hub.adapters.sql_errors import shown_url
from hub.adapters.sql_status import Waiting, count_keys, newest_revision, read_server
from hub.adapters.sql_store import SqlStore
from hub.adapters.token_key import read_token_key
from hub.console.numbers import plural, seconds_text
from hub.console.status import SILENT_SECONDS
from hub.domain.findings import Finding
from hub.domain.rows import WorkerRow
from hub.errors import ConfigurationError
from hub.settings import Settings

POSTGRES_MIN = 180_000  # RETURNING tells what was replaced from 18 on.
TOUCH_SECONDS_MAX = 10 * 60
OUTBOX_SECONDS_MAX = 5 * 60
CLOCK_SECONDS_MAX = 5.0
TOKEN_KEY_BYTES_MAX = 2_000
FILES_MAX = 200


def check_store(store: SqlStore) -> list[Finding]:
    """It answers, is new enough, and has this program's tables. Raises RetryableError."""
    facts = read_server(store)
    number = facts.postgres_number
    name = "SQLite" if number is None else "PostgreSQL"
    findings = [Finding("store", True, f"{name} {facts.version} answers.", None)]
    if number is not None:
        findings.append(_postgres_finding(facts.version, number))
    wanted = newest_revision()
    if facts.revision == wanted:
        findings.append(
            Finding("tables", True, f"The tables are those of migration {wanted}.", None)
        )
    else:
        held = "no migration" if facts.revision is None else f"migration {facts.revision}"
        fix = "Start hub run with this store: it brings the tables up to date."
        if facts.revision is not None and facts.revision > wanted:
            fix = "Run the version of the hub that made these tables, or a newer one."
        found = f"The store has seen {held}, this program wants {wanted}."
        findings.append(Finding("tables", False, found, fix))
    return findings


def _postgres_finding(version: str, number: int) -> Finding:
    if number >= POSTGRES_MIN:
        return Finding("postgresql", True, f"PostgreSQL {version} is new enough.", None)
    return Finding(
        "postgresql",
        False,
        f"PostgreSQL is {version}; the lanes need 18 or newer.",
        "Upgrade the server, or point HUB_STORE at a newer one and rebuild there.",
    )


def check_clock(store: SqlStore, newest_ms: int | None, now_ms: int) -> list[Finding]:
    """This machine against the database and against what the log received last."""
    ahead_s = 0.0 if newest_ms is None else (newest_ms - now_ms) / 1000
    apart_s = abs(read_server(store).now_ms - now_ms) / 1000
    late = [
        f"the log's newest event is {seconds_text(ahead_s)} ahead of this machine"
        if ahead_s > CLOCK_SECONDS_MAX
        else "",
        f"the database's clock is {seconds_text(apart_s)} away from this machine's"
        if apart_s > CLOCK_SECONDS_MAX
        else "",
    ]
    told = [each for each in late if each]
    if not told:
        found = f"No clock seen here is more than {CLOCK_SECONDS_MAX:g} s away from this machine's."
        return [Finding("clock", True, found, None)]
    text = " and ".join(told)
    fix = "Let every machine follow the same time server; leases and ages go by these clocks."
    return [Finding("clock", False, f"{text[:1].upper()}{text[1:]}.", fix)]


def check_waiting(waiting: Waiting, now_ms: int) -> list[Finding]:
    """What waits longer than a working hub lets it."""
    return [_touches_finding(waiting, now_ms), _outbox_finding(waiting, now_ms)]


def _touches_finding(waiting: Waiting, now_ms: int) -> Finding:
    oldest = waiting.oldest_touch_ms
    seconds = 0.0 if oldest is None else (now_ms - oldest) / 1000
    what = plural(waiting.touches, "change waits", "changes wait")
    if seconds <= TOUCH_SECONDS_MAX:
        return Finding("touches", True, f"{what} to be worked out.", None)
    return Finding(
        "touches",
        False,
        f"{what} to be worked out, the oldest for {seconds_text(seconds)}.",
        "See with hub status whether a worker is at its derive lane, and read its log.",
    )


def _outbox_finding(waiting: Waiting, now_ms: int) -> Finding:
    known = [at for at in (waiting.oldest_outbox_ms, waiting.oldest_lease_ms) if at is not None]
    seconds = (now_ms - min(known)) / 1000 if known else 0.0
    what = plural(waiting.outbox, "event waits", "events wait")
    if seconds <= OUTBOX_SECONDS_MAX:
        return Finding("outbox", True, f"{what} to be published.", None)
    return Finding(
        "outbox",
        False,
        f"{what} to be published, the oldest for {seconds_text(seconds)}.",
        "See whether the log takes what the relay writes: its topics, room and who may write.",
    )


def check_workers(workers: Sequence[WorkerRow], now_ms: int, *, is_busy: bool) -> list[Finding]:
    """Somebody works where there is work."""
    alive = [row for row in workers if (now_ms - row.seen_ms) / 1000 <= SILENT_SECONDS]
    silent = len(workers) - len(alive)
    found = f"{plural(len(alive), 'worker is', 'workers are')} alive, {silent} silent."
    if alive or not is_busy:
        return [Finding("workers", True, found, None)]
    fix = "Start hub run with this log, store and keyring."
    return [Finding("workers", False, f"There is work, and no worker is alive. {found}", fix)]


def check_keyring(url: str | None) -> list[Finding]:
    """It answers. Raises RetryableError."""
    if url is None:
        fix = "Give --keyring or set HUB_KEYRING: hub run does not start without one."
        return [Finding("keyring", False, "No keyring is named.", fix)]
    if url == "memory://":
        fix = "Name a database: what is sealed with these keys is lost when the process ends."
        return [Finding("keyring", False, "The keyring ends with its process.", fix)]
    count = count_keys(url)
    if count is None:
        fix = "Correct HUB_KEYRING. For a hub that is new: the first hub run or publish makes it."
        return [Finding("keyring", False, f"There is no keyring at {shown_url(url)}.", fix)]
    return [
        Finding(
            "keyring", True, f"The keyring answers; it holds {plural(count, 'key', 'keys')}.", None
        )
    ]


def check_token_key(settings: Settings, keyring: str | None) -> list[Finding]:
    """Who holds persons' keys must not hold the states' token key."""
    fix = "Take the token key away from here: who holds both can test names against evidence."
    if settings.token_key and keyring is not None:
        found = "HUB_TOKEN_KEY is set where the keyring is."
        return [Finding("token key", False, found, fix)]
    beside = _token_key_beside(keyring)
    if beside is not None:
        return [Finding("token key", False, f"A token key lies beside the keyring: {beside}.", fix)]
    return [
        Finding("token key", True, "No token key is set here or lies beside the keyring.", None)
    ]


def _token_key_beside(keyring: str | None) -> str | None:
    """Name of a file that is a token key, in the folder of a keyring that is a file."""
    if keyring is None or not keyring.startswith("sqlite:///"):
        return None
    folder = Path(keyring.removeprefix("sqlite:///")).parent
    if not folder.is_dir():
        return None
    for path in sorted(folder.iterdir())[:FILES_MAX]:
        if path.is_file() and path.stat().st_size <= TOKEN_KEY_BYTES_MAX:
            try:
                read_token_key(path)
            except ConfigurationError:
                continue
            return path.name
    return None
