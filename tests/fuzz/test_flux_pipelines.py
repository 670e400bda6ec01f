"""Random Flux pipelines over random tables: an answer or an error of Flux, never a traceback of another kind."""

from __future__ import annotations

import random

import pytest

from influxctl.core.errors import InfluxctlError
from influxctl.flux import ast
from influxctl.flux.errors import FluxErrors
from influxctl.flux.infer import check
from influxctl.flux.interpreter import Run
from influxctl.flux.parser import parse
from influxctl.flux.plan import Plan
from influxctl.flux.run import results_of
from influxctl.flux.world import World

PATHS = (
    "array",
    "csv",
    "experimental",
    "influxdata/influxdb/schema",
    "internal/debug",
    "internal/promql",
    "interpolate",
    "join",
)
TYPES = ("bool", "int", "uint", "float", "string", "time")
VALUES = {
    "bool": ["true", "false"],
    "int": ["0", "1", "-3", "9223372036854775807"],
    "uint": ["uint(v: 0)", "uint(v: -1)", "uint(v: 5)"],
    "float": ["0.0", "-2.5", 'float(v: "NaN")', 'float(v: "+Inf")'],
    "string": ['""', '"a"', '"b"', '"12"'],
    "time": ["2021-01-01T00:00:00Z", "2021-01-01T00:20:00Z", "2020-12-31T23:59:59.5Z"],
}
LABELS = ("_value", "_time", "t", "x", "_start", "_stop", "_field", "nope", "")
DURATIONS = ("1m", "7m", "1h", "1mo", "-5m", "0s", "inf", "1w")
FUNCTIONS = ("mean", "sum", "count", "last", "min", "median", "mode", "stddev", "distinct", "increase", "derivative")
TESTS = ("r._value > 1", "exists r.x", 'r.t == "a"', "r.t =~ /a|b/", "r.nope == 1", "r._value >= 1.0", "not exists r.x")
ROWS = (
    "{r with z: r._value * r._value}",
    "{r with _value: float(v: r._value)}",
    "{r with z: r._value / r._value}",
    '{r with t: r.t + "!"}',
    "{r with z: if exists r.x then r.x else r._value}",
    "{a: r.t, b: r._time}",
    '{r with z: "${r.t}"}',
    "{r with z: r.nope}",
)
OPERATIONS = (
    "count(column: {label})", "sum(column: {label})", "mean()", "min(column: {label})", "first(column: {label})", "spread()",
    "stddev()", "skew()", "mode(column: {label})", "median()", 'quantile(q: 0.5, method: "exact_selector")', "integral(unit: {d})",
    "distinct(column: {label})", "unique(column: {label})", "difference(columns: {labels}, keepFirst: true)", "derivative(unit: {d})",
    "increase()", "cumulativeSum(columns: {labels})", "movingAverage(n: {n})", "exponentialMovingAverage(n: {n})", "tripleEMA(n: {n})",
    "tripleExponentialDerivative(n: {n})", "kaufmansAMA(n: {n})", "chandeMomentumOscillator(n: {n})", "relativeStrengthIndex(n: {n})",
    "elapsed(timeColumn: {label})", "stateDuration(fn: (r) => {test}, unit: {d})", "fill(column: {label}, value: 0.0)",
    "fill(column: {label}, usePrevious: true)", "top(n: {n}, columns: {labels})", "limit(n: {n}, offset: {n})", "tail(n: {n})",
    "sample(n: {n}, pos: 0)", "columns(column: {label})", "keys()", "keyValues(keyColumns: {labels})", "group(columns: {labels})",
    'group(columns: {labels}, mode: "except")', "sort(columns: {labels})", "keep(columns: {labels})", "drop(columns: {labels})",
    "rename(columns: {{_value: {label}}})", "duplicate(column: {label}, as: {label})", 'set(key: {label}, value: "k")',
    'filter(fn: (r) => {test}, onEmpty: "keep")', "map(fn: (r) => ({row}))", "window(every: {d}, period: {d}, offset: {d})",
    "aggregateWindow(every: {d}, fn: {fn})", "aggregateWindow(every: {d}, fn: {fn}, offset: {d}, column: {label})",
    "range(start: 2021-01-01T00:05:00Z, stop: 2021-01-01T01:00:00Z)",
    "pivot(rowKey: {labels}, columnKey: {labels}, valueColumn: {label})",
    'pivot(rowKey: ["_time"], columnKey: ["t"], valueColumn: "_value")', "histogram(bins: [0.0, 1.0, 10.0])",
    "histogramQuantile(quantile: 0.5)", "covariance(columns: {labels})", "timeShift(duration: {d})", "truncateTimeColumn(unit: {d})",
    "hourSelection(start: 1, stop: {n})", "timedMovingAverage(every: {d}, period: {d})", "highestMax(n: {n}, groupColumns: {labels})",
    "toFloat()", "toString()", "toTime()", "schema.fieldsAsCols()", "experimental.unpivot()", "experimental.alignTime()",
    'experimental.group(columns: {labels}, mode: "extend")', "interpolate.linear(every: {d})", "promql.changes()",
    "promql.timestamp()", "debug.slurp()", 'yield(name: "z")',
)  # fmt: skip


