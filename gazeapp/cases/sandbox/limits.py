"""What a child that reads a film may use, and what a film may be."""

from __future__ import annotations

from gazeapp.core.sandbox.limits import Limits
from ml.films.stored import MAX_PIXELS, Bounds

FILM = Limits(address_space=2 * 1024**3, cpu_seconds=20, wall_seconds=30, file_bytes=300 * 1024**2)
BOUNDS = Bounds(most_pixels=MAX_PIXELS, least_side=64)
