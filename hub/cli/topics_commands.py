"""Commands for who looks after the log: topics as planned, and who may do what with them."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import common

Log = Annotated[
    str | None, typer.Option("--log", metavar="URL", help="sqlite:///… or kafka://… [HUB_LOG]")
]
Json = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="the same as JSON, - for stdout")
]
Registries = Annotated[
    list[str] | None,
    typer.Option(
        "--registry",
        metavar="CODE",
        help="such as us-oh, once for each; those that have topics are found by themselves",
    ),
]
Partitions = Annotated[
    list[str] | None,
    typer.Option(
        "--partitions",
        metavar="CODE=COUNT",
        help="such as us-ca=16: of a registry's events, 1, 4 or 16, fixed when it is made [4]",
    ),
]
RegistryPrincipals = Annotated[
    list[str] | None,
    typer.Option(
        "--registry",
        metavar="CODE[=NAME]",
        help="such as us-oh=ohio, once for each; without a name, the code is the name",
    ),
]
HubPrincipal = Annotated[
    str | None, typer.Option("--hub", metavar="NAME", help="the hub's own, such as hub")
]
AlliancePrincipal = Annotated[
    str | None,
    typer.Option("--alliance", metavar="NAME", help="the Alliance's, such as alliance"),
]
Prune = Annotated[
    bool,
    typer.Option(
        "--prune",
        help="remove, too, what these may do with the hub's topics beyond the plan",
    ),
]


def add_topics_commands(app: typer.Typer) -> None:
    """Hang `hub topics …` into the command line."""
    topics = typer.Typer(no_args_is_help=True, help="The log's topics, and who may use them.")
    acl = typer.Typer(no_args_is_help=True, help="Who may write and read which topics, on Kafka.")
    example = "--log kafka://127.0.0.1:9092 --registry us-oh --partitions us-ca=16"
    topics.command("plan", epilog=f"Example:  hub topics plan {example}")(topics_plan)
    topics.command("apply", epilog=f"Example:  hub topics apply {example}")(topics_apply)
    example = "--registry us-oh --hub hub --alliance alliance"
    acl.command("plan", epilog=f"Example:  hub topics acl plan {example}")(acl_plan)
    acl.command("apply", epilog=f"Example:  hub topics acl apply {example}")(acl_apply)
    topics.add_typer(acl, name="acl")
    app.add_typer(topics, name="topics")


def topics_plan(
    log: Log = None,
    registry: Registries = None,
    partitions: Partitions = None,
    json: Json = None,
) -> None:
    """Compare the log's topics with the plan, and change nothing. Exit 1 where a topic cannot be
    brought to the plan."""
    from hub.cli.topics import TopicsOptions, run_topics

    options = TopicsOptions(log, tuple(registry or ()), tuple(partitions or ()), json)
    common.run(lambda settings: run_topics(options, settings, apply=False))


def topics_apply(
    log: Log = None,
    registry: Registries = None,
    partitions: Partitions = None,
    json: Json = None,
) -> None:
    """Make the topics of the plan and correct their settings. Nothing is changed where one topic
    cannot be brought to the plan. Applying again does nothing."""
    from hub.cli.topics import TopicsOptions, run_topics

    options = TopicsOptions(log, tuple(registry or ()), tuple(partitions or ()), json)
    common.run(lambda settings: run_topics(options, settings, apply=True))


def acl_plan(
    log: Log = None,
    registry: RegistryPrincipals = None,
    hub: HubPrincipal = None,
    alliance: AlliancePrincipal = None,
    prune: Prune = False,
    json: Json = None,
) -> None:
    """Compare the brokers' rules with what each name needs, and change nothing."""
    from hub.cli.access import AccessOptions, run_access

    options = AccessOptions(log, tuple(registry or ()), hub, alliance, prune, json)
    common.run(lambda settings: run_access(options, settings, apply=False))


def acl_apply(
    log: Log = None,
    registry: RegistryPrincipals = None,
    hub: HubPrincipal = None,
    alliance: AlliancePrincipal = None,
    prune: Prune = False,
    json: Json = None,
) -> None:
    """Add the rules that these names need. Nothing is removed without --prune."""
    from hub.cli.access import AccessOptions, run_access

    options = AccessOptions(log, tuple(registry or ()), hub, alliance, prune, json)
    common.run(lambda settings: run_access(options, settings, apply=True))
