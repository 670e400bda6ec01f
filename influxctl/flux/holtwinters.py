"""holtWinters(): the values that the forecast of core.holtwinters is made from, the search for the best one, and the times of what
comes out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from influxctl.core.errors import Invalid
from influxctl.core.holtwinters import Error, fit, total

SIDE = 0.05  # of the first simplex
SIGNIFICANT = 1e-4  # what the least error must fall by
PATIENCE = 100  # for so many rounds without that


_MOST_STEPS = 10_000_000  # intervals between the first and the last value


class Forecast(NamedTuple):
    """Times and values of the forecast, and the least sum of squared errors."""

    times: list[int]
    values: list[float]
    error: float


def forecast(
    times: list[int], values: list[float], n: int, season: int, with_fit: bool, interval: int, check: Callable[[], None]
) -> Forecast:
    """`n` values after the last one, `interval` nanoseconds apart; with the fitted values in front if `with_fit`. `check` may raise to
    end the search."""
    known, first, last = _steps(times, values, interval)
    found, error = fit(known, n, season, check, minimize, 1.0)
    out = found if with_fit else found[len(known) :]
    start = first if with_fit else last + interval
    return Forecast([start + i * interval for i in range(len(out))], out, error)


def _steps(times: list[int], values: list[float], interval: int) -> tuple[list[float], int, int]:
    """One value an interval from the first that is not NaN: the first of several, NaN where there is none; and the times of the first
    and of the last that counts (0 without a second one)."""
    known: list[float] = []
    first = last = at = 0
    for time, value in zip(times, values, strict=True):
        if not known:
            if not math.isnan(value):
                first, at = time, _nearest(time, interval)
                known.append(value)
            continue
        place = _nearest(time, interval)
        if place <= at:
            continue
        if len(known) + (place - at) // interval > _MOST_STEPS:
            raise Invalid("holtWinters: the interval is too short for the times of the table")
        known += [math.nan] * ((place - at) // interval - 1)
        known.append(value)
        at, last = place, time
    return known, first, last


def _nearest(time: int, interval: int) -> int:
    """The multiple of the interval next to a time, the later of two."""
    whole, rest = divmod(time, interval)
    return (whole + (1 if rest + rest >= interval else 0)) * interval


def minimize(error: Error, start: list[float]) -> tuple[float, list[float]]:
    """Nelder and Mead's search with steps that depend on the number of parameters (Gao and Han), until the least error has stood still
    for a while: that error, and where it is."""
    size = len(start)
    simplex = _Simplex(error, start)
    least = math.nan
    waited = 0
    while waited < PATIENCE:
        now = simplex.corners[0][0]
        if math.isnan(least) or least - now > SIGNIFICANT:
            least, waited = now, 0
        else:
            waited += 1
        if waited < PATIENCE:
            simplex.move(size)
    return simplex.corners[0]


class _Simplex:
    """Corners with their errors, the best first, and the centre of all but the worst."""

    def __init__(self, error: Error, start: list[float]) -> None:
        self.error = error
        places = [[x + SIDE if i == j else x for j, x in enumerate(start)] for i in range(len(start))]
        self.corners = [self._corner(place) for place in [*places, list(start)]]
        self._sort()

    def _corner(self, place: list[float]) -> tuple[float, list[float]]:
        return self.error(list(place)), place

    def _sort(self) -> None:
        self.corners.sort(key=lambda corner: corner[0])
        size = len(self.corners) - 1
        self.centre = [total(column) / size for column in zip(*(place for _, place in self.corners[:-1]), strict=True)]

    def _beyond(self, scale: float) -> tuple[float, list[float]]:
        """The corner on the line from the worst one through the centre."""
        worst = self.corners[-1][1]
        return self._corner([(c - w) * scale + c for c, w in zip(self.centre, worst, strict=True)])

    def _replace(self, corner: tuple[float, list[float]]) -> None:
        """Takes a corner for the worst one."""
        self.corners[-1] = corner
        for i in range(len(self.corners) - 2, -1, -1):
            if self.corners[i][0] < corner[0]:
                break
            self.corners[i], self.corners[i + 1] = self.corners[i + 1], self.corners[i]
        part = 1 / (len(self.corners) - 1)
        worst = self.corners[-1][1]
        self.centre = [c + -part * w + part * x for c, w, x in zip(self.centre, worst, corner[1], strict=True)]

    def move(self, size: int) -> None:
        """One round: the worst corner goes to a better place, or all go nearer to the best."""
        low, second, high = self.corners[0][0], self.corners[-2][0], self.corners[-1][0]
        contraction = 0.75 - 1 / (2 * size)
        mirrored = self._beyond(1.0)
        if low <= mirrored[0] < second:
            self._replace(mirrored)
        elif mirrored[0] < low:
            farther = self._beyond(1 + 2 / size)
            self._replace(farther if farther[0] < mirrored[0] else mirrored)
        elif mirrored[0] < high:
            nearer = self._beyond(contraction)
            self._replace(nearer) if nearer[0] <= mirrored[0] else self._shrink(size)
        else:
            inner = self._beyond(-contraction)
            self._replace(inner) if inner[0] < high else self._shrink(size)

    def _shrink(self, size: int) -> None:
        best = self.corners[0][1]
        keep = 1 - 1 / size
        for i in range(1, len(self.corners)):
            place = self.corners[i][1]
            self.corners[i] = self._corner([(x - b) * keep + b for x, b in zip(place, best, strict=True)])
        self._sort()
