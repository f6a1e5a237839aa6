"""Commands by which a registry says what concerns others: consents, requests, decisions, appeals.

Each is one event on the registry's own topic; reading its inbox is all else that they do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import common
from hub.cli.identity_people_commands import AsOf
from hub.cli.operations_commands import Log

Whose = Annotated[str, typer.Argument(metavar="REGISTRY/PERSON", help="such as us-oh/P-1042")]
To = Annotated[str, typer.Option("--to", metavar="CODE", help="the other registry, such as us-nv")]
Reason = Annotated[str, typer.Option(metavar="CODE", help="why, as a code; nothing about a person")]
Staff = Annotated[
    str | None, typer.Option("--staff", metavar="ID", help="who says it, by your own id")
]
Day = Annotated[str | None, typer.Option(metavar="DAY", help="such as 2026-06-30 [default: today]")]
Version = Annotated[
    int | None,
    typer.Option("--match-version", metavar="N", min=1, help="of the answer that was seen"),
]
Withdraw = Annotated[bool, typer.Option("--withdraw", help="take it back")]


def add_exchange_commands(app: typer.Typer, match: typer.Typer) -> None:
    """Hang the groups `consent` and `portability` into the command line, and `decide` and
    `dispute` into the group `match`."""
    consent = typer.Typer(no_args_is_help=True, help="What a worker lets another registry learn.")
    portability = typer.Typer(
        no_args_is_help=True, help="What another registry's rules say of a worker's records."
    )
    for group, name, epilog, command in (
        (consent, "give", _GIVE, _consent_give),
        (consent, "withdraw", "Example:  hub consent withdraw us-oh/P-1 --to us-nv", _consent_back),
        (portability, "ask", "Example:  hub portability ask us-oh/P-1 --to us-nv", _ask),
        (portability, "withdraw", "Example:  hub portability withdraw us-oh/P-1 --to us-nv", _back),
        (portability, "report", _REPORT, _report),
        (match, "decide", _DECIDE, _decide),
        (match, "dispute", _DISPUTE, _dispute),
    ):
        group.command(name, epilog=epilog)(command)
    app.add_typer(consent, name="consent")
    app.add_typer(portability, name="portability")


_GIVE = (
    "Example:  hub consent give us-oh/P-1 --to us-nv --kinds training,credential"
    " --held-as signed_form"
)
_REPORT = "Example:  hub portability report us-oh/P-1 --to us-nv --out report.pdf --language es"
_DECIDE = (
    "Example:  hub match decide us-oh/training/T-9 --registry us-nv --decision partly"
    " --hours 12.5 --reason area_06 --staff S-7"
)
_DISPUTE = (
    "Example:  hub match dispute us-oh/P-1 --record us-oh/training/T-9 --receiver us-nv"
    " --reason hours_wrong"
)


def _consent_give(
    whose: Whose,
    to: To,
    kinds: Annotated[
        str, typer.Option(metavar="KIND,…", help="training, education, credential, link")
    ],
    held_as: Annotated[
        str, typer.Option(metavar="CODE", help="how you hold it, such as signed_form")
    ],
    staff: Staff = None,
    log: Log = None,
) -> None:
    """Say that a worker lets another registry learn of their records that you hold.

    It counts for the kinds that it names, beside any agreement, until it is withdrawn. A later
    consent to the same registry takes its place. link lets the account itself be known there.
    """
    from hub.cli.exchange import ConsentOptions, run_consent

    options = ConsentOptions(whose=whose, to=to, kinds=kinds, held_as=held_as, staff=staff)
    common.run(lambda settings: run_consent(options, log, settings))


def _consent_back(
    whose: Whose,
    to: To,
    held_as: Annotated[
        str, typer.Option(metavar="CODE", help="how you hold the withdrawal")
    ] = "withdrawal",
    staff: Staff = None,
    log: Log = None,
) -> None:
    """Take a worker's consent back, whole. What was let through by it alone is withdrawn."""
    from hub.cli.exchange import ConsentOptions, run_consent

    options = ConsentOptions(
        whose=whose, to=to, kinds="", held_as=held_as, staff=staff, withdraw=True
    )
    common.run(lambda settings: run_consent(options, log, settings))


def _ask(whose: Whose, to: To, requested_on: Day = None, log: Log = None) -> None:
    """Ask what another registry's rules say of all records of a worker, before they move.

    The answers come into your own inbox, one item a record: see hub portability report. Windows
    of months are measured to the day of the request.
    """
    from hub.cli.exchange import run_request

    common.run(lambda s: run_request((whose, to), requested_on, log, s, withdraw=False))


def _back(whose: Whose, to: To, requested_on: Day = None, log: Log = None) -> None:
    """Take a request back. Its answers are withdrawn from your inbox."""
    from hub.cli.exchange import run_request

    common.run(lambda s: run_request((whose, to), requested_on, log, s, withdraw=True))


def _report(
    whose: Whose,
    to: To,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="report.html or report.pdf to write")
    ],
    language: Annotated[str, typer.Option(metavar="en|es", help="English or Spanish")] = "en",
    as_of: AsOf = None,
    log: Log = None,
) -> None:
    """Write what a worker can take to an office: answers to every record, and what to bring.

    Made from your own inbox alone, after hub portability ask.
    """
    from hub.cli.portability_report import ReportOptions, run_report

    options = ReportOptions(whose=whose, to=to, out=out, language=language, as_of=as_of)
    common.run(lambda settings: run_report(options, log, settings))


def _decide(
    record: Annotated[
        str, typer.Argument(metavar="REGISTRY/KIND/ID", help="such as us-oh/training/T-9")
    ],
    registry: Annotated[str, typer.Option(metavar="CODE", help="who decides: your own code")],
    reason: Reason,
    staff: Annotated[
        str, typer.Option("--staff", metavar="ID", help="who decides, by your own id")
    ],
    decision: Annotated[
        str | None, typer.Option(metavar="WORD", help="accepted, partly, refused or pending")
    ] = None,
    hours: Annotated[
        str | None, typer.Option(metavar="HOURS", help="clock hours that count, such as 12.5")
    ] = None,
    counts_as: Annotated[
        str | None, typer.Option(metavar="CODE", help="your own type or level, such as level-3")
    ] = None,
    documents: Annotated[
        str | None, typer.Option(metavar="NAME,…", help="documents that you have received")
    ] = None,
    revision: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="of the record [default: what your inbox says]"),
    ] = None,
    match_version: Version = None,
    decided_on: Day = None,
    withdraw: Withdraw = False,
    log: Log = None,
) -> None:
    """Say what your registry decided about a record of another one.

    Documents that you have received count for every answer from then on, also with the word
    pending, when nothing is decided yet. A later decision on the record takes the place of this
    one; accepted without --hours means all of them.
    """
    from hub.cli.exchange import DecideOptions, run_decide

    options = DecideOptions(
        record=record,
        registry=registry,
        reason=reason,
        staff=staff,
        decision=decision,
        hours=hours,
        counts_as=counts_as,
        documents=documents,
        revision=revision,
        match_version=match_version,
        decided_on=decided_on,
        withdraw=withdraw,
    )
    common.run(lambda settings: run_decide(options, log, settings))


def _dispute(
    whose: Whose,
    record: Annotated[
        str, typer.Option(metavar="REGISTRY/KIND/ID", help="such as us-oh/training/T-9")
    ],
    receiver: Annotated[str, typer.Option(metavar="CODE", help="whose answer it is")],
    reason: Reason,
    contact: Annotated[
        str | None,
        typer.Option(metavar="OFFICE", help="whom to call at your registry [HUB_CONTACTS]"),
    ] = None,
    staff: Staff = None,
    match_version: Version = None,
    withdraw: Withdraw = False,
    log: Log = None,
) -> None:
    """File a worker's appeal against an answer or a decision. It comes into that registry's inbox.

    The contact is an office of your registry, never the worker.
    """
    from hub.cli.exchange import DisputeOptions, run_dispute

    options = DisputeOptions(
        whose=whose,
        record=record,
        receiver=receiver,
        reason=reason,
        contact=contact,
        staff=staff,
        match_version=match_version,
        withdraw=withdraw,
    )
    common.run(lambda settings: run_dispute(options, log, settings))
