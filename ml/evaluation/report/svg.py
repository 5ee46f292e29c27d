"""Drawing by hand: axes, marks and text as SVG. Series differ by shape as well as by colour."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

INK, MUTED, RULE = "#e8e6e1", "#9aa3ab", "#343b42"
# After Okabe and Ito's palette, told apart by the colour-blind, and light enough for a dark page.
COLOURS = ("#56b4e9", "#e69f00", "#2fc494", "#d98cb8", "#f0e442")
SHAPES = ("circle", "diamond", "square", "triangle", "cross")
HUMAN = INK


@dataclass(frozen=True, slots=True)
class Scale:
    """Data to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round numbers inside, about five."""
        step = 10 ** math.floor(math.log10(max(self.high - self.low, 1e-12) / 5))
        step *= next((m for m in (1, 2, 5) if (self.high - self.low) / (step * m) <= 5), 10)
        first = math.ceil(self.low / step - 1e-9)
        return [round(k * step, 12) for k in range(first, math.floor(self.high / step + 1e-9) + 1)]


def picture(width: float, height: float, parts: Iterable[str], label: str) -> str:
    """The parts as one image that says what it shows."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK, size: float = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size:g}">'
        f"{escape(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str = RULE, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def polyline(points: Sequence[tuple[float, float]], colour: str, width: float = 1.8, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed} '
        'stroke-linejoin="round"/>'
    )


def area(points: Sequence[tuple[float, float]], colour: str, opacity: float) -> str:
    at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{at}" fill="{colour}" opacity="{opacity:g}"/>'


def mark(x: float, y: float, shape: str, colour: str, size: float = 4.5, *, hollow: bool = False) -> str:
    """One mark around (x, y)."""
    style = f'fill="{"#15181b" if hollow else colour}" stroke="{colour}" stroke-width="1.6"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" {style}/>'
    if shape == "bar":
        return f'<rect x="{x - 1.5:.1f}" y="{y - size - 1:.1f}" width="3" height="{2 * size + 2:g}" {style}/>'
    corners = {
        "diamond": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
        "square": [(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)],
        "triangle": [(0, -1.2), (1.15, 0.9), (-1.15, 0.9)],
        "cross": [(-1, -0.3), (-0.3, -0.3), (-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3),
                  (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3)],
    }[shape]  # fmt: skip
    at = " ".join(f"{x + size * dx:.1f},{y + size * dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{at}" {style}/>'


def x_axis(scale: Scale, y: float, top: float) -> list[str]:
    """Ticks under ``y`` with faint rules up to ``top``."""
    parts = []
    for tick in scale.ticks():
        parts += [
            line(scale(tick), top, scale(tick), y),
            text(scale(tick), y + 16, f"{tick:g}", anchor="middle", colour=MUTED, size=11),
        ]
    return parts


def y_axis(scale: Scale, x: float, right: float, say: Callable[[float], str] = "{:g}".format) -> list[str]:
    """Ticks left of ``x`` with faint rules up to ``right``."""
    parts = []
    for tick in scale.ticks():
        parts += [
            line(x, scale(tick), right, scale(tick)),
            text(x - 6, scale(tick) + 4, say(tick), anchor="end", colour=MUTED, size=11),
        ]
    return parts
