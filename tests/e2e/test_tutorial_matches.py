"""The tutorial is run: every command, every line that it quotes, every figure in its sentences."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.sample_run import ROOT, SampleRun

PAGE = ROOT / "docs" / "tutorial.md"
SECONDS_MAX = 60
RECORDS = 3
COMMANDS_MIN = 20
LEFT_OUT = "…"
_FIGURE = re.compile(r"(?<![\w./-])\d[\d,.:-]*\d|(?<![\w./-])\d(?![\w./-]*\d)")
_BY_HAND = re.compile(r"([\d.]+) × ([\d.]+) = ([\d.]+)")


@dataclass(slots=True)
class Command:
    """A command of the page and the lines that it quotes of what is printed."""

    words: str
    quoted: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """What stands below one heading: sentences, and commands."""

    title: str
    prose: str = ""
    commands: list[Command] = field(default_factory=list)


def sections_of(text: str) -> Iterator[Section]:
    for part in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        section = Section(title)
        for at, block in enumerate(re.split(r"^```(.*)$", rest, flags=re.MULTILINE)):
            match at % 4:
                case 0:
                    section.prose += block
                case 1:
                    language = block
                case 2 if language == "console":
                    section.commands += _commands(block)
        yield section


def _commands(block: str) -> Iterator[Command]:
    command: Command | None = None
    for line in block.strip("\n").split("\n"):
        if line.startswith("$ "):
            if command is not None:
                yield command
            command = Command(line[2:])
        elif line.startswith("> ") and command is not None and not command.quoted:
            command.words += "\n" + line[2:]
        elif command is not None:
            command.quoted.append(line)
    if command is not None:
        yield command


@pytest.fixture(scope="module")
def sections() -> list[Section]:
    return list(sections_of(PAGE.read_text("utf-8")))


@pytest.fixture(scope="module")
def printed(sections: list[Section], sample_run: SampleRun) -> dict[str, str]:
    """What each command prints, by its words."""
    commands = [command.words for section in sections for command in section.commands]
    return {words: output_of(words, sample_run) for words in commands}


def output_of(words: str, run: SampleRun) -> str:
    """The demo is the run that is there; everything else is done anew, on its folder."""
    if words.startswith("hub demo "):
        return run.console
    program = re.sub(r"^( *)hub ", rf"\1{sys.executable} -m hub.cli ", words, flags=re.MULTILINE)
    program = program.replace("hub-demo/", f"{run.data}/")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    done = subprocess.run(
        ["bash", "-c", program],
        cwd=ROOT,
        env={**environment, "HUB_LOG": run.log_url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    return done.stdout


def differs(quoted: list[str], output: str) -> str | None:
    """The first quoted line that is not printed where it should be. A line of … leaves out any
    number of lines, … within a line any text; nothing else may be left out."""
    lines = output.rstrip("\n").split("\n")
    at, gap = 0, False
    for line in quoted:
        if line == LEFT_OUT:
            gap = True
            continue
        pattern = re.compile(".*".join(map(re.escape, line.split(LEFT_OUT))))
        found = [n for n in range(at, len(lines)) if pattern.fullmatch(lines[n])]
        if not found or (found[0] != at and not gap):
            return line
        at, gap = found[0] + 1, False
    return None if gap or at == len(lines) else f"(more is printed: {lines[at]})"


def test_every_command_prints_what_the_page_quotes(
    sections: list[Section], printed: dict[str, str]
) -> None:
    commands = [command for section in sections for command in section.commands]

    wrong = {
        command.words: line
        for command in commands
        if (line := differs(command.quoted, printed[command.words])) is not None
    }

    assert wrong == {}
    assert len(commands) >= COMMANDS_MIN


def test_every_cell_and_figure_in_the_sentences_is_printed_beside_them(
    sections: list[Section], printed: dict[str, str]
) -> None:
    unsaid = []
    for section in sections:
        seen = "\n".join(
            [section.title, *(c.words + "\n" + printed[c.words] for c in section.commands)]
        )
        prose = _BY_HAND.sub(" ", section.prose)
        cells = re.findall(r"`([^`]+)`", prose)
        figures = _FIGURE.findall(re.sub(r"`[^`]+`", " ", prose))
        unsaid += [
            f"{section.title}: {text}"
            for text in [*cells, *figures]
            if text not in seen and not _is_named_elsewhere(text)
        ]

    assert unsaid == []


def _is_named_elsewhere(text: str) -> bool:
    """A file of the checkout, a command, or a folder that the demo makes."""
    return (
        text.startswith(("hub ", "make ", ".venv", "hub-demo"))
        or text == "input"
        or (ROOT / text).exists()
    )


def test_what_is_worked_out_by_hand_is_right(sections: list[Section]) -> None:
    sums = [each for section in sections for each in _BY_HAND.findall(section.prose)]

    assert len(sums) == 2
    assert all(Decimal(one) * Decimal(other) == Decimal(total) for one, other, total in sums)


def test_the_page_follows_three_records_to_three_receivers(sections: list[Section]) -> None:
    asked = {
        found[1]: found[2]
        for section in sections[1 : 1 + RECORDS]
        for command in section.commands
        if (found := re.search(r"--record (\S+) --to (us-\w+)", command.words))
    }

    assert len(asked) == len(set(asked.values())) == RECORDS


@pytest.mark.parametrize(
    ("quoted", "output", "is_same"),
    [
        (["a", "b"], "a\nb\n", True),
        (["a"], "a\nb\n", False),
        (["a", "…"], "a\nb\n", True),
        (["…", "b"], "a\nb\n", True),
        (["b"], "a\nb\n", False),
        (["a", "c"], "a\nb\nc\n", False),
        (["a", "…", "c"], "a\nb\nc\n", True),
        (["a … d"], "a b c d\n", True),
        (["a … e"], "a b c d\n", False),
    ],
)
def test_quoted_lines_are_told_from_others(quoted: list[str], output: str, is_same: bool) -> None:
    assert (differs(quoted, output) is None) is is_same


def test_the_page_names_no_folder_of_a_machine() -> None:
    assert str(Path.home()) not in PAGE.read_text("utf-8")
