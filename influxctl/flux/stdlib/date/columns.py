"""date: the forms over columns of times, for row functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.times import NS, Duration
from influxctl.flux.stdlib.date.calendar import Place, check_interval
from influxctl.flux.values import Record
from influxctl.flux.vectors import Vector, column_form


def _times(t: Any) -> pl.Series | None:
    """The nanoseconds of a column of times without nulls."""
    return t.series if isinstance(t, Vector) and t.kind == "time" and not t.series.null_count() else None


def _clock(t: Any, location: Any) -> pl.Series | None:
    """What the clocks of a place show, as datetimes."""
    times = _times(t)
    if times is None or not isinstance(location, Record):
        return None
    place = Place(location)
    if place.fixed:
        return (times + place.offset).cast(pl.Datetime("ns"))
    local = times.cast(pl.Datetime("ns")).dt.replace_time_zone("UTC").dt.convert_time_zone(location["zone"])
    return (local.dt.replace_time_zone(None).cast(pl.Int64) + place.offset).cast(pl.Datetime("ns"))


_PARTS: dict[str, Callable[[pl.Series], pl.Series]] = {
    "_year": lambda s: s.dt.year(),
    "_quarter": lambda s: s.dt.quarter(),
    "_month": lambda s: s.dt.month(),
    "_monthDay": lambda s: s.dt.day(),
    "_week": lambda s: s.dt.week(),
    "_weekDay": lambda s: s.dt.weekday() % 7,
    "_yearDay": lambda s: s.dt.ordinal_day(),
    "_hour": lambda s: s.dt.hour(),
    "_minute": lambda s: s.dt.minute(),
}


def _register(name: str, part: Callable[[pl.Series], pl.Series]) -> None:
    def form(t: Any, location: Any) -> Vector | None:
        clock = _clock(t, location)
        return Vector("int", part(clock).cast(pl.Int64)) if clock is not None else None

    column_form("date", name)(form)


for _name, _part in _PARTS.items():
    _register(_name, _part)


def _register_fraction(name: str, unit: int, count: int) -> None:
    def form(t: Any) -> Vector | None:
        times = _times(t)
        return Vector("int", pl.Series(times.to_numpy() // unit % count)) if times is not None else None

    column_form("date", name)(form)


for _name, _unit, _count in (
    ("second", NS["s"], 60),
    ("millisecond", NS["ms"], 1000),
    ("microsecond", NS["us"], 1_000_000),
    ("nanosecond", 1, 1_000_000_000),
):
    _register_fraction(_name, _unit, _count)


@column_form("date", "_truncate")
def truncate_column(t: Any, unit: Any, location: Any) -> Vector | None:
    """The starts of intervals, where the place's clock never jumps."""
    times = _times(t)
    if times is None or not isinstance(unit, Duration) or not isinstance(location, Record):
        return None
    place = Place(location)
    check_interval(unit)
    if not place.fixed:
        return None
    clock = times.to_numpy() + place.offset
    if unit.months:
        months = clock.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
        start = (months - months % unit.months).astype("datetime64[M]").astype("datetime64[ns]").astype(np.int64)
    else:
        start = clock - clock % unit.ns
    return Vector("time", pl.Series(start - place.offset))


@column_form("date", "_add")
def add_column(d: Any, to: Any, location: Any) -> Vector | None:
    """Times moved by a span without months, where the place's clock never jumps."""
    return _moved(to, d, location, 1)


@column_form("date", "_sub")
def subtract_column(d: Any, from_: Any, location: Any) -> Vector | None:
    """Times moved back by a span without months, where the place's clock never jumps."""
    return _moved(from_, d, location, -1)


def _moved(t: Any, span: Any, location: Any, sign: int) -> Vector | None:
    times = _times(t)
    if times is None or not isinstance(span, Duration) or span.months or not isinstance(location, Record):
        return None
    return Vector("time", pl.Series(times.to_numpy() + sign * span.ns)) if Place(location).fixed else None
