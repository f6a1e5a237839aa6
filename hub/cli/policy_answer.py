"""What `hub policy answer` does: a registry says of a policy published in its name whether it is
its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from hub import bootstrap
from hub.cli import common
from hub.cli.said import checked_code, checked_registry, is_synthetic
from hub.intake.policies import Answering, publish_policy_answer
from hub.settings import Settings

WORDS = {"adopted": "ADOPTED", "refused": "REFUSED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions:
    """What `hub policy answer` was told."""

    registry: str
    revision: int
    answer: str
    reason: str
    staff: str
    withdraw: bool
    log: str | None


async def run_answer(options: AnswerOptions, settings: Settings) -> int:
    """Publish a registry's answer to a revision of its policy."""
    if options.answer not in WORDS:
        raise common.UsageError("that is no answer", fix=f"use {' or '.join(WORDS)}")
    said = Answering(
        registry=checked_registry(options.registry),
        revision=options.revision,
        answer=WORDS[options.answer],
        reason=checked_code(options.reason, "--reason"),
        staff_id=checked_code(options.staff, "--staff"),
        withdrawn=options.withdraw,
    )
    url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    log = bootstrap.open_log(url, settings, to_read=True)
    try:
        synthetic = await is_synthetic(log, said.registry)
        sent = await publish_policy_answer(log, said, synthetic=synthetic)
    finally:
        await log.close()
    taken = " taken back" if said.withdrawn else ""
    ending = "said" if sent else "already said"
    sys.stdout.write(
        f"{said.registry} revision {said.revision}: {options.answer}{taken}, {ending} "
        f"by {said.registry}.\n"
    )
    return 0
