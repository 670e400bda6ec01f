"""Forecasts by triple exponential smoothing, damped trend and multiplicative season; parameters by Nelder-Mead."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Point = list[float]
_START = (0.1, 0.2, 0.3, 0.4)  # alpha, beta, gamma and phi are searched from each of these


class Forecast(NamedTuple):
    """Times and values of the forecast, and the least sum of squared errors."""

    times: list[int]
    values: list[float | None]
    error: float


def forecast(times: Any, values: Floats, n: int, season: int, with_fit: bool, interval: int) -> Forecast:
    """`n` values after the last one, `interval` nanoseconds apart; with the fitted values in front if `with_fit`."""
    times, values = _regular(times, values, interval)
    known = values[~np.isnan(values)]
    if len(known) < 2 or season >= len(values):
        return Forecast([], [], math.nan)
    seasonal = season >= 2
    length = len(values) + n
    params, error = _fit(values, season if seasonal else 0)
    fitted = _run(values, length, season if seasonal else 0, params)
    first = 0 if with_fit else len(values)
    out_times = [int(times[0]) + i * interval for i in range(first, length)]
    return Forecast(out_times, [None if math.isnan(v) else float(v) for v in fitted[first:length]], error)


def _regular(times: Any, values: Floats, interval: int) -> tuple[Any, Floats]:
    """The values one an interval: the first of each, NaN where there is none."""
    if not len(times):
        return times, values
    place = (times - times[0]) // interval
    out = np.full(int(place[-1]) + 1, np.nan)
    for index, value in zip(place[::-1].tolist(), values[::-1].tolist(), strict=True):
        out[index] = value
    return times, out


def _fit(values: Floats, season: int) -> tuple[Point, float]:
    """The parameters with the least error."""
    level, trend, seasons = _initial(values, season)
    best: tuple[Point, float] = ([], math.inf)

    def cost(p: Point) -> float:
        return _error(values, season, p)

    for start in _START:
        point = [start] * (4 if season else 3) + [level, trend, *seasons]
        if not season:
            point = [start, start, start, level, trend]
        found, error = minimize(cost, point)
        if error < best[1]:
            best = (found, error)
    if not best[0]:
        best = ([0.5] * (4 if season else 3) + [level, trend, *seasons], math.nan)
    return best


def _initial(values: Floats, season: int) -> tuple[float, float, list[float]]:
    """The level, trend and seasons that the search begins with."""
    known = values[~np.isnan(values)]
    if not season:
        return float(known[0]), float(known[1] - known[0]), []
    first = values[:season]
    level = float(np.nanmean(first))
    trend = 0.0
    if len(values) >= 2 * season:
        trend = float(np.nanmean((values[season : 2 * season] - first) / season))
    return level, trend, [float(v / level) if level and not math.isnan(v) else 1.0 for v in first]


def _run(values: Floats, length: int, season: int, p: Point) -> Floats:
    """The one-step forecasts over the values, then `length` minus their number beyond the last."""
    p = _bounded(p, season)
    out = np.full(length, np.nan)
    if season:
        alpha, beta, gamma, phi = p[:4]
        level, trend, seasons = p[4], p[5], list(p[6:])
    else:
        alpha, beta, phi = p[:3]
        gamma, level, trend, seasons = 0.0, p[3], p[4], []
    out[0] = values[0] if not math.isnan(values[0]) else level
    damped = 0.0
    for i in range(1, length):
        is_known = i <= len(values) and not math.isnan(values[i - 1])
        if i <= len(values):
            factor = seasons[(i - 1) % season] if season else 1.0
            y = float(values[i - 1]) if is_known else (level + phi * trend) * factor
            before = level
            if i > 1 or season:
                level = alpha * (y / factor if factor else y) + (1 - alpha) * (before + phi * trend)
                trend = beta * (level - before) + (1 - beta) * phi * trend
                if season:
                    base = before + phi * trend
                    seasons[(i - 1) % season] = gamma * (y / base if base else 1.0) + (1 - gamma) * factor
            damped = phi
            steps = 1
        else:
            steps = i - len(values) + 1
            damped += phi**steps
        out[i] = (level + damped * trend) * (seasons[i % season] if season else 1.0)
    return out


def _bounded(p: Point, season: int) -> Point:
    count = 4 if season else 3
    return [min(max(v, 0.0), 1.0) for v in p[:count]] + list(p[count:])


def _error(values: Floats, season: int, p: Point) -> float:
    count = 4 if season else 3
    if any(v < 0 or v > 1 for v in p[:count]):
        return math.inf
    fitted = _run(values, len(values), season, p)
    delta = (fitted - values)[~np.isnan(values)]
    return float((delta**2).sum())


def minimize(
    cost: Callable[[Point], float], start: Point, step: float = 0.5, rounds: int = 1000
) -> tuple[Point, float]:
    """Nelder and Mead's simplex search from a point."""
    size = len(start)
    simplex = [(list(start), cost(start))]
    for i in range(size):
        other = list(start)
        other[i] += step * (abs(other[i]) if abs(other[i]) > 1 else 0.2)
        simplex.append((other, cost(other)))
    for _ in range(rounds):
        simplex.sort(key=lambda item: item[1])
        if abs(simplex[-1][1] - simplex[0][1]) <= 1e-12 * (abs(simplex[0][1]) + 1e-12):
            break
        center = [sum(p[0][i] for p in simplex[:-1]) / size for i in range(size)]
        simplex[-1:] = [_better(cost, simplex, center)] if True else []
        if simplex[-1][1] == math.inf:
            best = simplex[0][0]
            simplex = [simplex[0], *(_shrunk(cost, best, p[0]) for p in simplex[1:])]
    simplex.sort(key=lambda item: item[1])
    return simplex[0]


def _shrunk(cost: Callable[[Point], float], best: Point, point: Point) -> tuple[Point, float]:
    moved = [b + 0.5 * (x - b) for b, x in zip(best, point, strict=True)]
    return moved, cost(moved)


def _better(cost: Callable[[Point], float], simplex: list[tuple[Point, float]], center: Point) -> tuple[Point, float]:
    """What takes the place of the worst point: its reflection, expansion or contraction."""
    worst, worst_cost = simplex[-1]

    def at(factor: float) -> tuple[Point, float]:
        point = [c + factor * (c - w) for c, w in zip(center, worst, strict=True)]
        return point, cost(point)

    reflected = at(1.0)
    if reflected[1] < simplex[0][1]:
        expanded = at(2.0)
        return expanded if expanded[1] < reflected[1] else reflected
    if reflected[1] < simplex[-2][1]:
        return reflected
    contracted = at(0.5) if reflected[1] < worst_cost else at(-0.5)
    if contracted[1] < min(reflected[1], worst_cost):
        return contracted
    return _shrunk(cost, simplex[0][0], worst)
