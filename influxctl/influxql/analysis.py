"""Technical analysis: moving averages with exponential weights, and the indices made of them.

Each function takes the values of one group and gives one value for each of them; the first `hold` are not answered. Definitions:
documentation of InfluxQL 1.8, "technical analysis functions"; the warm-up of the averages is as recorded on 2.9.1.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable

WARMUPS = ("exponential", "simple", "none")


class Average:
    """An exponential moving average. While it warms up, the weight is that of a shorter period ("exponential"), the average is the
    plain mean ("simple"), or nothing special happens ("none")."""

    def __init__(self, period: int, warmup: str, alpha: float | None = None) -> None:
        self.period = period
        self.warmup = warmup
        self.alpha = 2 / (period + 1) if alpha is None else alpha
        self.seen = 0
        self.value = 0.0

    @property
    def warm(self) -> bool:
        """Whether a whole period has been seen."""
        return self.seen >= self.period

    def add(self, value: float) -> float:
        """Take the next value; the average so far."""
        if self.seen == 0:
            self.value = value
        elif self.seen < self.period and self.warmup == "exponential":
            self.value += (value - self.value) * 2 / (self.seen + 2)
        elif self.seen < self.period and self.warmup == "simple":
            self.value = (self.value * self.seen + value) / (self.seen + 1)
        else:
            self.value += self.alpha * (value - self.value)
        self.seen += 1
        return self.value


class Chain:
    """Averages of averages, as many as asked for; a later one waits until the one before is warm, unless they warm up exponentially."""

    def __init__(self, count: int, period: int, warmup: str) -> None:
        self.averages = [Average(period, warmup) for _ in range(count)]
        self.eager = warmup == "exponential"

    def add(self, value: float) -> list[float]:
        """All averages after the next value."""
        found: list[float] = []
        ready = True
        for average in self.averages:
            value = average.add(value) if ready else value
            ready = ready and (self.eager or average.warm)
            found.append(value)
        return found


def exponential(values: Iterable[float], period: int, warmup: str) -> list[float]:
    """The exponential moving average."""
    average = Average(period, warmup)
    return [average.add(v) for v in values]


def double_exponential(values: Iterable[float], period: int, warmup: str) -> list[float]:
    """Twice the average minus the average of it: less lag."""
    chain = Chain(2, period, warmup)
    return [2 * a - b for a, b in map(chain.add, values)]


def triple_exponential(values: Iterable[float], period: int, warmup: str) -> list[float]:
    """Three times the average, minus three times the average of it, plus the average of that."""
    chain = Chain(3, period, warmup)
    return [3 * a - 3 * b + c for a, b, c in map(chain.add, values)]


def triple_derivative(values: Iterable[float], period: int, warmup: str) -> list[float]:
    """The change in percent of a threefold average."""
    chain = Chain(3, period, warmup)
    found: list[float] = []
    held = 0.0
    for value in values:
        now = chain.add(value)[2]
        found.append((now / held - 1) * 100 if held else 0.0)
        held = now
    return found


def strength(values: Iterable[float], period: int, warmup: str) -> list[float]:
    """The relative strength index: the average rise among all average change, in percent. Its averages have the weight 1/period. The
    first value counts as a rise from 0 (seen on 2.9.1)."""
    rise, fall = Average(period + 1, warmup, 1 / period), Average(period + 1, warmup, 1 / period)
    found: list[float] = []
    held = 0.0
    for value in values:
        change = value - held
        up, down = rise.add(max(change, 0.0)), fall.add(max(-change, 0.0))
        found.append(100 * up / (up + down) if up + down else math.nan)
        held = value
    return found


def efficiency(values: Iterable[float], period: int, warmup: str = "") -> list[float]:
    """Kaufman's efficiency ratio: how far the value went in a period, among the way it took."""
    known = list(values)
    found: list[float] = []
    for i, value in enumerate(known):
        begin = max(i - period, 0)
        way = sum(abs(known[k] - known[k - 1]) for k in range(begin + 1, i + 1))
        found.append(abs(value - known[begin]) / way if way else 1.0)
    return found


def adaptive(values: Iterable[float], period: int, warmup: str = "") -> list[float]:
    """Kaufman's adaptive moving average: the efficiency ratio moves its weight between those of periods 2 and 30."""
    known = list(values)
    ratios = efficiency(known, period)
    fast, slow = 2 / 3, 2 / 31
    found: list[float] = []
    for i, value in enumerate(known):
        if i < period:
            found.append(value)
        else:
            found.append(found[-1] + (ratios[i] * (fast - slow) + slow) ** 2 * (value - found[-1]))
    return found


def momentum(values: Iterable[float], period: int, warmup: str) -> list[float]:
    """Chande's momentum oscillator: rises minus falls among both, in percent, summed over a period, or averaged if there is a warm-up."""
    known = list(values)
    changes = [0.0, *(b - a for a, b in itertools.pairwise(known))]
    found: list[float] = []
    rise, fall = Average(period, warmup), Average(period, warmup)
    for i, change in enumerate(changes):
        if warmup == "none":
            recent = changes[max(i - period + 1, 0) : i + 1]
            up, down = sum(c for c in recent if c > 0), -sum(c for c in recent if c < 0)
        else:
            up, down = rise.add(max(change, 0.0)), fall.add(max(-change, 0.0))
        found.append(100 * (up - down) / (up + down) if up + down else 0.0)
    return found


Analysis = Callable[[Iterable[float], int, str], list[float]]
FUNCTIONS: dict[str, Analysis] = {
    "exponential_moving_average": exponential,
    "double_exponential_moving_average": double_exponential,
    "triple_exponential_moving_average": triple_exponential,
    "triple_exponential_derivative": triple_derivative,
    "relative_strength_index": strength,
    "kaufmans_efficiency_ratio": efficiency,
    "kaufmans_adaptive_moving_average": adaptive,
    "chande_momentum_oscillator": momentum,
}
WITHOUT_WARMUP = ("kaufmans_efficiency_ratio", "kaufmans_adaptive_moving_average")


def default_warmup(name: str) -> str:
    """The warm-up of a function to which none is given."""
    return "none" if name == "chande_momentum_oscillator" else "exponential"


def default_hold(name: str, period: int, warmup: str) -> int:
    """How many points a function takes in before it answers, if the call does not say."""
    if name in ("kaufmans_efficiency_ratio", "kaufmans_adaptive_moving_average", "relative_strength_index"):
        return period
    levels = {"double_exponential_moving_average": 2, "triple_exponential_moving_average": 3,
              "triple_exponential_derivative": 3}.get(name, 1)  # fmt: skip
    hold = (period - 1) * (1 if warmup == "exponential" else levels)
    return hold + 1 if name == "triple_exponential_derivative" else hold
