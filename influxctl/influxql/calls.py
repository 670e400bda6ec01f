"""The calls of a SELECT: each to its points by group and time, windows filled, transformations applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from influxctl.core.times import MAX_TIME, MIN_TIME
from influxctl.influxql import ast, transforms, vector
from influxctl.influxql.aggregates import REDUCERS, Picked, extremes
from influxctl.influxql.analysis import FUNCTIONS as ANALYSIS
from influxctl.influxql.analysis import default_hold, default_warmup
from influxctl.influxql.check import DERIVATIVES, DIFFERENCES, FORECASTS, TRANSFORMS
from influxctl.influxql.fill import fill_windows
from influxctl.influxql.frame import Frame, Segments, segment
from influxctl.influxql.holtwinters import forecast
from influxctl.influxql.load import load, resolve
from influxctl.influxql.merge import by_time
from influxctl.influxql.plan import Plan
from influxctl.influxql.source import Session
from influxctl.influxql.transforms import Stream
from influxctl.influxql.vector import Array, Vector

_SECOND = 1_000_000_000
_POINT_TIMES = ("top", "bottom", "sample")  # they keep the times of their points in windows too
_IN_ORDER = ("top", "bottom", "sample", "distinct")  # ascending within a window also when the newest come first
_NO_FILL = ("distinct", "top", "bottom", "sample", "integral")


Reach = tuple[int, int]  # least and greatest time, both included


@dataclass(slots=True)
class CallResult:
    """Points ascending by group and time. `rows`: the row of the frame that each was picked from, -1 for none."""

    group: Array
    time: Array
    value: Vector
    rows: Array | None = None


def evaluate_calls(plan: Plan, session: Session) -> tuple[Frame, list[CallResult]]:
    """The frame that the calls need, and the points of each call."""
    refs = {
        node.name
        for expr in plan.fields
        for node in ast.walk(expr)
        if isinstance(node, (ast.VarRef, ast.Distinct)) and getattr(node, "type", "") != "tag"
    }
    wanted = {name for name in refs if name in plan.types}
    reaches = [_reach(plan, call) for call in plan.calls.calls]
    reach = min(least for least, _ in reaches), max(greatest for _, greatest in reaches)
    frame = load(plan, wanted, reach, session)
    evaluation = Evaluation(plan, frame, reach, session.check)
    return frame, [evaluation.call(call) for call in plan.calls.calls]


def _reach(plan: Plan, call: ast.Call) -> tuple[int, int]:
    """The times that the call needs: a transformation of windows also looks at the window before the range, of the answer's order."""
    least, greatest = plan.least, plan.greatest
    if plan.windows is None or call.name not in TRANSFORMS or call.name in FORECASTS or call.name == "cumulative_sum":
        return least, greatest
    if isinstance(call.args[0], ast.Call):
        if plan.descending:
            greatest = min(greatest + plan.windows.every, MAX_TIME)
        elif least != MIN_TIME:
            least = max(least - plan.windows.every, MIN_TIME)
    return least, greatest