class Dice:
    """Random scripts."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def label(self) -> str:
        """A column's label, mostly one that is there."""
        return f'"{self.random.choice(LABELS) if self.random.random() < 0.4 else "_value"}"'

    def labels(self) -> str:
        """Some labels."""
        return f"[{', '.join(self.label() for _ in range(self.random.randint(0, 3)))}]"

    def table(self) -> str:
        """A table of random columns with nulls, grouped and in a range or not."""
        columns = {"_time": "time", "_value": self.random.choice(TYPES[:5]), "t": "string"}
        if self.random.random() < 0.5:
            columns["x"] = self.random.choice(TYPES)
        rows = []
        for _ in range(self.random.randint(1, 6)):
            cells = (
                f"{label}: "
                + (f'debug.null(type: "{t}")' if self.random.random() < 0.2 else self.random.choice(VALUES[t]))
                for label, t in columns.items()
            )
            rows.append(f"{{{', '.join(cells)}}}")
        text = f"array.from(rows: [{', '.join(rows)}])"
        if self.random.random() < 0.4:
            text += ' |> group(columns: ["t"])'
        return text + (
            " |> range(start: 2020-12-31T00:00:00Z, stop: 2021-01-02T00:00:00Z)" if self.random.random() < 0.5 else ""
        )

    def pipeline(self) -> str:
        """A table and up to four operations."""
        text = self.table()
        for _ in range(self.random.randint(1, 4)):
            text += " |> " + self.random.choice(OPERATIONS).format(
                label=self.label(),
                labels=self.labels(),
                d=self.random.choice(DURATIONS),
                n=self.random.choice(("0", "1", "2", "3", "-1")),
                fn=self.random.choice(FUNCTIONS),
                test=self.random.choice(TESTS),
                row=self.random.choice(ROWS),
            )
        return text

    def script(self) -> str:
        """A pipeline, or two that are put together."""
        kind = self.random.random()
        body = self.pipeline()
        if kind < 0.1:
            functions = "on: (l, r) => l._value == r._value, as: (l, r) => ({l with z: r._value})"
            body = f"join.full(left: {body}, right: {self.pipeline()}, {functions})"
        elif kind < 0.2:
            body = f"union(tables: [{body}, {self.pipeline()}])"
        return "".join(f'import "{path}"\n' for path in PATHS) + body


def run(script: str) -> None:
    """Runs a script to its last row."""
    file = parse(script)
    errors = file.errors or check(ast.package_of(file))
    if errors:
        raise FluxErrors(errors)
    state = Run(World())
    state.execute(file)
    plan = Plan([stream for _, stream in results_of(state.outputs)])
    for root in plan.roots:
        for block in plan.run(root):
            assert {c.label for c in block.columns if not c.key} == set(block.rows.columns[1:])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy tells of NaN and infinities, which are values here
@pytest.mark.parametrize("seed", range(8))
def test_random_pipelines_end_in_an_answer_or_an_error_of_flux(seed: int) -> None:
    dice = Dice(seed)
    answered = 0
    for _ in range(60):
        script = dice.script()
        try:
            run(script)
            answered += 1
        except (FluxErrors, InfluxctlError):
            continue
        except Exception as error:
            raise AssertionError(f"{error!r} from\n{script}") from error
    assert answered > 5, "the scripts are hardly ever right: the test tells nothing"


@pytest.mark.parametrize(
    "call",
    [
        "linearBins(start: 0.0, width: 1.0, count: 9223372036854775807)",
        'array.from(rows: [{_value: 1}]) |> movingAverage(n: debug.null(type: "int"))',
        'array.from(rows: [{_value: 1}]) |> yield(name: debug.null(type: "string"))',
        'array.from(rows: [{a: "", b: 1}]) |> pivot(rowKey: ["b"], columnKey: ["a"], valueColumn: "b")',
        'cov(x: 1, y: 2, on: ["a"])',
        "array.from(rows: [{_time: 2021-01-01T00:00:00Z, _value: 1}]) |> range(start: 290y, stop: 291y)",
        "array.from(rows: [{_time: 2021-01-01T00:00:00Z, _value: 1.0}, {_time: 2022-01-01T00:00:00Z, _value: 1.0}])"
        " |> interpolate.linear(every: 1ns)",
    ],
)
def test_impossible_arguments_are_errors_of_flux(call: str) -> None:
    with pytest.raises((FluxErrors, InfluxctlError)):
        run("".join(f'import "{path}"\n' for path in PATHS) + call)
