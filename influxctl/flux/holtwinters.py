"""Forecasts by triple exponential smoothing with a damped trend and a multiplicative season.

The parameters (alpha, beta, gamma, phi, level, trend, seasons) are those with the least sum of squared errors, found by Nelder and
Mead's simplex search from several starting points, as the reference finds them: constants and order of steps decide the last digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Point = list[float]

GUESSES = (0.3, 0.7)  # where alpha, beta, gamma and phi begin
PRECISION = 1e-4  # the search ends when the errors of the simplex deviate by less
ROUNDS = 1000
SMOOTHING = 4  # the first parameters, which stay within 0 … 1


class Forecast(NamedTuple):
    """Times and values of the forecast, and the least sum of squared errors."""

    times: list[int]
    values: list[float | None]
    error: float


def forecast(times: Any, values: Floats, n: int, season: int, with_fit: bool, interval: int) -> Forecast:
    """`n` values after the last one, `interval` nanoseconds apart; with the fitted values in front if `with_fit`."""
    if not len(values):
        return Forecast([], [], math.nan)
    known = _regular(times, values, interval)
    period = season if season >= 2 else 1
    if len(known) < 2 or len(known) <= period:
        return Forecast([], [], math.nan)
    model = _Model(known, season >= 2)
    point, error = model.fitted(period)
    curve = model.curve(n, point)
    first = 0 if with_fit else len(known)
    out_times = [int(times[0]) + i * interval for i in range(first, len(curve))]
    return Forecast(out_times, [None if math.isnan(v) else v for v in curve[first:]], error)


def _regular(times: Any, values: Floats, interval: int) -> Point:
    """One value an interval: the first of each, NaN where there is none."""
    place = ((times - times[0]) // interval).tolist()
    out = [math.nan] * (place[-1] + 1)
    for index, value in zip(reversed(place), reversed(values.tolist()), strict=True):
        out[index] = value
    return out


class _Model:
    """The values, and the curve that parameters give."""

    def __init__(self, values: Point, seasonal: bool) -> None:
        self.values = values
        self.seasonal = seasonal

    def fitted(self, period: int) -> tuple[Point, float]:
        """The best parameters and their error."""
        start = self._start(period)
        best: Point | None = None
        least = math.inf
        for guesses in product(GUESSES, repeat=SMOOTHING):
            error, point = minimize(self.error, [*guesses, *start], clip)
            if error < least or best is None:
                least, best = error, point
        assert best is not None
        return best, least

    def _start(self, period: int) -> Point:
        """Level, trend and seasons at the beginning."""
        y = self.values
        level = sum(v for v in y[:period] if not math.isnan(v)) / period
        trend = 0.0
        for i in range(period):
            if period + i < len(y) and not math.isnan(y[i]) and not math.isnan(y[period + i]):
                trend += (y[period + i] - y[i]) / period
        trend /= period
        if not self.seasonal:
            return [level, trend]
        return [level, trend, *(1.0 if math.isnan(v) or not level else v / level for v in y[:period])]

    def curve(self, ahead: int, point: Point) -> Point:
        """The model's values from the first on, each made from the one before, `ahead` more than there are."""
        alpha, beta, gamma, phi, level, trend = point[:6]
        seasons = list(point[6:]) or [1.0]
        period = len(seasons)
        value = self.values[0]
        out = [value]
        damped = phi
        shift = period - 1
        now = then = 1.0
        for t in range(1, len(self.values) + ahead):
            if self.seasonal:
                now = seasons[(t - period + shift) % period]
                then = seasons[(t - period + t % period + shift) % period]
            before = level + phi * trend
            if not now or not before:
                return [*out, *[math.nan] * (len(self.values) + ahead - len(out))]
            fresh = alpha * (value / now) + (1 - alpha) * before
            trend = beta * (fresh - level) + (1 - beta) * phi * trend
            season = gamma * (value / before) + (1 - gamma) * now
            level = fresh
            value = (level + damped * trend) * then
            damped += phi**t
            if self.seasonal:
                seasons[(t + shift) % period] = season
                shift += 1
            out.append(value)
        return out

    def error(self, point: Point) -> float:
        """The sum of squared differences to the values."""
        total = 0.0
        for made, known in zip(self.curve(0, point), self.values, strict=True):
            if known == known:
                if made != made:
                    return math.inf
                total += (made - known) ** 2
        return total


def clip(point: Point) -> None:
    """Brings the smoothing parameters into 0 … 1."""
    for i in range(SMOOTHING):
        point[i] = min(max(point[i], 0.0), 1.0)


def minimize(cost: Callable[[Point], float], start: Point, limit: Callable[[Point], None]) -> tuple[float, Point]:
    """The least cost and where: Nelder and Mead's search with reflection 1, expansion 2, contraction 1/2."""
    size = len(start)
    points = _simplex(start, limit)
    costs = [cost(p) for p in points]
    for _ in range(ROUNDS):
        worst, best = costs.index(max(costs)), costs.index(min(costs))
        second = best
        for i, value in enumerate(costs):
            if costs[second] < value < costs[worst]:
                second = i
        center = [sum(p[i] for k, p in enumerate(points) if k != worst) / size for i in range(size)]

        def away(
            factor: float, place: Point, center: Point = center
        ) -> tuple[Point, float]:  # from the center by a multiple of the way to a place
            point = [c + factor * (x - c) for c, x in zip(center, place, strict=True)]
            limit(point)
            return point, cost(point)

        reflected, value = away(-1.0, points[worst])
        if costs[best] <= value < costs[second]:
            points[worst], costs[worst] = reflected, value
        if value < costs[best]:
            expanded, further = away(2.0, reflected)
            points[worst], costs[worst] = (expanded, further) if further < value else (reflected, value)
        if value >= costs[second]:
            inner, nearer = away(0.5, reflected if value < costs[worst] else points[worst])
            if nearer < costs[worst]:
                points[worst], costs[worst] = inner, nearer
            else:
                _shrink(points, costs, cost, limit, (best, worst, second))
        mean = sum(costs) / (size + 1)
        if math.sqrt(sum((c - mean) ** 2 / size for c in costs)) < PRECISION:
            break
    best = costs.index(min(costs))
    return costs[best], points[best]


def _simplex(start: Point, limit: Callable[[Point], None]) -> list[Point]:
    """The starting point and one beside it in each direction, equally far from each other."""
    size = len(start)
    along = (math.sqrt(size + 1) - 1 + size) / (size * math.sqrt(2))
    across = (math.sqrt(size + 1) - 1) / (size * math.sqrt(2))
    points = [list(start)]
    for i in range(size):
        point = [x + (along if i == j else across) for j, x in enumerate(start)]
        limit(point)
        points.append(point)
    return points


def _shrink(
    points: list[Point],
    costs: list[float],
    cost: Callable[[Point], float],
    limit: Callable[[Point], None],
    places: tuple[int, int, int],
) -> None:
    """Halves the way of all points to the best one; only the two worst are measured again, as in the reference."""
    best, worst, second = places
    base = points[best]
    for i, point in enumerate(points):
        if i != best:
            points[i] = [b + (x - b) / 2 for b, x in zip(base, point, strict=True)]
    for i in (worst, second):
        limit(points[i])
        costs[i] = cost(points[i])