class Evaluation:
    """Calls over one frame; segments are made once for each field and range."""

    def __init__(self, plan: Plan, frame: Frame, reach: Reach, check: Callable[[], None]) -> None:
        """`check` raises when the answer is not wanted any more."""
        self.plan = plan
        self.check = check
        self.frame = frame
        self.reach = reach
        self._segments: dict[tuple[int, Reach], tuple[Vector, Segments]] = {}

    def call(self, call: ast.Call) -> CallResult:
        """The points of one call of a column."""
        if call.name in TRANSFORMS:
            return self._transform(call)
        return self._aggregate(call, (self.plan.least, self.plan.greatest))

    # -- aggregates and selectors ----------------------------------------------------------------------------------------

    def _column(self, expr: ast.Expr) -> Vector | None:
        """The field an aggregate works on; None if the name is no field."""
        name = expr.name if isinstance(expr, (ast.VarRef, ast.Distinct)) else ""
        if name not in self.frame.columns:
            return None
        ref = expr if isinstance(expr, ast.VarRef) else ast.VarRef(name)
        found = resolve(self.frame, ref)
        return None if found.type == "tag" else found

    def _segment(self, column: Vector, reach: Reach) -> Segments:
        key = (id(column.valid), reach)
        held = self._segments.get(key)
        if held is None:
            mask = column.valid
            if reach != self.reach:
                inside = (self.frame.time >= reach[0]) & (self.frame.time <= reach[1])
                mask = inside if mask is None else mask & inside
            held = self._segments[key] = (column, segment(self.frame, mask, self.plan.windows))
        return held[1]

    def _aggregate(self, call: ast.Call, reach: Reach) -> CallResult:
        if call.name == "count" and not isinstance(call.args[0], ast.VarRef):
            return self._count_distinct(call, reach)
        column = self._column(call.args[0])
        if call.name == "integral":
            return self._integral(call, column)
        if column is None:
            return _nothing("float")
        segments = self._segment(column, reach)
        if not len(segments.order):
            return _nothing("integer" if call.name == "count" else column.type)
        return self._fill(self._placed(self._reduce(call, column, segments), call.name, segments), call.name, reach)

    def _reduce(self, call: ast.Call, column: Vector, segments: Segments) -> Picked:
        time = self.frame.time
        if call.name in ("top", "bottom"):
            size = call.args[-1]
            assert isinstance(size, ast.Integer)
            return extremes(segments, column, time, size.value, call.name == "top", self._keys(call.args[1:-1]))
        args = [arg.value for arg in call.args[1:] if isinstance(arg, (ast.Integer, ast.Number))]
        more: list[object] = [True] if call.name == "distinct" and self.plan.descending else []
        if call.name in ("first", "last"):
            more = [self.frame.series]
        return REDUCERS[call.name](segments, column, time, [*args, *more])

    def _keys(self, refs: tuple[ast.Expr, ...]) -> Array | None:
        """A number for each combination of these tags and fields."""
        keys: Array | None = None
        for ref in refs:
            assert isinstance(ref, ast.VarRef)
            found = np.unique(resolve(self.frame, ref).values, return_inverse=True)[1]
            keys = found if keys is None else keys * (int(found.max(initial=0)) + 1) + found
        return keys

    def _placed(self, picked: Picked, name: str, segments: Segments) -> CallResult:
        """The points with their group and time: that of the window, of the range, or of the point picked."""
        if self.plan.descending and name in _IN_ORDER:
            picked = _turned(picked)
        index = picked.segment
        group = segments.group if index is None else segments.group[index]
        own_time = name in _POINT_TIMES or (self.plan.windows is None and self._picks_times(name))
        if own_time and picked.rows is not None:
            return CallResult(group, self.frame.time[picked.rows], picked.value, picked.rows)
        if self.plan.windows is not None:
            time = segments.window if index is None else segments.window[index]
        else:
            time = np.full(len(group), 0 if self.plan.least == MIN_TIME else self.plan.least)
        return CallResult(group, time, picked.value, picked.rows)

    def _picks_times(self, name: str) -> bool:
        return self.plan.calls.selector is not None and name == self.plan.calls.selector.name

    def _count_distinct(self, call: ast.Call, reach: Reach) -> CallResult:
        inner = call.args[0]
        column = self._column(inner.args[0] if isinstance(inner, ast.Call) else inner)
        if column is None:
            return _nothing("integer")
        segments = self._segment(column, reach)
        if not len(segments.order):
            return _nothing("integer")
        picked = REDUCERS["distinct"](segments, column, self.frame.time, [])
        assert picked.segment is not None
        counts = np.bincount(picked.segment, minlength=len(segments.starts)).astype(np.int64)
        return self._fill(self._placed(Picked(Vector("integer", counts)), "count", segments), "count", reach)

    def _fill(self, result: CallResult, name: str, reach: Reach) -> CallResult:
        plan = self.plan
        if plan.windows is None or name in _NO_FILL or plan.fill.kind == "none":
            return result
        fill = plan.fill
        if name == "count" and fill.kind == "null":
            fill = ast.Fill("number", 0)
        filled = fill_windows(
            result.group,
            result.time,
            result.value,
            result.rows,
            plan.windows,
            fill,
            *reach,
            plan.descending,
        )
        return CallResult(*filled)

    # -- transformations -------------------------------------------------------------------------------------------------

    def _stream(self, column: Vector) -> Stream:
        """The points of a field in each group, by time."""
        frame = self.frame
        mask = column.valid
        if mask is not None:
            frame = replace(frame, columns={"": column}).filter(mask)
            column = frame.columns[""]
        order = by_time(frame, [], self.plan.descending)
        stream = Stream(frame.gids, frame.time, Vector(column.type, column.values))
        return stream if order is None else stream.take(order)

    def _integral(self, call: ast.Call, column: Vector | None) -> CallResult:
        if column is None:
            return _nothing("float")
        unit = call.args[1].ns if len(call.args) > 1 and isinstance(call.args[1], ast.DurationLiteral) else _SECOND
        stream = self._turn(self._stream(column))
        result = self._result(transforms.integral(stream, unit, self.plan.windows, self.plan.descending))
        if self.plan.windows is None and column.type != "float" and self.plan.least != MIN_TIME:
            result.time[:] = (
                self.plan.least
            )  # integers have the time of the range here, floats have not (1.6; floats also 2.9)
        return result

    def _turn(self, stream: Stream) -> Stream:
        return stream.take(np.arange(len(stream.group))[::-1]) if self.plan.descending else stream

    def _result(self, stream: Stream) -> CallResult:
        stream = self._turn(stream)
        return CallResult(stream.group, stream.time, stream.value)

    def _transform(self, call: ast.Call) -> CallResult:
        inner = call.args[0]
        if isinstance(inner, ast.Call):
            result = self._aggregate(inner, _reach(self.plan, call))
            there = np.flatnonzero(result.value.mask())
            value = result.value.take(there)
            stream = Stream(result.group[there], result.time[there], Vector(value.type, value.values))
        else:
            column = self._column(inner)
            if column is None:
                return _nothing("float")
            stream = self._stream(column)
        return self._result(self._apply(call, self._turn(stream)))

    def _apply(self, call: ast.Call, stream: Stream) -> Stream:
        name = call.name
        every = self.plan.windows.every if self.plan.windows else 0
        unit = call.args[1].ns if len(call.args) > 1 and isinstance(call.args[1], ast.DurationLiteral) else 0
        if name in DERIVATIVES:
            negative = name == "non_negative_derivative"
            return transforms.derivative(stream, unit or every or _SECOND, negative, self.plan.descending)
        if name in DIFFERENCES:
            return transforms.difference(stream, name == "non_negative_difference")
        if name == "elapsed":
            return transforms.elapsed(stream, unit or 1)
        if name == "cumulative_sum":
            return transforms.cumulative_sum(stream)
        numbers = [arg.value for arg in call.args[1:] if isinstance(arg, ast.Integer)]
        if name == "moving_average":
            return transforms.moving_average(stream, numbers[0])
        if name in FORECASTS:
            return _forecast(stream, numbers[0], numbers[1], every, name == "holt_winters_with_fit", self.check)
        warmup = next((arg.value for arg in call.args if isinstance(arg, ast.String)), default_warmup(name))
        hold = numbers[1] if len(numbers) > 1 and numbers[1] >= 0 else default_hold(name, numbers[0], warmup)
        return _analyse(stream, name, numbers[0], hold, warmup)


