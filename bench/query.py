"""Time of queries in process: `python bench/query.py [word …]`, a line a case whose name holds one of the words.

A fresh server gets 216,000 lines (100 hosts, 6 hours, 10 s apart, 10 tags, 10 floats) and is asked through its WSGI app, without sockets.
Each case runs --rounds times; shown are the least and the median wall time and the CPU time of the whole process a query, in ms.

    python bench/query.py --save old.json; …; python bench/query.py --against old.json      compare two states of the code
    python bench/query.py --flushed                 what is read stands in segments, not in memory
    python bench/query.py --profile flux/last       where one case spends its time
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import statistics
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np

from influxctl.testing.server import LocalServer, local_server

START = 1_767_225_600  # 2026-01-01T00:00:00Z
FIELDS = ["user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"]
TAGS = "region=eu-west-{},datacenter=eu-west-{}a,rack={},os=Ubuntu16.10,arch=x64,team=NYC,service=7,version=0,env=test"

_ALL = "start: 2026-01-01T00:00:00Z, stop: 2026-01-01T06:00:00Z"
_HOUR = "start: 2026-01-01T02:00:00Z, stop: 2026-01-01T03:00:00Z"
_USER = '|> filter(fn: (r) => r._field == "usage_user")'
_SCHEMA = 'import "influxdata/influxdb/schema"\nschema.'
_MINUTE = "|> aggregateWindow(every: 1m, fn: max, createEmpty: false)"
_PIVOT = '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
_IN_HOUR = "time >= '2026-01-01T02:00:00Z' AND time < '2026-01-01T03:00:00Z'"


def _cpu(bounds: str, *steps: str) -> str:
    return "\n  ".join(
        ['from(bucket: "my-bucket")', f"|> range({bounds})", '|> filter(fn: (r) => r._measurement == "cpu")', *steps]
    )


def _hosts(count: int) -> str:
    return "|> filter(fn: (r) => " + " or ".join(f'r.hostname == "host_{7 + 4 * i}"' for i in range(count)) + ")"


def _few(*steps: str) -> str:
    """20 hosts, one field, an hour: 7,200 rows."""
    return _cpu(_HOUR, _USER, _hosts(20), *steps)


def _two(join: str) -> str:
    system = '|> filter(fn: (r) => r._field == "usage_system")'
    return f"a = {_cpu(_HOUR, _USER, _hosts(3))}\nb = {_cpu(_HOUR, system, _hosts(3))}\n{join}"


CASES = {
    "flux/array": 'import "array"\narray.from(rows: [{_value: 1, a: "x"}])',
    "flux/buckets": 'buckets() |> filter(fn: (r) => r.name == "my-bucket") |> keep(columns: ["name"])',
    "flux/one-hour": _cpu(_HOUR, _hosts(1)),
    "flux/raw": _cpu(_ALL, _USER),
    "flux/minutes": _cpu(_HOUR, _USER, _hosts(1), '|> group(columns: ["_field"])', _MINUTE),
    "flux/hours": _cpu(_ALL, '|> group(columns: ["_field", "hostname"])', "|> aggregateWindow(every: 1h, fn: mean)"),
    "flux/last": _cpu(_ALL, '|> group(columns: ["hostname", "_field"])', "|> last()"),
    "flux/pivot-filter": _cpu(_ALL, _PIVOT, "|> filter(fn: (r) => r.usage_user > 90.0)"),
    "flux/count": _cpu(_ALL, "|> count()"),
    "flux/mean-of-all": _cpu(_ALL, _USER, "|> group()", "|> mean()"),
    "flux/map": _few("|> map(fn: (r) => ({r with _value: r._value * 2.0 + 1.0}))"),
    "flux/map-text": _cpu(
        _ALL, _USER, '|> map(fn: (r) => ({r with level: if r._value > 50.0 then "hi" else "lo"}))',
        '|> group(columns: ["level"])', "|> count()"),
    "flux/derivative": _few("|> derivative(unit: 1s, nonNegative: true)"),
    "flux/difference": _few("|> difference()"),
    "flux/moving-average": _few("|> movingAverage(n: 10)"),
    "flux/cumulative-sum": _few("|> cumulativeSum()"),
    "flux/top": _few("|> group()", "|> top(n: 10)"),
    "flux/sort": _few('|> sort(columns: ["_value"], desc: true)'),
    "flux/quantile": _few('|> quantile(q: 0.95, method: "exact_mean")'),
    "flux/distinct": _cpu(_ALL, _USER, "|> group()", '|> distinct(column: "hostname")'),
    "flux/fill": _cpu(_HOUR, _USER, _hosts(5), "|> aggregateWindow(every: 5s, fn: mean)", "|> fill(usePrevious: true)"),
    "flux/histogram": _few("|> group()", "|> histogram(bins: [10.0, 25.0, 50.0, 75.0, 100.0])"),
    "flux/reduce": _few(
        "|> reduce(identity: {n: 0, s: 0.0}, fn: (r, accumulator) => "
        "({n: accumulator.n + 1, s: accumulator.s + r._value}))"),
    "flux/join": _two('join(tables: {a: a, b: b}, on: ["_time", "hostname"])'),
    "flux/union": _two('union(tables: [a, b]) |> group(columns: ["hostname"]) |> mean()'),
    "flux/measurements": f'{_SCHEMA}measurements(bucket: "my-bucket", {_ALL})',
    "flux/tag-values": f'{_SCHEMA}tagValues(bucket: "my-bucket", tag: "hostname", {_ALL})',
    "flux/field-keys": f'{_SCHEMA}measurementFieldKeys(bucket: "my-bucket", measurement: "cpu", {_ALL})',
    "influxql/show-measurements": "SHOW MEASUREMENTS",
    "influxql/show-tag-values": 'SHOW TAG VALUES FROM cpu WITH KEY = "hostname"',
    "influxql/show-field-keys": "SHOW FIELD KEYS FROM cpu",
    "influxql/show-series": "SHOW SERIES FROM cpu LIMIT 50",
    "influxql/one-hour": f"SELECT * FROM cpu WHERE hostname = 'host_7' AND {_IN_HOUR}",
    "influxql/raw": "SELECT usage_user FROM cpu",
    "influxql/minutes": f"SELECT max(usage_user) FROM cpu WHERE hostname = 'host_7' AND {_IN_HOUR} GROUP BY time(1m)",
    "influxql/mean-of-all": "SELECT mean(usage_user) FROM cpu",
    "influxql/last": "SELECT * FROM cpu GROUP BY hostname ORDER BY time DESC LIMIT 1",
}  # fmt: skip


def bodies() -> Iterator[bytes]:
    """The lines, in order of time."""
    rng = np.random.default_rng(3)
    heads = [f"cpu,hostname=host_{h},{TAGS.format(h % 3, h % 3, h % 90)} " for h in range(100)]
    state = rng.random((100, len(FIELDS))) * 100
    for first in range(0, 2160, 50):
        lines = []
        for step in range(first, first + 50):
            state = np.clip(state + rng.normal(0, 1, state.shape), 0, 100)
            for head, row in zip(heads, state.tolist(), strict=True):
                fields = ",".join(f"usage_{name}={value:.13f}" for name, value in zip(FIELDS, row, strict=True))
                lines.append(f"{head}{fields} {(START + 10 * step) * 10**9}")
        yield "\n".join(lines).encode()


def load(server: LocalServer, source: Iterator[bytes]) -> None:
    """Write the lines to the server's bucket."""
    for body in source:
        server.call("POST", f"/api/v2/write?org={server.org}&bucket={server.bucket}", data=body).raise_for_status()


