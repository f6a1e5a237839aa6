"""`hub demo`: the whole hub on exports of six states, on this machine, in one command.

Without Kafka everything runs in this process over SQLite; with a Kafka log `hub run` is started as
a child and hosts the lanes. The token key is made for the demo and kept in its folder, and it says
so: only a demo may hold both the token key and the keyring.
"""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

from hub import __version__, bootstrap
from hub.adapters.keyring import open_keyring
from hub.adapters.token_key import new_token_key, read_token_key
from hub.cli import common
from hub.cli.alliance import shipped_entries
from hub.cli.demo_lanes import ChildLanes, EmbeddedLanes
from hub.cli.demo_state import Demo, DemoOptions
from hub.cli.live import serve_page
from hub.console.progress import Progress
from hub.console.summary import print_summary
from hub.domain.state import Document
from hub.domain.statements import Submission
from hub.errors import ConfigurationError
from hub.intake.known import KnownState
from hub.intake.publish import publish_submission
from hub.intake.reference import demo_agreements, publish_reference
from hub.intake.submission import load_files, read_submission
from hub.lanes.collector import calm_collector
from hub.settings import Settings

SAMPLE_AS_OF = date(2026, 6, 30)
DEMO_POPULATION = 2_000
"""Of whom the identity model expects the accounts to be: the sample's, not the nation's."""


async def run_demo(options: DemoOptions, settings: Settings) -> int:
    """Publish, fold, match, send back, show."""
    started = time.monotonic()
    calm_collector()
    exports = sample_folder() if options.exports is None else options.exports
    codes = registries_in(exports)
    demo = _open(options, settings, _as_of(options, codes))
    on_kafka = demo.log_url.startswith("kafka://")
    lanes = ChildLanes(demo) if on_kafka else EmbeddedLanes(demo, settings)
    try:
        _greet(demo, exports)
        submissions = await _publish(demo, exports, codes)
        await lanes.run_until_idle()
        document = await _document(demo, started)
        common.write_json(document, options.json)
        wants_page = sys.stdout.isatty() if options.ui is None else options.ui
        url = f"http://127.0.0.1:{options.port}/" if wants_page else None
        if options.json != "-":
            print_summary(document, sys.stdout, page_url=url)
        if wants_page:
            await serve_page(demo, lanes, submissions, document["seconds"])
    finally:
        await lanes.stop()
        demo.keyring.close()
        demo.store.close()
        await demo.log.close()
    return 0


def sample_folder() -> Path:
    """The sample exports of the checkout. Raises ConfigurationError where they are not there."""
    folder = Path(__file__).resolve().parents[2] / "data" / "exports"
    if not folder.is_dir():
        raise ConfigurationError(
            "the sample exports are not beside this installation",
            fix="run from a checkout, or give --exports DIR",
        )
    return folder


def registries_in(exports: Path) -> list[str]:
    """Folders of an exports folder: one a registry."""
    if not exports.is_dir():
        raise ConfigurationError(f"{exports} is not a folder", fix="give one folder a registry")
    codes = sorted(each.name for each in exports.iterdir() if each.is_dir())
    if not codes:
        raise ConfigurationError(f"{exports} holds no registry's folder", fix="such as us-oh/")
    return codes


def _as_of(options: DemoOptions, codes: list[str]) -> date:
    """The day that was asked for; the sample's own day, or that of the newest extract."""
    if options.as_of is not None:
        return options.as_of
    if options.exports is None:
        return SAMPLE_AS_OF
    return max(common.registry_mapping(code).extract_on for code in codes)


def _open(options: DemoOptions, settings: Settings, as_of: date) -> Demo:
    data = options.data
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {data} cannot be made: {error.strerror}",
            fix="give another with --data DIR",
        ) from None
    log_url = options.log or settings.log or f"sqlite:///{data / 'log.sqlite'}"
    store_url = options.store or settings.store or f"sqlite:///{data / 'store.sqlite'}"
    held = None if settings.keyring is None else settings.keyring.get_secret_value()
    keyring_url = held or f"sqlite:///{data / 'keyring.sqlite'}"
    key_file = data / "token.key"
    token_key = read_token_key(key_file) if key_file.exists() else new_token_key(key_file, 1)
    return Demo(
        options=options,
        log_url=log_url,
        store_url=store_url,
        keyring_url=keyring_url,
        log=bootstrap.open_log(log_url, settings),
        store=bootstrap.open_store(store_url),
        keyring=open_keyring(keyring_url),
        token_key=token_key,
        progress=Progress(sys.stderr, quiet=options.quiet),
        as_of=as_of,
    )


def _greet(demo: Demo, exports: Path) -> None:
    what = "the sample exports" if demo.options.exports is None else str(exports)
    log, store = _where(demo.log_url), _where(demo.store_url)
    places = f"{log} and {store}" if log != store else log
    note = demo.progress.note
    made_up = all(common.registry_mapping(code).synthetic for code in registries_in(exports))
    people = " All people are synthetic." if made_up else ""
    note(f"Registry Hub {__version__}, demo on {what}.{people}")
    note(f"Log and store: {places}, in {demo.options.data}.")
    note("Token key: made for this demo, kept there.")


def _where(url: str) -> str:
    if url.startswith("sqlite"):
        return "SQLite"
    return f"Kafka at {url.removeprefix('kafka://')}" if url.startswith("kafka") else "PostgreSQL"


async def _publish(demo: Demo, exports: Path, codes: list[str]) -> dict[str, Submission]:
    submissions: dict[str, Submission] = {}
    known = {code: KnownState(demo.options.data / f"sent-{code}.sqlite", code) for code in codes}
    with demo.progress.step("Reading", "Read and checked") as step:
        for code in codes:
            mapping = common.registry_mapping(code)
            files = load_files(exports / code, mapping)
            submissions[code] = read_submission(files, mapping, known[code], None)
            step.update(len(submissions), len(codes), "registries")
        every = [file for each in submissions.values() for file in each.files]
        rows = sum(file.rows for file in every)
        step.result = f"{rows:,} rows of {len(every)} files, {len(codes)} registries"
    await bootstrap.make_topics(demo.log, codes)
    entries = [*shipped_entries(DEMO_POPULATION), *demo_agreements(codes)]
    await publish_reference(demo.log, entries, keep_newer=True)
    total = sum(len(each.statements) for each in submissions.values())
    with demo.progress.step("Publishing", "Published") as step:
        sent = 0
        for code, submission in submissions.items():
            report = await publish_submission(
                submission,
                log=demo.log,
                keyring=demo.keyring,
                token_keys=(demo.token_key,),
                known=known[code],
            )
            sent += report.sent
            step.update(sent, total, "events")
        step.result = f"{sent:,} events"
    return submissions


async def _document(demo: Demo, started: float) -> Document:
    document = await bootstrap.summary(demo.store, demo.log, demo.as_of, common.command_line())
    document["seconds"] = round(time.monotonic() - started, 1)
    return document
