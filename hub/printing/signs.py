"""Colors of printed pages, and the signs that repeat an outcome's words: a shape and its color.

Shapes lie in a square of 16, the origin at the upper left. In gray they still differ by shape.
"""

from __future__ import annotations

INK = "#1B2127"
MUTED = "#50606E"
LINE = "#D3DAE0"
CONTROL = "#6B7985"
SURFACE = "#F4F6F8"
WARN = "#936100"
SIDE = 16

SIGN_COLORS = {
    "FULL": "#1D4691",
    "PARTIAL": "#3F9088",
    "NEEDS_DOCUMENT": "#A85704",
    "NEEDS_REVIEW": "#965BD0",
    "DENIED": "#4D1420",
    "NO_RULE": MUTED,
}
CIRCLES = {"FULL": (6.5, True), "PARTIAL": (5.7, False), "NO_RULE": (5.7, False)}
"""Radius, and whether the circle is filled."""
HALF_RADIUS = {"PARTIAL": 5.7}
"""The left half is filled."""
LINES: dict[str, tuple[tuple[float, ...], ...]] = {
    "NEEDS_DOCUMENT": (
        (3, 1.5, 13, 1.5, 13, 14.5, 3, 14.5, 3, 1.5),
        (5.2, 5, 10.8, 5),
        (5.2, 8, 10.8, 8),
        (5.2, 11, 10.8, 11),
    ),
    "NEEDS_REVIEW": ((8, 1.6, 14.4, 8, 8, 14.4, 1.6, 8, 8, 1.6),),
    "DENIED": ((2.8, 2.8, 13.2, 13.2), (13.2, 2.8, 2.8, 13.2)),
}
WIDTH = 1.8


def svg_of(sign: str) -> str:
    """The sign as an SVG element, for the text's own size; nothing for who listens."""
    color = SIGN_COLORS[sign]
    parts = []
    if sign in CIRCLES:
        radius, is_filled = CIRCLES[sign]
        fill = color if is_filled else "none"
        parts.append(f'<circle cx="8" cy="8" r="{radius}" fill="{fill}"/>')
    if sign in HALF_RADIUS:
        radius = HALF_RADIUS[sign]
        parts.append(
            f'<path d="M8 {8 - radius:g}a{radius} {radius} 0 0 0 0 {2 * radius:g}z"'
            f' fill="{color}" stroke="none"/>'
        )
    for points in LINES.get(sign, ()):
        joined = " ".join(f"{x:g},{y:g}" for x, y in zip(points[::2], points[1::2], strict=True))
        parts.append(f'<polyline points="{joined}" fill="none"/>')
    return (
        f'<svg class="sign" viewBox="0 0 {SIDE} {SIDE}" stroke="{color}" stroke-width="{WIDTH}"'
        f' aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )
