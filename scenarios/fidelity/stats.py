"""The few tests that the comparisons need, with numpy alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

SERIES_MAX = 500
_TINY = 1e-300


def chi_square(one: Sequence[float], other: Sequence[float]) -> tuple[float, int, float]:
    """Whether two rows of counts come from one distribution: statistic, degrees of freedom, p."""
    table = np.array([one, other], dtype=float)
    table = table[:, table.sum(axis=0) > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = table.shape[1] - 1
    return statistic, freedom, chi_square_tail(statistic, freedom)


def chi_square_tail(statistic: float, freedom: int) -> float:
    """Chance of at least this statistic: the upper regularised gamma function (Numerical Recipes 6.2)."""
    a, x = freedom / 2, statistic / 2
    if x <= 0.0 or freedom < 1:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1.0 / a
        for n in range(1, SERIES_MAX):
            term *= x / (a + n)
            total += term
        return min(1.0, max(0.0, 1.0 - front * total))
    b, c = x + 1 - a, 1 / _TINY
    d = h = 1 / b
    for n in range(1, SERIES_MAX):
        step = -n * (n - a)
        b += 2
        d = 1 / (step * d + b or _TINY)
        c = b + step / c or _TINY
        h *= d * c
    return min(1.0, front * h)


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The greatest distance of two empirical distributions, and the chance of one at least as great."""
    a, b = np.sort(np.asarray(one, dtype=float)), np.sort(np.asarray(other, dtype=float))
    both = np.concatenate((a, b))
    gaps = np.searchsorted(a, both, side="right") / len(a) - np.searchsorted(b, both, side="right") / len(b)
    distance = float(np.abs(gaps).max())
    root = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    value = (root + 0.12 + 0.11 / root) * distance  # Stephens 1970
    if value < 0.2:
        return distance, 1.0
    tail = 2 * sum((-1) ** (n - 1) * math.exp(-2 * n * n * value * value) for n in range(1, 101))
    return distance, min(1.0, max(0.0, tail))


def total_variation(one: Mapping[object, float], other: Mapping[object, float]) -> float:
    """Half the sum of the differences of two distributions' shares; 0 the same, 1 nothing in common."""
    whole, rest = sum(one.values()) or 1.0, sum(other.values()) or 1.0
    keys = sorted({*one, *other}, key=str)
    return 0.5 * sum(abs(one.get(key, 0.0) / whole - other.get(key, 0.0) / rest) for key in keys)


def dispersion(counts: Sequence[float]) -> float:
    """Variance over mean: 1 for Poisson numbers."""
    values = np.asarray(counts, dtype=float)
    return float(values.var(ddof=1) / values.mean())


def poisson_share(mean: float, most: int) -> list[float]:
    """Chance of 0 to ``most`` for Poisson numbers."""
    return [math.exp(-mean + n * math.log(mean) - math.lgamma(n + 1)) for n in range(most + 1)]


def two_sided(z: float) -> float:
    """Chance of a standard normal number at least so far from 0."""
    return math.erfc(abs(z) / math.sqrt(2))