def asker(server: LocalServer, name: str, text: str) -> Callable[[], Iterator[bytes]]:
    """What asks the app one question and gives the pieces of the answer."""
    if name.startswith("influxql/"):
        path, query, media = "/query", f"db={server.bucket}&org={server.org}", "x-www-form-urlencoded"
        body = b"q=" + text.replace("%", "%25").replace("+", "%2B").replace("&", "%26").encode()
    else:
        path, query, media = "/api/v2/query", f"org={server.org}", "json"
        annotations = ["datatype", "group", "default"]
        body = json.dumps({"query": text, "dialect": {"annotations": annotations}}).encode()
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": query, "CONTENT_LENGTH": str(len(body)),
               "CONTENT_TYPE": f"application/{media}", "HTTP_AUTHORIZATION": f"Token {server.token}", "SERVER_NAME": "bench",
               "SERVER_PORT": "0", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "REMOTE_ADDR": "127.0.0.1"}  # fmt: skip
    status: list[str] = []

    def ask() -> Iterator[bytes]:
        status.clear()
        last = b""
        for last in server.adapter.app({**environ, "wsgi.input": BytesIO(body)}, lambda s, h, e=None: status.append(s)):
            yield last
        if not status[0].startswith("200") or b"error,reference" in last[-400:]:
            raise SystemExit(f"{name}: {status[0]} {last[-400:].decode()}")

    return ask


def exhaust(ask: Callable[[], Iterator[bytes]]) -> None:
    """Ask and let go of each piece of the answer, as a server does."""
    for _ in ask():
        pass


def timed(ask: Callable[[], Iterator[bytes]], rounds: int) -> tuple[float, float, float]:
    """Least and median wall time and mean CPU time, in ms."""
    for _ in range(2):
        exhaust(ask)
    walls = []
    cpu = time.process_time()
    for _ in range(rounds):
        begin = time.perf_counter()
        exhaust(ask)
        walls.append(1e3 * (time.perf_counter() - begin))
    return min(walls), statistics.median(walls), 1e3 * (time.process_time() - cpu) / rounds


def profiled(ask: Callable[[], Iterator[bytes]], rounds: int) -> None:
    """Print where the time goes, a query."""
    exhaust(ask)
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(rounds):
        exhaust(ask)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def compared(figures: dict[str, list[float]], old: dict[str, list[float]]) -> None:
    """Print the ratios of CPU time, new to old."""
    both = [name for name in figures if name in old]
    for name in both:
        print(f"{name:34} {old[name][0]:9.2f} → {figures[name][0]:9.2f}  {figures[name][0] / old[name][0]:6.2f}")
    if both:
        print(f"geometric mean {statistics.geometric_mean(figures[n][0] / old[n][0] for n in both):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--flushed", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--against", type=Path)
    args = parser.parse_args()
    figures: dict[str, list[float]] = {}
    with local_server() as server:
        load(server, bodies())
        if args.flushed:
            server.adapter.app.services.points.engine.flush()
        for name, text in CASES.items():
            if args.words and not any(word in name for word in args.words):
                continue
            ask = asker(server, name, text)
            if args.profile:
                profiled(ask, args.rounds)
                continue
            figures[name] = list(timed(ask, args.rounds))
            print(
                f"{name:34} min {figures[name][0]:8.2f}  median {figures[name][1]:8.2f}  CPU {figures[name][2]:8.2f}",
                flush=True,
            )
    if args.save:
        args.save.write_text(json.dumps(figures, indent=1))
    if args.against:
        compared(figures, json.loads(args.against.read_text()))


if __name__ == "__main__":
    main()
