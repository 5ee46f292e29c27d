"""Scanpaths drawn over their films: a reader's beside the models'."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.evaluation.report import svg
from ml.metrics.paths import Path

LONG_SIDE = 300  # px of an embedded film
CAPTION = 24.0


def film_symbol(name: str, film: NDArray[Any]) -> tuple[str, float, float]:
    """The film as a hidden symbol to be drawn several times, and its width and height in px."""
    grey = np.asarray(film, np.float32)
    low, high = np.percentile(grey[:: max(1, len(grey) // 256)], [0.5, 99.5])
    picture = Image.fromarray((255 * np.clip((grey - low) / max(high - low, 1e-6), 0, 1)).astype(np.uint8))
    scale = LONG_SIDE / max(picture.size)
    picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    stream = io.BytesIO()
    picture.save(stream, format="PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode()
    width, height = picture.size
    body = f'<image href="data:image/png;base64,{data}" width="{width}" height="{height}"/>'
    symbol = f'<svg width="0" height="0" class="hidden" aria-hidden="true"><symbol id="{name}">{body}</symbol></svg>'
    return symbol, width, height


def panel(symbol: str, width: float, height: float, path: Path, title: str, colour: str) -> str:
    """One path over its film: numbered circles, their area as the duration, joined in order."""
    at = [(x * width, CAPTION + y * height) for x, y, _ in path]
    parts = [
        svg.text(2, 15, title, colour=colour, size=12.5),
        svg.text(
            width - 2, 15, f"{len(path)} fixations, {path[:, 2].sum():.1f} s", anchor="end", colour=svg.MUTED, size=11
        ),
        f'<use href="#{symbol}" x="0" y="{CAPTION:g}" width="{width:g}" height="{height:g}"/>',
        f'<g opacity="0.55">{svg.polyline(at, "#000", 3.4)}</g>',
        svg.polyline(at, colour, 1.4),
    ]
    for number, ((x, y), seconds) in enumerate(zip(at, path[:, 2], strict=True), start=1):
        radius = float(np.clip(12 * np.sqrt(seconds), 3.5, 16))
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.3" '
            f'stroke="{colour}" stroke-width="1.2"/>'
        )
        parts.append(
            f'<text x="{x:.1f}" y="{y + 3:.1f}" text-anchor="middle" font-size="8.5" fill="#fff" stroke="#000" '
            f'stroke-width="1.6" paint-order="stroke">{number}</text>'
        )
    return svg.picture(width, height + CAPTION, parts, f"{title}: {len(path)} fixations over the film")
