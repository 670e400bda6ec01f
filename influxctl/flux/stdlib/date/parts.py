"""date: the builtins. `t` may be a time or a duration relative to now."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import Invalid
from influxctl.core.times import NS, Duration
from influxctl.flux.stdlib import builtin, constant
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib.date.calendar import Place, add, truncate
from influxctl.flux.values import Record, Time, type_of, wrap_int

_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
for _number, _name in enumerate(_NAMES, 1):
    constant("date", _name, _number)
for _number, _name in enumerate(("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")):
    constant("date", _name, _number)


def moment(ctx: Any, t: Any, place: Place) -> int:
    """Nanoseconds of a time, or of now moved by a duration."""
    if isinstance(t, Duration):
        return add(int(ctx.now), t, place)
    if isinstance(t, Time):
        return t
    raise Invalid(f"value is not a time, got {type_of(t)}")


def _register(name: str, part: Any) -> None:
    """A function of a time and a location that reads one part of the local date."""

    def function(ctx: Any, t: Any, location: Record) -> int:
        place = Place(location)
        return int(part(place.datetime(moment(ctx, t, place))))

    builtin("date", name)(no_nulls(function))


_register("_year", lambda d: d.year)
_register("_quarter", lambda d: (d.month + 2) // 3)
_register("_month", lambda d: d.month)
_register("_monthDay", lambda d: d.day)
_register("_week", lambda d: d.isocalendar().week)
_register("_weekDay", lambda d: d.isoweekday() % 7)
_register("_yearDay", lambda d: d.timetuple().tm_yday)
_register("_hour", lambda d: d.hour)
_register("_minute", lambda d: d.minute)


def _register_fraction(name: str, unit: int, count: int) -> None:
    """A function of a time that gives how many units are in it, of those that make up the next greater one."""

    def function(ctx: Any, t: Any) -> int:
        return moment(ctx, t, Place(None)) // unit % count

    builtin("date", name)(no_nulls(function))


_register_fraction("second", NS["s"], 60)
_register_fraction("millisecond", NS["ms"], 1000)
_register_fraction("microsecond", NS["us"], 1_000_000)
_register_fraction("nanosecond", 1, 1_000_000_000)


@builtin("date", "_time")
@no_nulls
def time(ctx: Any, t: Any, location: Record) -> Time:
    """The time itself, or now moved by a duration."""
    return Time(moment(ctx, t, Place(location)))


@builtin("date", "_truncate")
@no_nulls
def truncate_time(ctx: Any, t: Any, unit: Duration, location: Record) -> Time:
    """The start of the interval that holds `t`."""
    place = Place(location)
    return truncate(moment(ctx, t, place), unit, place)


@builtin("date", "_add")
@no_nulls
def add_duration(ctx: Any, d: Duration, to: Any, location: Record) -> Time:
    """`to` moved forward by `d`."""
    place = Place(location)
    return add(moment(ctx, to, place), d, place)


@builtin("date", "_sub")
@no_nulls
def subtract_duration(ctx: Any, d: Duration, from_: Any, location: Record) -> Time:
    """`from` moved back by `d`."""
    place = Place(location)
    return add(moment(ctx, from_, place), -d, place)


@builtin("date", "scale")
@no_nulls
def scale(d: Duration, n: int) -> Duration:
    """`d` taken `n` times."""
    return Duration(wrap_int(d.months * n), wrap_int(d.ns * n))
