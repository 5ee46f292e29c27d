"""What a child that reads a film may use, and what a film may be."""

from __future__ import annotations

from gazeapp.core.sandbox.limits import Limits

FILM = Limits(address_space=2 * 1024**3, cpu_seconds=20, wall_seconds=30, file_bytes=300 * 1024**2)
MAX_PIXELS = 64_000_000  # 128 MB as 16-bit; the largest flat panels have 20 million
MIN_SIDE = 64  # px
