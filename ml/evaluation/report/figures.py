"""The report's figures, each an SVG string."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.evaluation.calibration import LEVELS, Calibration
from ml.evaluation.difficulty import Difficulty
from ml.evaluation.report import svg
from ml.evaluation.report.svg import COLOURS, HUMAN, INK, MUTED, SHAPES, Scale
from ml.metrics.intervals import Estimate
from ml.metrics.paths import Floats
from ml.metrics.scores import Share

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Look:
    """How a row is drawn wherever it appears."""

    shape: str
    colour: str
    hollow: bool = False


TRIVIAL_LOOK, HUMAN_LOOK = Look("circle", "#7f8890", hollow=True), Look("bar", HUMAN)


def looks(models: Sequence[str], ablations: Mapping[str, str]) -> dict[str, Look]:
    """Of models, and hollow of their ablations. The shapes shift against the colours, so that 25 differ."""
    own = {
        name: Look(SHAPES[(i + i // len(COLOURS)) % len(SHAPES)], COLOURS[i % len(COLOURS)])
        for i, name in enumerate(models)
    }
    return own | {name: Look(own[of].shape, own[of].colour, hollow=True) for name, of in ablations.items()}


def bars(title: str, rows: Sequence[tuple[str, Estimate, Look]], better: str) -> str:
    """One metric: a mark and its interval a row."""
    left, width, step = 232.0, 500.0, 22.0
    low = min(_bound(e.low, e.value) for _, e, _ in rows)
    high = max(_bound(e.high, e.value) for _, e, _ in rows)
    pad = (high - low) * 0.06 or 0.05
    scale = Scale(low - pad, high + pad, left, width - 16)
    bottom = 34 + step * len(rows)
    parts = [svg.text(0, 14, title, size=14), svg.text(width, 14, better, anchor="end", colour=MUTED, size=11)]
    parts += svg.x_axis(scale, bottom, 26)
    for number, (name, estimate, look) in enumerate(rows):
        y = 40 + step * number
        parts.append(
            svg.text(left - 12, y + 4, _short(name), anchor="end", colour=INK if look is not TRIVIAL_LOOK else MUTED)
        )
        parts += _whisker(scale, estimate, y, look)
    return svg.picture(width, bottom + 24, parts, f"{title}: " + "; ".join(f"{name} {e}" for name, e, _ in rows))


def shares(found: Mapping[str, Mapping[str, Share | None]], models: Mapping[str, Look]) -> str:
    """All metrics' shares: 0 the best trivial baseline, 1 the other readers."""
    rows = [(name, {m: s for m in models if (s := of.get(m)) is not None}) for name, of in found.items()]
    rows = [(name, of) for name, of in rows if any(s.certain for s in of.values())]
    if not rows:
        return ""
    left, width = 200.0, 1020.0
    step = 14.0 + 12.0 * len(models)
    ends = [v for _, of in rows for s in of.values() for v in (s.value, s.low, s.high) if math.isfinite(v)]
    low, high = max(-2.0, min(-0.25, *ends)), min(2.5, max(1.25, *ends))
    scale = Scale(low, high, left, width - 20)
    bottom = 34 + step * len(rows)
    parts = [
        f'<rect x="{scale(0):.1f}" y="24" width="{scale(1) - scale(0):.1f}" height="{bottom - 24:.1f}" fill="#1f252a"/>'
    ]
    parts += svg.x_axis(scale, bottom, 24)
    for at, words in ((0.0, "best trivial baseline"), (1.0, "another reader")):
        parts += [
            svg.line(scale(at), 24, scale(at), bottom, INK, 1.2),
            svg.text(scale(at), 16, words, anchor="middle", colour=MUTED, size=11),
        ]
    for number, (name, of) in enumerate(rows):
        top = 34 + step * number
        parts.append(svg.text(left - 14, top + step / 2, name, anchor="end"))
        for place, (model, look) in enumerate(models.items()):
            if model in of and of[model].certain:
                share = of[model]
                parts += _whisker(scale, Estimate(share.value, share.low, share.high), top + 8 + 12 * place, look)
    return svg.picture(width, bottom + 24, parts, "Share of the way from the best trivial baseline to another reader")


