"""What `hub policy publish` does: the Alliance publishes a policy that a registry has adopted."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hub import bootstrap
from hub.cli import common
from hub.cli.policy_document import changes_document
from hub.cli.policy_show import read_policy_file
from hub.cli.said import checked_code
from hub.console.policies import print_changes
from hub.intake.policies import Proposal, propose, publish_proposal
from hub.reciprocity.policy_changes import changes_past
from hub.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """What `hub policy publish` was told."""

    file: Path
    adopted_by: str
    dry_run: bool
    json: str | None
    log: str | None


async def run_publish(options: PublishOptions, settings: Settings) -> int:
    """Say what a policy changes, and publish it where it is a new fact."""
    adopted_by = checked_code(options.adopted_by, "--adopted-by")
    text = read_policy_file(options.file)
    today = datetime.now(UTC).date()
    url = common.required(options.log or settings.log, "HUB_LOG", "--log")
    log = bootstrap.open_log(url, settings, to_read=options.dry_run)
    try:
        if not options.dry_run:
            await bootstrap.make_topics(log, [])
        proposal = await propose(log, text, options.file.name, adopted_by, today)
        sent = not options.dry_run and await publish_proposal(log, proposal)
    finally:
        await log.close()
    document = changes_document(proposal.standing_table, proposal.table)
    past = _past(proposal, today)
    document |= {"notes": list(past), "new": proposal.is_new, "sent": sent}
    common.write_json(document, options.json)
    if options.json != "-":
        if proposal.is_new:
            last = (*past, _ending(proposal, options, adopted_by))
            print_changes(document, sys.stdout, last=last)
        else:
            registry, revision = proposal.table.registry, proposal.table.revision
            sys.stdout.write(
                f"{registry} revision {revision} stands already with this text: nothing new.\n"
            )
    return 0


def _past(proposal: Proposal, today: date) -> tuple[str, ...]:
    if proposal.standing_table is None:
        return ()
    return changes_past(proposal.standing_table, proposal.table, today)


def _ending(proposal: Proposal, options: PublishOptions, adopted_by: str) -> str:
    if options.dry_run:
        return f"Not published. Next: hub policy try {options.file} says what it would change."
    return (
        f"Published, adopted by staff {adopted_by}. {proposal.table.registry} can say what it "
        "thinks of it with hub policy answer."
    )