def _turned(picked: Picked) -> Picked:
    """The points of each segment in the opposite order."""
    assert picked.segment is not None
    order = np.lexsort((-np.arange(len(picked.segment)), picked.segment))
    rows = None if picked.rows is None else picked.rows[order]
    return Picked(picked.value.take(order), rows, picked.segment[order])


def _nothing(kind: str) -> CallResult:
    empty = np.zeros(0, dtype=np.int64)
    return CallResult(empty, empty, vector.nulls(kind, 0), empty)


def _analyse(stream: Stream, name: str, period: int, hold: int, warmup: str) -> Stream:
    values = stream.numbers(name)
    index, found = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for low, high in transforms.bounds(stream):
        result = ANALYSIS[name](values[low:high].tolist(), period, warmup)
        index.append(np.arange(low + hold, high))
        found.append(np.array(result[hold:], dtype=np.float64))
    places = np.concatenate(index)
    return Stream(stream.group[places], stream.time[places], Vector("float", np.concatenate(found)))


def _forecast(stream: Stream, ahead: int, season: int, every: int, with_fit: bool, check: Callable[[], None]) -> Stream:
    values = stream.numbers("holt_winters")
    groups, times, found = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for low, high in transforms.bounds(stream):
        known = stream.time[low:high].tolist()
        result, steps = forecast(known, values[low:high].tolist(), ahead, season, every, check)
        at = np.arange(len(result), dtype=np.int64)
        time = known[0] + at * every if with_fit else known[-1] + (at - steps + 1) * every
        numbers = np.array(result)
        keep = ~np.isnan(numbers) & (with_fit | (at >= steps))
        groups.append(np.full(int(keep.sum()), stream.group[low]))
        times.append(time[keep])
        found.append(numbers[keep])
    return Stream(np.concatenate(groups), np.concatenate(times), Vector("float", np.concatenate(found)))
