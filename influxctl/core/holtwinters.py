"""The damped Holt-Winters model, fitted by the Nelder-Mead method, for InfluxQL and Flux.

The constants, starting points and the order of steps are those of InfluxDB 1.x and 2.x, because the minimum that is found, and with it
the forecast, depends on them; so does the season, which a forecast changes in place while InfluxQL's search goes on. Flux searches in
another way (`flux.holtwinters`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product

_GUESSES = (0.3, 0.7)  # for each of alpha, beta, gamma and phi
_WEIGHT = 0.5
_EPSILON = 1e-4
_ITERATIONS = 1000
_FIRST = 6  # alpha, beta, gamma, phi, level, trend; then the season


Error = Callable[[list[float]], float]
Search = Callable[[Error, list[float]], tuple[float, list[float]]]


def total(values: Iterable[float]) -> float:
    """The sum from left to right. Python's own `sum` corrects its rounding since 3.12, which leads the search elsewhere."""
    found = 0.0
    for value in values:
        found += value
    return found


def fit(
    known: list[float],
    ahead: int,
    season: int,
    check: Callable[[], None],
    search: Search | None = None,
    unseen: float = 0.0,
) -> tuple[list[float], float]:
    """The model's values for the steps that are known (NaN: not measured) and `ahead` more, and the sum of squared errors; nothing if
    there is too little. A season of less than 2 steps is none; `unseen` is the share of a step of the first season that is missing.

    The search takes seconds for some thousand steps: `check` is called again and again, and may raise to end it.
    """
    seasonal = season >= 2
    if len(known) < 2 or (seasonal and len(known) < season) or ahead <= 0:
        return [], math.nan
    level, trend, shape = _first_guess(known, season if seasonal else 0, unseen)
    best: list[float] = []
    least = math.inf

    def error(parameters: list[float]) -> float:
        check()
        return _squares(known, parameters)

    for guesses in product(_GUESSES, repeat=4):
        found, parameters = (search or minimize)(error, [*guesses, level, trend, *shape])
        if found < least or not best:
            least, best = found, parameters
    return _run(known, ahead, best), least


def _first_guess(known: list[float], season: int, unseen: float) -> tuple[float, float, list[float]]:
    if not season:
        trend = 0.0 if math.isnan(known[1]) else _WEIGHT * (known[1] - known[0])
        return _WEIGHT * known[0], trend, []
    level = total(1 / season * v for v in known[:season] if not math.isnan(v))
    trend = 0.0
    for i in range(min(season, len(known) - season)):
        a, b = known[i], known[season + i]
        if not math.isnan(a) and not math.isnan(b):
            trend += 1 / (season * season) * (b - a)
    return level, trend, [unseen if math.isnan(v) else _divide(v, level) for v in known[:season]]


def _divide(a: float, b: float) -> float:
    """Division as IEEE 754 has it."""
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def _run(known: list[float], ahead: int, parameters: list[float]) -> list[float]:
    """The model's values for the steps that are known and `ahead` more. Bounds the first four parameters and moves the season, both in
    place."""
    for i in range(4):
        if parameters[i] > 1:
            parameters[i] = 1.0
        elif parameters[i] < 0:
            parameters[i] = 0.0
    alpha, beta, gamma, phi, level, trend = parameters[:_FIRST]
    size = len(parameters) - _FIRST
    damping = phi
    value = known[0]
    found = [value]
    keep, slow = 1 - alpha, (1 - beta) * phi
    if not size:
        for t in range(1, len(known) + ahead):
            new_level = alpha * value + keep * (level + phi * trend)
            trend = beta * (new_level - level) + slow * trend
            level = new_level
            value = level + damping * trend
            damping += phi**t
            found.append(value)
        return found
    season = parameters[_FIRST:]
    fade = 1 - gamma
    for t, place, coming in _places(size, len(known) + ahead):
        past = season[place]
        now = season[coming]
        before = level + phi * trend
        new_level = alpha * (value / past if past else _divide(value, past)) + keep * before
        trend = beta * (new_level - level) + slow * trend
        season[place] = gamma * (value / before if before else _divide(value, before)) + fade * past
        value = (new_level + damping * trend) * now
        level = new_level
        damping += phi**t
        found.append(value)
    parameters[_FIRST:] = season
    return found


@lru_cache(16)
def _places(size: int, steps: int) -> list[tuple[int, int, int]]:
    """For each step after the first: its number, the place of its season's share, which it then sets anew, and of the share that its
    value is made with."""
    return [(t, 2 * (t - 1) % size, (2 * (t - 1) + t % size) % size) for t in range(1, steps)]


def _squares(known: list[float], parameters: list[float]) -> float:
    total = 0.0
    for want, got in zip(known, _run(known, 0, parameters), strict=True):
        if want == want:
            if got != got:
                return math.inf
            far = got - want
            total += far * far
    return total


def minimize(function: Error, start: list[float]) -> tuple[float, list[float]]:
    """Nelder-Mead from a regular simplex of size 1 at `start`: the least value found, and where."""
    n = len(start)
    far = (math.sqrt(n + 1) - 1 + n) / (n * math.sqrt(2))
    near = (math.sqrt(n + 1) - 1) / (n * math.sqrt(2))
    simplex = [list(start)]
    simplex += [[s + (far if i == j else near) for j, s in enumerate(start)] for i in range(n)]
    heights = [function(corner) for corner in simplex]
    for _ in range(_ITERATIONS):
        _step(function, simplex, heights)
        mean = total(heights) / (n + 1)
        try:
            deviation = math.sqrt(total((h - mean) ** 2 / n for h in heights))
        except OverflowError:
            continue
        if deviation < _EPSILON:
            break
    lowest = heights.index(min(heights))
    best = list(simplex[lowest])
    return function(simplex[lowest]), best


def _step(function: Error, simplex: list[list[float]], heights: list[float]) -> None:
    """One iteration: move the highest corner, or draw all corners together."""
    n = len(heights) - 1
    high = heights.index(max(heights))
    low = heights.index(min(heights))
    second = low
    for i, height in enumerate(heights):
        if heights[second] < height < heights[high]:
            second = i
    worst = simplex[high]
    centre = [total(simplex[k][i] for k in range(n + 1) if k != high) / n for i in range(n)]
    mirrored = [c + (c - w) for c, w in zip(centre, worst, strict=True)]
    reflected = function(mirrored)
    if heights[low] <= reflected < heights[second]:
        simplex[high], heights[high] = list(mirrored), reflected
    if reflected < heights[low]:
        farther = [c + 2 * (m - c) for c, m in zip(centre, mirrored, strict=True)]
        expanded = function(farther)
        if expanded < reflected:
            simplex[high], heights[high] = farther, expanded
        else:
            simplex[high], heights[high] = list(mirrored), reflected
    if reflected < heights[second]:
        return
    if reflected < heights[high]:
        nearer = [c + 0.5 * (m - c) for c, m in zip(centre, mirrored, strict=True)]
    else:
        nearer = [c - 0.5 * (c - w) for c, w in zip(centre, simplex[high], strict=True)]
    contracted = function(nearer)
    if contracted < heights[high]:
        simplex[high], heights[high] = nearer, contracted
        return
    for row, corner in enumerate(simplex):
        if row != low:
            for i, target in enumerate(simplex[low]):
                corner[i] = target + (corner[i] - target) / 2
    heights[high] = function(simplex[high])
    heights[second] = function(simplex[second])
