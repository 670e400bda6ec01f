"""holt_winters(): the damped Holt-Winters forecast, fitted by the Nelder-Mead method.

The constants, starting points and the order of steps are those of InfluxDB 1.x and 2.x, because the minimum that is found, and with it
the forecast, depends on them; so does the season, which a forecast changes in place while the fit goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable

_GUESSES = (0.3, 0.7)  # for each of alpha, beta, gamma and phi
_WEIGHT = 0.5
_EPSILON = 1e-4
_ITERATIONS = 1000
_FIRST = 6  # alpha, beta, gamma, phi, level, trend; then the season


def fill_gaps(times: list[int], values: list[float], interval: int) -> list[float]:
    """The values at steps of `interval`, NaN where there is none; of several in one step the first."""
    found = [values[0]]
    at = _nearest(times[0], interval)
    for time, value in zip(times[1:], values[1:], strict=True):
        place = _nearest(time, interval)
        if place <= at:
            continue
        at += interval
        while at != place:
            found.append(math.nan)
            at += interval
        found.append(value)
    return found


def _nearest(time: int, interval: int) -> int:
    whole, rest = divmod(time, interval)
    return (whole + (1 if rest > interval // 2 else 0)) * interval


def forecast(times: list[int], values: list[float], ahead: int, season: int, interval: int) -> tuple[list[float], int]:
    """The fitted values of the steps so far followed by `ahead` more, and how many steps there were; nothing if there is too little."""
    seasonal = season >= 2
    if len(values) < 2 or (seasonal and len(values) < season) or ahead <= 0:
        return [], 0
    known = fill_gaps(times, values, interval)
    if len(known) < 2 or (seasonal and len(known) < season):
        return [], 0
    level, trend, shape = _first_guess(known, season if seasonal else 0)
    best: list[float] = []
    least = math.inf

    def error(parameters: list[float]) -> float:
        return _squares(known, parameters)

    for alpha in _GUESSES:
        for beta in _GUESSES:
            for gamma in _GUESSES:
                for phi in _GUESSES:
                    found, parameters = minimize(error, [alpha, beta, gamma, phi, level, trend, *shape])
                    if found < least or not best:
                        least, best = found, parameters
    return _run(known, ahead, best), len(known)


def _first_guess(known: list[float], season: int) -> tuple[float, float, list[float]]:
    if not season:
        trend = 0.0 if math.isnan(known[1]) else _WEIGHT * (known[1] - known[0])
        return _WEIGHT * known[0], trend, []
    level = sum(v / season for v in known[:season] if not math.isnan(v))
    trend = 0.0
    for i in range(min(season, len(known) - season)):
        a, b = known[i], known[season + i]
        if not math.isnan(a) and not math.isnan(b):
            trend += (b - a) / (season * season)
    return level, trend, [0.0 if math.isnan(v) else (v / level if level else 0.0) for v in known[:season]]


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
    offset = size - 1
    damping = phi
    value = known[0]
    found = [value]
    for t in range(1, len(known) + ahead):
        past = now = 1.0
        if size:
            past = parameters[_FIRST + (t - size + offset) % size]
            now = parameters[_FIRST + (t - size + t % size + offset) % size]
        before = level + phi * trend
        new_level = alpha * _divide(value, past) + (1 - alpha) * before
        new_trend = beta * (new_level - level) + (1 - beta) * phi * trend
        shape = gamma * _divide(value, before) + (1 - gamma) * past
        value = (new_level + damping * new_trend) * now
        level, trend = new_level, new_trend
        damping += phi**t
        if size:
            parameters[_FIRST + (t + offset) % size] = shape
            offset += 1
        found.append(value)
    return found


def _squares(known: list[float], parameters: list[float]) -> float:
    total = 0.0
    for want, got in zip(known, _run(known, 0, parameters), strict=True):
        if want == want:
            if got != got:
                return math.inf
            try:
                total += (got - want) ** 2
            except OverflowError:
                return math.inf
    return total


def minimize(function: Callable[[list[float]], float], start: list[float]) -> tuple[float, list[float]]:
    """Nelder-Mead from a regular simplex of size 1 at `start`: the least value found, and where."""
    n = len(start)
    far = (math.sqrt(n + 1) - 1 + n) / (n * math.sqrt(2))
    near = (math.sqrt(n + 1) - 1) / (n * math.sqrt(2))
    simplex = [list(start)]
    simplex += [[s + (far if i == j else near) for j, s in enumerate(start)] for i in range(n)]
    heights = [function(corner) for corner in simplex]
    for _ in range(_ITERATIONS):
        _step(function, simplex, heights)
        mean = sum(heights) / (n + 1)
        try:
            deviation = math.sqrt(sum((h - mean) ** 2 / n for h in heights))
        except OverflowError:
            continue
        if deviation < _EPSILON:
            break
    lowest = heights.index(min(heights))
    best = list(simplex[lowest])
    return function(simplex[lowest]), best


def _step(function: Callable[[list[float]], float], simplex: list[list[float]], heights: list[float]) -> None:
    """One iteration: move the highest corner, or draw all corners together."""
    n = len(heights) - 1
    high = heights.index(max(heights))
    low = heights.index(min(heights))
    second = low
    for i, height in enumerate(heights):
        if heights[second] < height < heights[high]:
            second = i
    worst = simplex[high]
    centre = [sum(simplex[k][i] for k in range(n + 1) if k != high) / n for i in range(n)]
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
