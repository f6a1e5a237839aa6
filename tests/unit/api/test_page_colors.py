"""Every contrast of the page, worked out again from its own style sheet (WCAG 2.2)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hub.api

CSS = (Path(hub.api.__file__).parent / "static" / "hub.css").read_text("utf-8")
TEXT_MIN = 4.5
SHAPE_MIN = 3.0
GROUNDS = ("bg", "surface", "fresh")
TEXTS = ("ink", "muted", "link", "visited", "ok", "warn", "err")
SHAPES = ("control", "focus", "full", "partial", "document", "review", "denied")
BOTH = pytest.mark.parametrize("scheme", ["light", "dark"])


def colors(scheme: str) -> dict[str, str]:
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in _root_blocks())
    return light if scheme == "light" else light | dark


def _root_blocks() -> list[str]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    assert len(blocks) == 2
    return blocks


def luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@BOTH
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_and_shapes_stand_out_from_every_ground(scheme: str, ground: str) -> None:
    found = colors(scheme)
    low_texts = [name for name in TEXTS if contrast(found[name], found[ground]) < TEXT_MIN]
    low_shapes = [name for name in SHAPES if contrast(found[name], found[ground]) < SHAPE_MIN]

    assert not low_texts
    assert not low_shapes


@BOTH
def test_text_on_every_step_of_the_heat_map_can_be_read(scheme: str) -> None:
    found = colors(scheme)
    low, high = found["heat-low-text"], found["heat-high-text"]

    assert all(contrast(found[f"heat-{step}"], low) >= TEXT_MIN for step in (0, 1, 2))
    assert all(contrast(found[f"heat-{step}"], high) >= TEXT_MIN for step in (3, 4))


@BOTH
def test_the_words_and_icon_of_a_tag_can_be_read_on_its_tint(scheme: str) -> None:
    found = colors(scheme)
    part = 0.12 if scheme == "light" else 0.16
    for name in ("full", "partial", "document", "review", "denied"):
        tint = mixed(found[name], found["bg"], part)
        assert contrast(found["ink"], tint) >= TEXT_MIN
        assert contrast(found[name], tint) >= SHAPE_MIN


def mixed(color: str, ground: str, part: float) -> str:
    pairs = [(int(color[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(over * part + under * (1 - part)):02X}" for over, under in pairs)
