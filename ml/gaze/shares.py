"""Shares with their interval."""

from __future__ import annotations

Z = 1.959963984540054  # the normal distribution's 97.5 % quantile


def wilson(successes: int, n: int) -> tuple[float, float, float]:
    """(share, low, high): Wilson's 95 % interval of a share (Wilson 1927, JASA 22, p. 209); (0, 0, 1) of none."""
    if n == 0:
        return 0.0, 0.0, 1.0
    share = successes / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * ((share * (1 - share) + Z**2 / (4 * n)) / n) ** 0.5 / (1 + Z**2 / n)
    return share, max(0.0, middle - half), min(1.0, middle + half)
