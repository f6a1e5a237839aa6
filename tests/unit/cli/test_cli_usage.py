"""The command line's manners: exit codes, help with examples, unknown settings refused."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.unit.cli.hub_command import EXPORTS, commands, hub

COMMANDS = {" ".join(words): words for words, _ in commands()}
EVERY_COMMAND = {
    "demo",
    "check",
    "publish",
    "run",
    "summary",
    "token-key new",
    "reference publish",
    "audit replay",
    "schemas check",
}


def test_the_commands_are_those_that_the_help_promises() -> None:
    assert set(COMMANDS) >= EVERY_COMMAND


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_of_every_command_has_an_example(name: str) -> None:
    ran = hub(*COMMANDS[name], "--help")
    text = " ".join(ran.out.split())

    assert ran.code == 0
    assert "xample" in text
    assert f"hub {name}" in text


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["check"],
        ["check", EXPORTS / "us-nd", "--no-such-option"],
        ["check", EXPORTS / "us-nd", "--registry", "us-ni"],
        ["check", EXPORTS / "us-nd", "--extract-date", "yesterday"],
        ["publish", EXPORTS / "us-nd"],
        ["publish", EXPORTS / "us-nd", "--registry", "us-nd"],
        ["summary"],
        ["run"],
        ["reference", "publish"],
        ["audit", "replay"],
        ["audit", "replay", "--log", "sqlite:///x", "--recorded-as-of", "noon"],
        ["audit", "replay", "--log", "sqlite:///x", "--recorded-as-of", "2026-07-01T12:00:00"],
        ["audit", "replay", "--log", "s", "--compare", "s", "--recorded-as-of", "2026-07-01"],
        ["token-key", "new", "key", "--epoch", "0"],
    ],
)
def test_wrong_words_exit_with_two(
    words: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = hub(*words)

    assert ran.code == 2
    assert "Traceback" not in ran.out + ran.err
    assert ran.err.strip()


def test_an_unknown_setting_is_refused_with_the_nearest_one() -> None:
    ran = hub("schemas", "check", HUB_STOER="sqlite:///x")

    assert ran.code == 2
    assert "HUB_STOER is not a setting. Did you mean HUB_STORE?" in ran.err
    assert "sqlite:///x" not in ran.err


def test_a_setting_that_is_near_none_is_refused_without_a_guess() -> None:
    ran = hub("schemas", "check", HUB_QQQ="1")

    assert ran.code == 2
    assert "HUB_QQQ is not a setting." in ran.err
    assert "Did you mean" not in ran.err


def test_settings_of_the_tests_are_nobodys_business() -> None:
    assert hub("schemas", "check", HUB_TEST_ANYTHING="1").code == 0


def test_an_unknown_registry_is_refused_with_the_nearest_one() -> None:
    ran = hub("check", EXPORTS / "us-nd", "--registry", "us-nb")

    assert ran.code == 2
    assert "Did you mean us-n" in ran.err


def test_schemas_check_passes() -> None:
    ran = hub("schemas", "check")

    assert (ran.code, ran.err) == (0, "")
    assert "Every schema is as released" in ran.out


def test_check_exits_with_one_where_rows_are_rejected(tmp_path: Path) -> None:
    ran = hub("check", EXPORTS / "us-nd", "--json", tmp_path / "desk.json")

    assert ran.code == 1
    assert ran.out.strip()
    assert json.loads((tmp_path / "desk.json").read_text("utf-8"))


def test_check_prints_only_json_to_stdout_when_told() -> None:
    ran = hub("check", EXPORTS / "us-nd", "--json", "-")

    assert ran.code == 1
    document = json.loads(ran.out)
    assert json.dumps(document).count("impossible_date") > 0


def test_check_of_good_rows_exits_with_zero(tmp_path: Path) -> None:
    folder = tmp_path / "us-wi"
    shutil.copytree(EXPORTS / "us-wi", folder)
    for path in folder.glob("*.csv"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(lines[0])

    ran = hub("check", folder)

    assert (ran.code, "Traceback" in ran.err) == (0, False)


def test_check_of_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    ran = hub("check", tmp_path / "absent", "--registry", "us-nd")

    assert ran.code in (1, 2)
    assert "name the folder that holds the export" in ran.err
    assert "Traceback" not in ran.err


def test_a_token_key_is_made_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "states.key"
    ran = hub("token-key", "new", path, "--epoch", "3")
    made = path.read_bytes()
    secret = made.decode().split('secret = "')[1].split('"')[0]

    assert ran.code == 0
    assert "epoch 3" in ran.out
    assert secret not in ran.out + ran.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = hub("token-key", "new", path)
    assert again.code == 1
    assert "exists and was left as it is" in again.err
    assert path.read_bytes() == made


def test_publishing_without_a_token_key_sends_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log.sqlite"
    ran = hub(
        *("publish", EXPORTS / "us-nd", "--registry", "us-nd"),
        *("--log", f"sqlite:///{log}", "--keyring", f"sqlite:///{tmp_path / 'ring'}"),
    )

    assert ran.code == 2
    assert "token key" in ran.err
    assert "HUB_TOKEN_KEY" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, "", "epoch = 1", 'epoch = 1\nsecret = "short"'])
def test_publishing_with_something_else_as_token_key_sends_nothing(
    tmp_path: Path, content: str | None
) -> None:
    key = tmp_path / "states.key"
    if content is not None:
        key.write_text(content)
    ran = hub(
        *("publish", EXPORTS / "us-nd", "--registry", "us-nd", "--token-key", key),
        *("--log", f"sqlite:///{tmp_path / 'log'}", "--keyring", f"sqlite:///{tmp_path / 'ring'}"),
    )

    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert not (tmp_path / "log").exists()


def test_the_lanes_do_not_start_where_the_token_key_is(tmp_path: Path) -> None:
    ran = hub("run", HUB_TOKEN_KEY=str(tmp_path / "states.key"), HUB_LOG="sqlite:///x")

    assert ran.code == 1
    assert "must not hold the token key" in ran.err


@pytest.mark.parametrize("option", ["--log", "--store"])
def test_an_address_of_an_unknown_form_is_refused(tmp_path: Path, option: str) -> None:
    good = {"--log": f"sqlite:///{tmp_path / 'l'}", "--store": f"sqlite:///{tmp_path / 's'}"}
    good[option] = "mysql://host/x"
    ran = hub("summary", *(word for pair in good.items() for word in pair))

    assert ran.code in (1, 2)
    assert "has a form that is not known" in ran.err


def test_a_store_without_tables_is_no_traceback(tmp_path: Path) -> None:
    ran = hub("summary", "--store", f"sqlite:///{tmp_path / 'empty.sqlite'}")

    assert ran.code == 1
    assert "holds no tables" in ran.err


def test_a_demo_on_a_port_of_another_address_is_not_offered() -> None:
    """The page is loopback only until there are keys: there is no option for an address."""
    ran = hub("demo", "--host", "0.0.0.0")

    assert ran.code == 2
