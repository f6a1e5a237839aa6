"""Commands, their options and their help; what they do stands in the modules beside this one.

Exit: 0 done, 1 refused or something found, 2 wrong usage or an unknown setting, 130 after Ctrl-C.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated

import typer

from hub import __version__
from hub.cli import common
from hub.cli.encode_command import add_encode_command
from hub.cli.exchange_commands import add_exchange_commands
from hub.cli.identity_commands import identity
from hub.cli.match_commands import add_match_commands
from hub.cli.match_explain_command import add_match_explain_command
from hub.cli.match_people_commands import add_match_people_commands
from hub.cli.operations_commands import add_operations_commands
from hub.cli.policy_commands import add_policy_commands
from hub.cli.rebuild_commands import add_rebuild_commands
from hub.cli.rejected_commands import rejected
from hub.cli.topics_commands import add_topics_commands

app = typer.Typer(
    name="hub",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
token_key = typer.Typer(no_args_is_help=True, help="The states' own key for link evidence.")
reference = typer.Typer(no_args_is_help=True, help="Policies, lists, agreements, models.")
audit = typer.Typer(no_args_is_help=True, help="Replay the history and compare.")
schemas = typer.Typer(no_args_is_help=True, help="The Avro schemas.")
app.add_typer(token_key, name="token-key")
app.add_typer(reference, name="reference")
app.add_typer(audit, name="audit")
app.add_typer(schemas, name="schemas")
app.add_typer(rejected, name="rejected")
app.add_typer(identity, name="identity")

LogUrl = Annotated[
    str | None,
    typer.Option("--log", metavar="URL", help="sqlite:///… or kafka://… [HUB_LOG]"),
]
StoreUrl = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="sqlite:///… or postgresql://… [HUB_STORE]"),
]
KeyringUrl = Annotated[
    str | None,
    typer.Option("--keyring", metavar="URL", help="sqlite:///… or postgresql://… [HUB_KEYRING]"),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="judge validity on this day")
]
Json = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="every number as JSON, - for stdout")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="the export, one file a kind")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Registry Hub {__version__}")
        raise typer.Exit


@app.callback()
def hub(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="the version"),
    ] = False,
) -> None:
    """Exchange between the workforce registries of the US states. Start with: hub demo"""


@app.command(
    epilog="Examples:  hub demo  ·  hub demo --once --no-ui --json out.json",
)
def demo(
    exports: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="one folder a registry [default: the sample]"),
    ] = None,
    as_of: AsOf = None,
    once: Annotated[bool, typer.Option("--once", help="no late changes after it")] = False,
    json: Json = None,
    ui: Annotated[
        bool | None, typer.Option("--ui/--no-ui", help="the page [default: on a terminal]")
    ] = None,
    data: Annotated[Path, typer.Option(metavar="DIR", help="log, store and out folders")] = Path(
        "hub-demo"
    ),
    log: LogUrl = None,
    store: StoreUrl = None,
    port: Annotated[int, typer.Option(help="port of the page on 127.0.0.1")] = 8400,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Run the whole hub on six states' exports, on this machine, and show what it did."""
    from hub.cli.demo import run_demo
    from hub.cli.demo_state import DemoOptions

    options = DemoOptions(
        exports=exports,
        as_of=common.day_of(as_of),
        once=once,
        json=json,
        ui=ui,
        data=data,
        log=log,
        store=store,
        port=port,
        quiet=quiet,
    )
    common.run(lambda settings: run_demo(options, settings))


@app.command(epilog="Example:  hub check data/exports/us-oh --registry us-oh")
def check(
    directory: Folder,
    registry: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="such as us-oh [default: the folder's name]"),
    ] = None,
    extract_date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="when the export was taken [default: the mapping's]"),
    ] = None,
    json: Json = None,
) -> None:
    """Read and judge an export as the hub would, without sending anything."""
    from hub.cli.edge import run_check

    day = common.day_of(extract_date)
    common.run(lambda _settings: run_check(directory, registry, day, json))