def calibration_plot(found: Mapping[str, Calibration], models: Mapping[str, Look], way: str) -> str:
    """Nominal against observed share of true fixations inside. ``way``: in_order or by_place."""
    curves = {name: getattr(one, way) for name, one in found.items() if getattr(one, way)}
    if not curves:
        return ""
    title = {"in_order": "Ellipses, fixation by fixation", "by_place": "Regions of the draws, whatever the order"}[way]
    side, left = 340.0, 52.0
    x, y = Scale(0, 1, left, side - 12), Scale(0, 1, side - 40, 30)
    parts = [svg.text(left, 16, title, size=13), *svg.x_axis(x, y(0), y(1)), *svg.y_axis(y, left, x(1))]
    parts.append(svg.line(x(0), y(0), x(1), y(1), MUTED, 1.2, "4 4"))
    parts.append(_upright("share inside", (y(0) + y(1)) / 2))
    parts.append(
        svg.text((left + side) / 2, side - 4, "share the model promises", anchor="middle", colour=MUTED, size=11)
    )
    for name, curve in curves.items():
        look = models[name]
        band = [(x(at), y(curve[at].low)) for at in LEVELS]
        band += [(x(at), y(curve[at].high)) for at in reversed(LEVELS)]
        if all(math.isfinite(v) for point in band for v in point):
            parts.append(svg.area(band, look.colour, 0.18))
        parts.append(svg.polyline([(x(at), y(curve[at].value)) for at in LEVELS], look.colour))
        parts += [svg.mark(x(at), y(curve[at].value), look.shape, look.colour, 3.5) for at in LEVELS]
    return svg.picture(side, side, parts, f"Calibration. {title}")


def distribution(title: str, unit: str, values: Mapping[str, Floats], models: Mapping[str, Look], high: float) -> str:
    """Outlines of histograms, readers beside models; what lies beyond ``high`` is in the last bin."""
    width, height, left = 500.0, 250.0, 48.0
    edges = np.linspace(0, high, 31)
    shares = {name: np.histogram(np.minimum(v, high), edges)[0] / max(len(v), 1) for name, v in values.items()}
    x = Scale(0, high, left, width - 12)
    y = Scale(0, max(float(s.max()) for s in shares.values()) * 1.08 or 1.0, height - 40, 30)
    parts = [
        svg.text(left, 16, title, size=13),
        *svg.x_axis(x, y(0), y(y.high)),
        *svg.y_axis(y, left, x(high), "{:.0%}".format),
    ]
    parts.append(svg.text((left + width) / 2, height - 6, unit, anchor="middle", colour=MUTED, size=11))
    for name, share in shares.items():
        points: Points = [(x(edges[0]), y(0))]
        for k, value in enumerate(share):
            points += [(x(edges[k]), y(value)), (x(edges[k + 1]), y(value))]
        points.append((x(edges[-1]), y(0)))
        colour = models[name].colour if name in models else HUMAN
        if name not in models:
            parts.append(svg.area(points, HUMAN, 0.14))
        parts.append(svg.polyline(points, colour, 1.6, "" if name in models else "2 3"))
    return svg.picture(width, height, parts, f"{title}, {unit}")


def scatter(found: Difficulty, model: str, look: Look) -> str:
    """Predicted against observed total fixation duration, a mark a case."""
    side, left = 340.0, 52.0
    px, py = found.predicted_s[model], found.observed_s
    kept = np.isfinite(px) & np.isfinite(py)
    if not kept.any():
        return ""
    high = float(max(px[kept].max(), py[kept].max())) * 1.05
    x, y = Scale(0, high, left, side - 12), Scale(0, high, side - 42, 30)
    parts = [svg.text(left, 16, model, size=13), *svg.x_axis(x, y(0), y(high)), *svg.y_axis(y, left, x(high))]
    parts.append(svg.line(x(0), y(0), x(high), y(high), MUTED, 1.2, "4 4"))
    marks = "".join(svg.mark(x(a), y(b), look.shape, look.colour, 3) for a, b in zip(px[kept], py[kept], strict=True))
    parts.append(f'<g opacity="0.65">{marks}</g>')
    parts.append(svg.text((left + side) / 2, side - 8, "predicted total, s", anchor="middle", colour=MUTED, size=11))
    parts.append(_upright("readers' total, s", (y(0) + y(high)) / 2))
    return svg.picture(side, side, parts, f"Difficulty: {model}, predicted against observed total fixation duration")


def _whisker(scale: Scale, estimate: Estimate, y: float, look: Look) -> list[str]:
    def clip(value: float) -> float:
        return min(max(value, scale.low), scale.high)

    parts = []
    if math.isfinite(estimate.low) and math.isfinite(estimate.high):
        parts.append(svg.line(scale(clip(estimate.low)), y, scale(clip(estimate.high)), y, look.colour, 2))
    if scale.low <= estimate.value <= scale.high:
        parts.append(svg.mark(scale(estimate.value), y, look.shape, look.colour, hollow=look.hollow))
    return parts


def _upright(words: str, y: float) -> str:
    """A label along the left edge."""
    return f'<g transform="rotate(-90 12 {y:.0f})">{svg.text(12, y, words, anchor="middle", colour=MUTED, size=11)}</g>'


def _bound(value: float, other: float) -> float:
    return value if math.isfinite(value) else other


def _short(name: str) -> str:
    return name if len(name) <= 34 else name[:32] + "…"
