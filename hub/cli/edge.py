"""The edge's commands: check, publish, token-key new."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hub import bootstrap
from hub.adapters.keyring import open_keyring
from hub.adapters.token_key import new_token_key
from hub.cli import common
from hub.cli.token_keys import token_keys_of
from hub.console.progress import Progress
from hub.domain.statements import Submission
from hub.identity.tokens import fingerprint
from hub.intake.desk import desk_json, desk_report
from hub.intake.known import KnownState, MemoryKnown
from hub.intake.mapping import Mapping as RegistryMapping
from hub.intake.publish import publish_submission
from hub.intake.submission import load_files, read_submission, unread_files
from hub.settings import Settings


def run_check(
    directory: Path, registry: str | None, extract_on: date | None, json: str | None
) -> int:
    """Judge an export at the state's own desk; 1 where rows are rejected."""
    mapping = common.registry_mapping(registry or directory.resolve().name)
    files = load_files(directory, mapping)
    submission = read_submission(files, mapping, None, extract_on)
    _tell_absent(files, mapping)
    if json != "-":
        lines = desk_report(submission, mapping)
        sys.stdout.write("\n".join(lines) + "\n")
        for name in unread_files(directory, mapping):
            sys.stderr.write(f"{name}: not in the mapping, not read\n")
    common.write_json(desk_json(submission, mapping), json)
    return int(any(file.rejected for file in submission.files))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """What `hub publish` was told."""

    directory: Path
    registry: str
    token_keys: Sequence[Path]
    extract_on: date | None
    state: Path | None
    log: str | None
    keyring: str | None
    json: str | None
    quiet: bool


async def run_publish(options: PublishOptions, settings: Settings) -> int:
    """Send an export; 0 where all was sent, rejected rows included."""
    token_keys = token_keys_of(options.token_keys, settings)
    log_url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    keyring_url = common.keyring_url(options.keyring, settings)
    mapping = common.registry_mapping(options.registry)
    progress = Progress(sys.stderr, quiet=options.quiet)
    known = _known(options)
    log = bootstrap.open_log(log_url, settings)
    keyring = open_keyring(keyring_url)
    try:
        with progress.step("Reading", "Read and checked") as step:
            files = load_files(options.directory, mapping)
            _tell_absent(files, mapping)
            submission = read_submission(files, mapping, known, options.extract_on)
            step.result = rows_text(submission)
        with progress.step("Publishing", "Published") as step:
            report = await publish_submission(
                submission,
                log=log,
                keyring=keyring,
                token_keys=token_keys,
                known=known,
                progress=lambda done, total: step.update(done, total, "events"),
            )
            step.result = f"{report.sent:,} events"
    finally:
        keyring.close()
        await log.close()
    common.write_json(receipt_json(submission, report.sent), options.json)
    return 0


def _tell_absent(files: Mapping[str, bytes], mapping: RegistryMapping) -> None:
    """A file that the layout names and the folder lacks is told of, as it may be a slip."""
    for name in sorted(file.name for file in mapping.file if file.name not in files):
        sys.stderr.write(f"{name}: not in the folder; its records are left as they stand\n")


def _known(options: PublishOptions) -> KnownState | MemoryKnown:
    if options.state is None:
        return MemoryKnown()
    options.state.mkdir(parents=True, exist_ok=True)
    return KnownState(options.state / f"{options.registry}.sqlite", options.registry)


def rows_text(submission: Submission) -> str:
    """A submission's rows in a phrase."""
    rows = sum(file.rows for file in submission.files)
    rejected = sum(file.rejected for file in submission.files)
    return f"{rows:,} rows of {len(submission.files)} files, {rejected:,} rejected"


def receipt_json(submission: Submission, sent: int) -> dict[str, Any]:
    """The receipt of a submission: what became of every row, never a value."""
    return {
        "registry": submission.registry,
        "submission_id": submission.submission_id,
        "digest": submission.digest,
        "extract_on": submission.extract_on.isoformat(),
        "events_sent": sent,
        "files": {
            file.name: {
                "rows": file.rows,
                "accepted": file.accepted,
                "superseded": file.superseded,
                "duplicate": file.duplicate,
                "rejected": file.rejected,
                "rejections": [
                    {"line": r.line, "field": r.field, "rule": r.rule, "record_id": r.record_id}
                    for r in file.rejections
                ],
            }
            for file in submission.files
        },
    }


def run_token_key_new(file: Path, epoch: int) -> int:
    """Make a key; say its fingerprint, never its secret."""
    key = new_token_key(file, epoch)
    sys.stdout.write(f"{file}: token key of epoch {epoch}, fingerprint {fingerprint(key)}\n")
    sys.stdout.write("Keep it in the states' secret stores, never with the hub's keyring.\n")
    return 0
