"""Difficulty of cases and ability of people from first attempts, one at a time (Elo).

R. Pelanek, *Applications of the Elo rating system in adaptive educational systems*, Computers & Education 98 (2016),
section 2: success has p = 1 / (1 + exp(-(theta - b))), and each attempt moves both by K times what was not expected,
with K(n) = 1 / (1 + .05 n) after n attempts. Only first attempts may be counted; that is the caller's to see to.
"""

from __future__ import annotations

from math import exp, log, sqrt

PRIOR_SD = 1.5  # of cases around 0 in log-odds, before any attempt (our choice; one case in 20 lies beyond 3)
DECAY = 0.05  # of K with each attempt


def expected(theta: float, b: float) -> float:
    """Probability of success of a person of ability ``theta`` at a case of difficulty ``b``, both log-odds."""
    z = theta - b
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


def gain(n: int) -> float:
    """K after ``n`` attempts: 1 at the first, 1/2 after 20, 1/6 after 100."""
    return 1 / (1 + DECAY * n)


def update(theta: float, b: float, n_person: int, n_case: int, success: bool) -> tuple[float, float]:
    """Ability and difficulty after one attempt; ``n_person`` and ``n_case`` are the attempts counted before it."""
    surprise = float(success) - expected(theta, b)
    return theta + gain(n_person) * surprise, b - gain(n_case) * surprise


def target(theta: float, p: float = 0.75) -> float:
    """The difficulty at which a person of ability ``theta`` succeeds with probability ``p`` (between 0 and 1)."""
    return theta - log(p / (1 - p))


def information(theta: float, b: float) -> float:
    """What one attempt tells of the difficulty: p (1 - p), at most 1/4. Its sum goes into :func:`standard_error`."""
    p = expected(theta, b)
    return p * (1 - p)


def standard_error(attempts: int, information: float, *, prior_sd: float = PRIOR_SD) -> float:
    """Standard error in log-odds of a difficulty after ``attempts``, whose p (1 - p) sum to ``information``.

    Elo's own error, not that of a maximum-likelihood fit: K falls more slowly than such a fit's weights, so that an Elo
    difficulty stays noisier than 1 / sqrt(information). One attempt with information i takes the share K i out of what
    is wrong and adds noise of variance K^2 i, so from the spread of cases v = prior_sd^2 each attempt makes
    v <- (1 - K i)^2 v + K^2 i, here with the mean i of the attempts. Exact to first order in the error; what is not
    known of the people's abilities comes on top.
    """
    if attempts <= 0:
        return prior_sd
    each, variance = information / attempts, prior_sd**2
    for n in range(attempts):
        k = gain(n)
        variance = (1 - k * each) ** 2 * variance + k * k * each
    return sqrt(variance)
