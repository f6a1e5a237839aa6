"""Commands by which a policy is published, shown, answered, and tried before it is published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import common
from hub.cli.identity_people_commands import AsOf
from hub.cli.operations_commands import Json, Log, Store

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="the policy, a TOML file")]


def add_policy_publish_commands(policy: typer.Typer) -> None:
    """Hang the commands into `hub policy`."""
    for name, epilog, command in (
        ("publish", "Example:  hub policy publish us-nd.toml --adopted-by S-17", _publish),
        ("show", "Example:  hub policy show --registry us-nd --html us-nd.html", _show),
        ("answer", _ANSWER, _answer),
        ("try", "Example:  hub policy try us-nd.toml --as-of 2027-01-01", _try),
    ):
        policy.command(name, epilog=epilog)(command)


_ANSWER = (
    "Example:  hub policy answer --registry us-nd --revision 3 refused"
    " --reason not_adopted --staff S-17"
)


def _publish(
    file: PolicyFile,
    adopted_by: Annotated[
        str,
        typer.Option(
            "--adopted-by", metavar="STAFF-ID", help="who at the registry adopted it: an id"
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what differs, publish nothing")
    ] = False,
    json: Json = None,
    log: Log = None,
) -> None:
    """Publish a policy that its registry has adopted, and say how it differs from the one before.

    The Alliance's act. Refused where a published version of a rule has other content, or days that
    are over would have other rules. The same text again makes no new fact.
    """
    from hub.cli.policy_publish import PublishOptions, run_publish

    options = PublishOptions(file=file, adopted_by=adopted_by, dry_run=dry_run, json=json, log=log)
    common.run(lambda settings: run_publish(options, settings))


def _show(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="a policy's file")] = None,
    registry: Annotated[
        str | None, typer.Option(metavar="CODE", help="the one that stands of this registry")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="FILE|REVISION", help="show how it differs from this one"),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write a page for a registry's website")
    ] = None,
    as_of: AsOf = None,
    json: Json = None,
    log: Log = None,
    store: Annotated[
        str | None, typer.Option(metavar="URL", help="the one that stands in this store instead")
    ] = None,
) -> None:
    """Show a policy in plain words, or how two revisions differ.

    With --registry it is the one that stands on the log, beside what the registry says of it.
    """
    from hub.cli.policy_show import ShowOptions, run_show

    options = ShowOptions(
        file=file,
        registry=registry,
        against=against,
        as_of=common.day_of(as_of),
        html=html,
        json=json,
        log=log,
        store=store,
    )
    common.run(lambda settings: run_show(options, settings))


def _answer(
    answer: Annotated[str, typer.Argument(metavar="adopted|refused")],
    registry: Annotated[str, typer.Option(metavar="CODE", help="who answers, such as us-nd")],
    revision: Annotated[int, typer.Option(metavar="N", min=1, help="of the published policy")],
    reason: Annotated[
        str, typer.Option(metavar="CODE", help="why, as a code; nothing about a person")
    ],
    staff: Annotated[str, typer.Option(metavar="ID", help="who says it, by your own id")],
    withdraw: Annotated[bool, typer.Option("--withdraw", help="take it back")] = False,
    log: Log = None,
) -> None:
    """Say of a policy published in your name that it is your own, or that it is not.

    What is said is shown beside the policy. The policy stands until the Alliance publishes another.
    """
    from hub.cli.policy_answer import AnswerOptions, run_answer

    options = AnswerOptions(
        registry=registry,
        revision=revision,
        answer=answer,
        reason=reason,
        staff=staff,
        withdraw=withdraw,
        log=log,
    )
    common.run(lambda settings: run_answer(options, settings))


def _try(
    file: PolicyFile,
    viewer: Annotated[
        str | None,
        typer.Option("--for", metavar="CODE", help="who sees it [default: the policy's registry]"),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=0, help="records of own persons to name")
    ] = 1_000,
    as_of: AsOf = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
    json: Json = None,
    store: Store = None,
) -> None:
    """Try a draft on the records of a store: who would gain or lose what. Changes nothing.

    Counts, and records of the viewer's own persons. Counts under 10 are hidden from a registry that
    neither judges nor holds the records, or may not learn of them.
    """
    from hub.cli.policy_try import TryOptions, run_try

    options = TryOptions(
        file=file,
        viewer=viewer,
        limit=limit,
        as_of=common.day_of(as_of),
        quiet=quiet,
        json=json,
        store=store,
    )
    common.run(lambda settings: run_try(options, settings))
