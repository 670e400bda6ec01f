"""Query results as pictures for a terminal: lines over time, bars, heat maps, sparklines.

A series is one table of a result, or one number column of it. Drawn by plotext, which is imported when something is drawn.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from influxctl.core.errors import InfluxctlError
from influxctl.core.times import format_time, parse_time

KINDS = ("line", "bar", "heat", "spark", "scatter")
BLOCKS = "▁▂▃▄▅▆▇█"
SHADES = " ░▒▓█"
MOST_SERIES = 12  # more lines cannot be told apart
_NUMBERS = frozenset({"long", "double", "unsignedLong", "number"})  # InfluxQL says no more than "number"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_TIMES = ("_time", "time")  # of Flux and of InfluxQL
_LEFT_OUT = frozenset({"", "result", "table", "_start", "_stop", *_TIMES})
_FORMATS = ((86_400 * 3, 10), (3600 * 3, 16), (0, 19))  # from so many seconds on, so many characters of a time


@dataclass(slots=True)
class Series:
    """Points of one line. `xs` are nanoseconds if `timed`, else numbers of rows; `label` tells it from the others."""

    label: str
    xs: list[int] = field(default_factory=list)
    ys: list[float] = field(default_factory=list)
    timed: bool = True


def series_of(rows: Iterable[tuple[object, Sequence[str]]]) -> list[Series]:
    """Series of a result (`rows` as of `rows_of`): by group key, and by column where there is more than one of numbers."""
    found: dict[tuple[object, ...], Series] = {}
    keys: dict[tuple[object, ...], dict[str, str]] = {}
    for schema, cells in rows:
        names, types, groups = schema.names, schema.types, schema.groups  # type: ignore[attr-defined]
        time = next((i for i, name in enumerate(names) if name in _TIMES), None)
        numbers = [
            i for i, kind in enumerate(types) if kind in _NUMBERS and not groups[i] and names[i] not in _LEFT_OUT
        ]
        key = {names[i]: cells[i] for i, is_key in enumerate(groups) if is_key and names[i] not in _LEFT_OUT}
        result = cells[names.index("result")] if "result" in names else ""
        for i in numbers:
            if not cells[i]:
                continue
            place = (result, *key.items(), names[i])
            line = found.get(place)
            if line is None:
                line = found[place] = Series("", timed=time is not None and bool(cells[time]))
                keys[place] = {**({"result": result} if result != "_result" else {}), **key, "": names[i]}
            line.xs.append(_moment(cells[time]) if time is not None and line.timed else len(line.xs))
            line.ys.append(float(cells[i]))
    _label(found, keys)
    return list(found.values())


def _moment(text: str) -> int:
    try:
        return parse_time(text)
    except InfluxctlError:
        return 0


def _label(found: dict[tuple[object, ...], Series], keys: dict[tuple[object, ...], dict[str, str]]) -> None:
    """Name series by what tells them apart; a single one by its field."""
    names = list(dict.fromkeys(name for key in keys.values() for name in key))
    telling = [name for name in names if len({key.get(name) for key in keys.values()}) > 1]
    for place, line in found.items():
        key = keys[place]
        parts = [key[name] if name in ("", "_field") else f"{name}={key[name]}" for name in telling if key.get(name)]
        line.label = " ".join(parts) or key.get("_field") or key[""]


def draw(series: Sequence[Series], kind: str, width: int, height: int, *, color: bool, title: str = "") -> str:
    """The picture as text of at most `width` columns and about `height` lines."""
    series = [one for one in series if one.ys]
    if not series:
        return "no numbers to plot\n"
    if kind in ("spark", "heat"):
        return "".join((_spark_lines if kind == "spark" else _heat_lines)(series, width))
    import plotext

    plotext.clear_figure()
    plotext.limitsize(False, False)
    bars = len(series) if len(series) > 1 else len(series[0].ys)
    plotext.plotsize(width, max(5, min(height, 2 * bars + 3) if kind == "bar" else height))
    if title:
        plotext.title(title)
    if kind == "bar":
        _bars(plotext, series)
    else:
        _lines(plotext, series, kind, width)
    if not color:
        plotext.theme("clear")
    text: str = plotext.build()
    plotext.clear_figure()
    lines = (line if color else _ANSI.sub("", line) for line in text.split("\n"))
    left = len(series) - MOST_SERIES
    more = f"({left} more series are not shown)\n" if left > 0 and kind in ("line", "scatter") else ""
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n" + more


def _lines(plotext: object, series: Sequence[Series], kind: str, width: int) -> None:
    shown = series[:MOST_SERIES]
    for one in shown:
        xs, ys = thinned(one.xs, one.ys, 2 * width)
        label = one.label if len(series) > 1 else ""
        (plotext.scatter if kind == "scatter" else plotext.plot)(xs, ys, marker="braille", label=label)  # type: ignore[attr-defined]
    every = [x for one in shown for x in one.xs]
    if all(one.timed for one in shown) and every:
        ticks, labels = time_ticks(min(every), max(every), max(2, width // 24))
        plotext.xticks(ticks, labels)  # type: ignore[attr-defined]


def _bars(plotext: object, series: Sequence[Series]) -> None:
    """A bar for each series, or for each point of a single one; the last on top would be read from below, so it is turned."""
    if len(series) == 1:
        one = series[0]
        labels = [_short(x) for x in one.xs] if one.timed else [str(x) for x in one.xs]
        values = one.ys
    else:
        labels, values = [one.label for one in series], [one.ys[-1] for one in series]
    plotext.bar(labels[::-1], values[::-1], orientation="horizontal", width=0.6)  # type: ignore[attr-defined]


def _heat_lines(series: Sequence[Series], width: int) -> Iterator[str]:
    """A row of shades a series, of its means over slices of time, all on one scale; then the times, and the scale."""
    begin = min(x for one in series for x in one.xs)
    end = max(x for one in series for x in one.xs) + 1
    size = max(len(one.label) for one in series)
    columns = max(10, width - size - 3)
    rows = [_slices(one, begin, end, columns) for one in series]
    low, high = min(map(min, rows)), max(map(max, rows))
    for one, row in zip(series, rows, strict=True):
        yield f"{one.label:{size}} │{''.join(_shade(SHADES, v, low, high) for v in row)}│\n"
    if all(one.timed for one in series):
        _, (first, last) = time_ticks(begin, end - 1, 2)
        yield f"{' ' * size}  {first}{last.rjust(columns - len(first))}\n"
    yield f"{' ' * size}  {SHADES[0]}{low:.4g} {SHADES[1:-1]} {high:.4g}{SHADES[-1]}\n"


def _slices(one: Series, begin: int, end: int, columns: int) -> list[float]:
    """Means of equal slices; an empty slice takes the value before it."""
    sums, counts = [0.0] * columns, [0] * columns
    for x, y in zip(one.xs, one.ys, strict=True):
        place = (x - begin) * columns // (end - begin)
        if math.isfinite(y):
            sums[place] += y
            counts[place] += 1
    found, last = [], next((s / c for s, c in zip(sums, counts, strict=True) if c), 0.0)
    for total, count in zip(sums, counts, strict=True):
        last = total / count if count else last
        found.append(last)
    return found


def thinned(xs: Sequence[int], ys: Sequence[float], most: int) -> tuple[list[int], list[float]]:
    """At most about `most` points: the smallest and the largest of each slice, so that peaks stay."""
    if len(xs) <= most:
        return list(xs), list(ys)
    size = math.ceil(2 * len(xs) / most)
    kept: list[int] = []
    for start in range(0, len(xs), size):
        part = range(start, min(start + size, len(xs)))
        kept += sorted({min(part, key=ys.__getitem__), max(part, key=ys.__getitem__)})
    return [xs[i] for i in kept], [ys[i] for i in kept]


def time_ticks(begin: int, end: int, count: int) -> tuple[list[int], list[str]]:
    """Evenly spaced times (nanoseconds) and how they are written."""
    ticks = [begin + (end - begin) * i // max(1, count - 1) for i in range(count)]
    size = next(chars for seconds, chars in _FORMATS if (end - begin) / 1e9 >= seconds)
    return ticks, [format_time(t // 10**9 * 10**9)[:size].replace("T", " ") for t in ticks]


def _short(x: int) -> str:
    text = format_time(x)
    return text.replace("T00:00:00Z", "").replace("T", " ").removesuffix("Z")


def sparkline(values: Sequence[float], width: int) -> str:
    """Values as a row of blocks, the last `width` slices of them; not a number is a blank."""
    if not values:
        return ""
    size = math.ceil(len(values) / width)
    means = [_mean(values[i : i + size]) for i in range(0, len(values), size)]
    known = [m for m in means if math.isfinite(m)]
    if not known:
        return " " * len(means)
    low, high = min(known), max(known)
    return "".join(_shade(BLOCKS, m, low, high) if math.isfinite(m) else " " for m in means)


def _shade(steps: str, value: float, low: float, high: float) -> str:
    """The step of a scale that a value reaches. Halves are compared: the whole range may be beyond what a float holds."""
    span = high / 2 - low / 2
    return steps[min(len(steps) - 1, int((value / 2 - low / 2) / span * len(steps)))] if span > 0 else steps[0]


def _mean(values: Sequence[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return sum(v / len(finite) for v in finite) if finite else math.nan


def _spark_lines(series: Sequence[Series], width: int) -> Iterator[str]:
    """A line a series: label, sparkline, lowest, highest, last."""
    size = max(len(one.label) for one in series)
    figures = [f"min {min(one.ys):.4g}  max {max(one.ys):.4g}  last {one.ys[-1]:.4g}" for one in series]
    room = max(10, width - size - max(map(len, figures)) - 4)
    for one, text in zip(series, figures, strict=True):
        yield f"{one.label:{size}}  {sparkline(one.ys, room):{min(room, len(one.ys))}}  {text}\n"