@app.command(
    epilog="Example:  hub publish --registry us-wi exports/ --token-key states.key --state state/"
)
def publish(
    directory: Folder,
    registry: Annotated[str, typer.Option(metavar="CODE", help="such as us-wi")],
    token_key: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="the states' token key, or both keys [HUB_TOKEN_KEY]"),
    ] = None,
    extract_date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="when the export was taken [default: the mapping's]"),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="what was sent before; a full export rebuilds it"),
    ] = None,
    log: LogUrl = None,
    keyring: KeyringUrl = None,
    json: Json = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Read, judge, seal and publish an export: the edge that a state runs."""
    from hub.cli.edge import PublishOptions, run_publish

    options = PublishOptions(
        directory=directory,
        registry=registry,
        token_keys=token_key or (),
        extract_on=common.day_of(extract_date),
        state=state,
        log=log,
        keyring=keyring,
        json=json,
        quiet=quiet,
    )
    common.run(lambda settings: run_publish(options, settings))


@token_key.command("new", epilog="Example:  hub token-key new states.key --epoch 1")
def token_key_new(
    file: Annotated[Path, typer.Argument(help="file to make; never overwritten")],
    epoch: Annotated[int, typer.Option(min=1, max=499, help="names the key's time")] = 1,
) -> None:
    """Make a token key. The states do this together and keep it from the hub."""
    from hub.cli.edge import run_token_key_new

    common.run(lambda _settings: run_token_key_new(file, epoch))


@reference.command(
    "publish", epilog="Example:  hub reference publish --demo-agreements --log sqlite:///log.sqlite"
)
def reference_publish(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="policies, lists, models or agreements [default: the shipped ones]"),
    ] = None,
    demo_agreements: Annotated[
        bool,
        typer.Option("--demo-agreements", help="labelled agreements for all registries' pairs"),
    ] = False,
    log: LogUrl = None,
) -> None:
    """Publish reference of the Alliance. Sending the same again makes no new fact."""
    from hub.cli.alliance import run_reference_publish

    common.run(lambda s: run_reference_publish(files or [], demo_agreements, log, s))


@app.command(epilog="Example:  HUB_LOG=kafka://127.0.0.1:9092 HUB_STORE=postgresql://… hub run")
def run(
    log: LogUrl = None,
    store: StoreUrl = None,
    keyring: KeyringUrl = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="registries' out folders [HUB_OUT]")
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="for Prometheus [HUB_METRICS]")
    ] = None,
) -> None:
    """Run the lanes until stopped: on Kafka hosted by Faust, on a SQLite log in this process."""
    from hub.cli.worker import RunOptions, run_lanes

    options = RunOptions(log=log, store=store, keyring=keyring, out=out, metrics=metrics)
    common.run(lambda settings: run_lanes(options, settings))


@app.command(epilog="Example:  hub summary --wait 60 --json - --store sqlite:///store.sqlite")
def summary(
    wait: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="until no lane but sync lags; 1 if it passes"),
    ] = None,
    as_of: AsOf = None,
    json: Json = None,
    log: LogUrl = None,
    store: StoreUrl = None,
) -> None:
    """Show what a hub's store holds."""
    from hub.cli.worker import run_summary

    day = common.day_of(as_of)
    common.run(lambda settings: run_summary((log, store), wait, day, json, settings))


add_encode_command(app)
add_operations_commands(app)
add_topics_commands(app)
add_rebuild_commands(app, audit)
add_policy_commands(app)
match = add_match_commands(app)
add_match_explain_command(match)
add_match_people_commands(match)
add_exchange_commands(app, match)


@audit.command("replay", epilog="Example:  hub audit replay --log sqlite:///log.sqlite --json -")
def audit_replay(
    log: LogUrl = None,
    recorded_as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="up to the last event received by then, such as 2026-07-01T12:00:00Z",
        ),
    ] = None,
    effective_as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="judge validity on this day")
    ] = None,
    store: Annotated[
        str | None, typer.Option(metavar="URL", help="a store of its own [default: a scratch one]")
    ] = None,
    compare: Annotated[
        str | None, typer.Option(metavar="URL", help="a live store: fold to its positions, compare")
    ] = None,
    json: Json = None,
) -> None:
    """Fold the log alone into a store of its own and show the same numbers."""
    from hub.cli.auditor import ReplayOptions, run_replay

    options = ReplayOptions(
        log=log,
        recorded_as_of=recorded_as_of,
        effective_on=common.day_of(effective_as_of),
        store=store,
        compare=compare,
        json=json,
    )
    common.run(lambda settings: run_replay(options, settings))


@schemas.command("check", epilog="Example:  hub schemas check")
def schemas_check() -> None:
    """Compare the schemas with their lock and each version with all earlier ones."""
    from hub.cli.auditor import run_schemas_check

    common.run(lambda _settings: run_schemas_check())


def main() -> None:
    """Run a command."""
    lead_with_examples(app)
    app()


def lead_with_examples(group: typer.Typer) -> None:
    """Help shows a command's example before its options."""
    for command in group.registered_commands:
        if command.epilog and command.callback:
            doc = inspect.getdoc(command.callback) or ""
            command.help = f"{doc}\n\n\b\n{command.epilog}"
            command.epilog = None
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            lead_with_examples(inner.typer_instance)
