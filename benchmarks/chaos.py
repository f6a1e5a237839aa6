"""The chaos run: what crashes, freezes and outages do to the lanes on a real log and database.

Two workers fold a seeded stream of events while they are killed, frozen and told to leave, and
while broker and database crash. At the end the store must equal a plain fold of the log, and the
derived topics must say what the store says. JSON lines on stdout; exit 1 on any difference.

    python -m benchmarks.chaos --events 300000 --seed 1
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from benchmarks.chaos_check import Findings, check_delivered, check_outbox, compare_with_folds
from benchmarks.chaos_events import REGISTRIES, submissions
from benchmarks.chaos_faults import (
    SMALL,
    Plan,
    Run,
    Tell,
    folded,
    keep_running,
    torment,
    until_at_work,
)
from benchmarks.chaos_world import LEAVE_SECONDS_MAX, Addresses, Worker
from deploy.local import postgres
from deploy.local.kafka import KafkaBroker
from hub import bootstrap
from hub.adapters.kafka_log import KafkaEventLog
from hub.adapters.keyring import open_keyring
from hub.cli.alliance import shipped_entries
from hub.errors import RetryableError
from hub.identity.tokens import TokenKey
from hub.intake.publish import publish_submission
from hub.intake.reference import agreement_entries, demo_agreements, publish_reference
from hub.ports import Keyring

IDLE_SECONDS_MAX = 900.0
AGREEMENT_EVERY = 40  # Submissions between two changes of the agreement.
_KEY = TokenKey(1, bytes(range(32)))


async def run_chaos(plan: Plan, folder: Path, tell: Tell) -> Findings:
    """Make servers in this folder, run the plan, compare."""
    with (
        KafkaBroker() as broker,
        postgres.postgres_server() as server,
        postgres.fresh_database(server) as store_url,
    ):
        log = KafkaEventLog(broker.bootstrap)
        keyring_url = f"sqlite:///{folder / 'keys.sqlite'}"
        keyring = open_keyring(keyring_url)
        where = Addresses(log=broker.url, store=store_url, keyring=keyring_url, folder=folder)
        workers = [Worker(number, where) for number in (1, 2)]
        store = bootstrap.open_store(store_url)
        run = Run(
            plan=plan,
            broker=broker,
            server_url=server,
            store=store,
            log=log,
            workers=workers,
            tell=tell,
        )
        try:
            await _run(run, keyring)
            await _check(run, keyring, folder)
        finally:
            for worker in workers:
                worker.kill()
            keyring.close()
            store.close()
            await log.close()
    return run.findings


async def _run(run: Run, keyring: Keyring) -> None:
    await bootstrap.make_topics(run.log, REGISTRIES)
    await publish_reference(run.log, [*shipped_entries(), *demo_agreements(REGISTRIES)])
    began = time.monotonic()
    for worker in run.workers:
        worker.start()
    feeding = asyncio.create_task(_feed(run, keyring))
    try:
        await torment(run, feeding)
        await feeding
    finally:
        feeding.cancel()
    fed_seconds = time.monotonic() - began
    deadline = time.monotonic() + IDLE_SECONDS_MAX
    while not await _is_idle(run):
        keep_running(run)
        await folded(run)
        if time.monotonic() > deadline:
            run.findings.expect(False, "the workers did not become idle")
            break
        await asyncio.sleep(0.5)
    seconds = time.monotonic() - began
    for worker in run.workers:
        await until_at_work(run, worker)
        left = worker.leave()
        run.findings.expect(left < LEAVE_SECONDS_MAX, f"a worker took {left:.1f} s to leave")
    run.findings.figures |= {
        "faults": dict(run.done),
        "fenced": sum(worker.count_fenced() for worker in run.workers),
        "faulted_seconds": round(fed_seconds, 1),
        "seconds": round(seconds, 1),
    }
    for worker in run.workers:
        for end in worker.own_ends:
            run.findings.expect(False, f"worker {worker.number} ended by itself: {end}")


async def _feed(run: Run, keyring: Keyring) -> int:
    """Publish everything. What an outage cuts short is sent again."""
    sent = 0
    began = time.monotonic()
    for number, submission in enumerate(submissions(run.plan.seed, run.plan.events)):

        async def publish(submission: Any = submission) -> None:
            await publish_submission(
                submission, log=run.log, keyring=keyring, token_keys=(_KEY,), known=None
            )

        await _again(publish)
        sent += len(submission.statements) + 1
        run.sent = sent
        if run.plan.events_per_second is not None:
            due = began + sent / run.plan.events_per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        if number % AGREEMENT_EVERY == AGREEMENT_EVERY - 1:
            in_force = number // AGREEMENT_EVERY % 2 == 1
            entries = agreement_entries(_agreement(in_force), "chaos.toml")

            async def publish_agreement(entries: Any = entries) -> None:
                await publish_reference(run.log, entries)

            await _again(publish_agreement)
    run.findings.figures["events"] = sent
    return sent


def _agreement(in_force: bool) -> str:
    sender, receiver = REGISTRIES
    return (
        f'[[agreement]]\nsender = "{sender}"\nreceiver = "{receiver}"\n'
        f'kinds = ["training", "credential", "link"]\nin_force = {str(in_force).lower()}\n'
    )


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
            return
        except RetryableError:
            await asyncio.sleep(0.5)


async def _is_idle(run: Run) -> bool:
    try:
        return await bootstrap.is_idle(run.store, run.log, with_sync=True)
    except RetryableError:
        return False


async def _check(run: Run, keyring: Keyring, folder: Path) -> None:
    await compare_with_folds(run.store, run.log, keyring, folder, run.findings)
    await check_outbox(run.store, run.log, run.findings)
    check_delivered(folder / "out", run.findings)


async def _until_told(work: Coroutine[Any, Any, Findings]) -> Findings:
    """A request to end unwinds, so that servers and workers are ended, too."""
    task = asyncio.create_task(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def main(words: list[str] | None = None) -> int:
    """Run from the command line."""
    usual = Plan()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=usual.events)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--kill-every", type=float, default=usual.kill_every_seconds)
    parser.add_argument("--per-second", type=float, help="events a second [as many as can be]")
    parser.add_argument("--small", action="store_true", help="the test's plan")
    parser.add_argument("--keep", type=Path, help="folder for the workers' logs, kept")
    given = parser.parse_args(words)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # The broker is away on purpose.
    plan = Plan(
        events=given.events,
        seed=given.seed,
        kill_every_seconds=given.kill_every,
        events_per_second=given.per_second,
    )
    began = time.monotonic()

    def tell(line: dict[str, Any]) -> None:
        at = {"at_seconds": round(time.monotonic() - began, 1)}
        sys.stdout.write(json.dumps(at | line) + "\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="hub-chaos-") as made:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        findings = asyncio.run(_until_told(run_chaos(SMALL if given.small else plan, folder, tell)))
    verdict = "equal" if not findings.differences else "DIFFERENT"
    tell({"verdict": verdict, "differences": findings.differences, **findings.figures})
    return 1 if findings.differences else 0


if __name__ == "__main__":
    sys.exit(main())
