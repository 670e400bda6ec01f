"""Writes, overwrites, deletes, queries, merges and kill -9 for half an hour: nothing lost, memory flat, no descriptor leak.

    python bench/soak.py 'influxctl local serve --port {port} --data-dir {dir}' [--minutes 30] [--kills 50] [--rate 8] [--keep 3000]

Writers send bodies of 200 lines at `--rate` bodies a second together, now and then an earlier body with other values, now and then a
delete of some bodies. What was acknowledged is kept in a dictionary; a request under way at a kill may be there as a whole or not at all.
After each kill, and at the end, every body is counted and summed by a query and compared. Exit 1 when anything differs.
When there are more than `--keep` bodies, the oldest are deleted: the amount of data becomes steady, as under a retention rule, and so must
the memory. It is told for each minute; of the second half also how far it strays, and its slope. `--keep 0` keeps everything.
"""

from __future__ import annotations

import argparse
import calendar
import json
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from write_http import SECOND, START, Connection, Server, query, request, write

ROWS = 200
WRITERS = 3
OLD = 20  # bodies of a writer that are too many before they are deleted, all at once


@dataclass
class Body:
    """A body's possible states: versions of its values, 0 for deleted. More than one while a request about it is open."""

    states: set[int]


@dataclass
class Model:
    """What must be there."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    bodies: dict[tuple[int, int], Body] = field(default_factory=dict)
    requests: int = 0
    deletes: int = 0
    overwrites: int = 0
    refused: int = 0


def lines(writer: int, number: int, version: int) -> bytes:
    """Body `number` of a writer: its rows stand in one second of their own."""
    base = START + number * SECOND
    return "\n".join(
        f'soak,writer={writer},host=h{row % 10} v={version * 1000 + row % 7}i,f={number}.{row:03},s="{number}-{row}" {base + row}'
        for row in range(ROWS)
    ).encode()


def total(version: int) -> int:
    """The sum of `v` of a body."""
    return sum(version * 1000 + row % 7 for row in range(ROWS))


class Load:
    """The clients."""

    def __init__(self, server: Server, rate: float, keep: int = 0) -> None:
        self.server, self.rate, self.keep = server, rate, keep // WRITERS
        self.oldest = [0] * WRITERS  # the first body of each writer that was not deleted for its age
        self.model = Model()
        self.running = threading.Event()
        self.ended = False
        self.idle = threading.Semaphore(0)
        self.query_times: list[float] = []
        self.write_times: list[float] = []
        self.threads = [threading.Thread(target=self._write, args=(w,), daemon=True) for w in range(WRITERS)]
        self.threads += [threading.Thread(target=self._read, daemon=True)]
        for thread in self.threads:
            thread.start()
        self.pause()

    def pause(self) -> None:
        """Let open requests end (or fail)."""
        self.running.clear()
        for _ in self.threads:
            self.idle.acquire()

    def _turns(self):  # type: ignore[no-untyped-def]
        """A connection, again and again, while the load runs; waits while it pauses."""
        connection, port = None, 0
        while not self.ended:
            if not self.running.is_set():
                self.idle.release()
                self.running.wait()
                connection = None
                continue
            try:
                if connection is None or connection.broken or port != self.server.port:
                    connection, port = Connection(self.server.port), self.server.port
                yield connection
            except OSError:
                connection = None
                time.sleep(0.05)

    def _send(self, connection: Connection, raw: bytes) -> bool | None:
        """Whether a request was acknowledged; None when the server died over it."""
        try:
            status, body = connection.send(raw)
        except (OSError, SystemExit):
            return None
        if status != 204:
            self.model.refused += 1
            print(f"refused: {status} {body[:200]!r}", flush=True)
        return status == 204

    def _change(self, connection: Connection, keys: list[tuple[int, int]], state: int, raw: bytes) -> bool | None:
        """Send a request that brings bodies into a state."""
        model = self.model
        with model.lock:
            before = {key: set(model.bodies[key].states) if key in model.bodies else {0} for key in keys}
            for key in keys:
                model.bodies[key] = Body(before[key] | {state})
        begin = time.perf_counter()
        done = self._send(connection, raw)
        if done:
            self.write_times.append(time.perf_counter() - begin)
        with model.lock:
            model.requests += 1
            for key in keys:
                if done is not None:
                    model.bodies[key] = Body({state} if done else before[key])
        return done

    def _write(self, writer: int) -> None:
        rng, number, pace = random.Random(writer), 0, WRITERS / self.rate
        due = time.monotonic()
        for connection in self._turns():
            due = max(due + pace, time.monotonic() - 1)
            chance = rng.random()
            oldest = self.oldest[writer]
            if self.keep and number - oldest > self.keep + OLD:
                end = number - self.keep
                if self._delete(connection, writer, [(writer, n) for n in range(oldest, end)]):
                    self.oldest[writer] = end
                continue
            own = [key for key in ((writer, rng.randrange(oldest, number + 1)),) if key in self.model.bodies]
            if own and chance < 0.1 and len(self.model.bodies[own[0]].states) == 1:
                version = max(self.model.bodies[own[0]].states) + 1
                if self._change(connection, own, version, write(lines(*own[0], version))):
                    self.model.overwrites += 1
            elif number > oldest + 20 and chance < 0.13:
                first = rng.randrange(oldest, number - 10)
                keys = [
                    (writer, n) for n in range(first, first + rng.randrange(1, 8)) if (writer, n) in self.model.bodies
                ]
                if keys:
                    self._delete(connection, writer, keys)
            else:
                self._change(connection, [(writer, number)], 1, write(lines(writer, number, 1)))
                number += 1
            time.sleep(max(0.0, due - time.monotonic()))

    def _delete(self, connection: Connection, writer: int, keys: list[tuple[int, int]]) -> bool | None:
        """Delete neighbouring bodies."""
        span = {
            "start": stamp(keys[0][1], 0),
            "stop": stamp(keys[-1][1], ROWS),
            "predicate": f'writer="{writer}"',
        }
        raw = request("/api/v2/delete?org=o&bucket=b", json.dumps(span).encode(), Content_Type="application/json")
        done = self._change(connection, keys, 0, raw)
        self.model.deletes += bool(done)
        return done

    def _read(self) -> None:
        texts = [
            'from(bucket: "b") |> range(start: 0) |> filter(fn: (r) => r._field == "f" and r.host == "h3") |> last()',
            'from(bucket: "b") |> range(start: 0) |> filter(fn: (r) => r._field == "v" and r.writer == "1") |> mean()',
            'from(bucket: "b") |> range(start: {}, stop: {}) |> filter(fn: (r) => r._field == "s")',
        ]
        for turn, connection in enumerate(self._turns()):
            begin = time.perf_counter()
            try:
                first = min(self.oldest)
                status, body = connection.send(query(texts[turn % 3].format(stamp(first, 0), stamp(first + 120, 0))))
                if status != 200:
                    print(f"query: {status} {body[:200]!r}", flush=True)
                self.query_times.append(time.perf_counter() - begin)
            except (OSError, SystemExit):
                continue
            time.sleep(0.5)


def stamp(number: int, offset: int) -> str:
    """The time of a row of a body, as RFC 3339."""
    seconds = START // SECOND + number
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{offset:09d}Z"


def stored(server: Server, function: str) -> dict[tuple[int, int], int]:
    """For each body the count or sum of its rows' `v`."""
    text = (
        'from(bucket: "b") |> range(start: 2015-01-01T00:00:00Z) |> filter(fn: (r) => r._field == "v")'
        f' |> group(columns: ["writer"]) |> aggregateWindow(every: 1s, fn: {function}, createEmpty: false, timeSrc: "_start")'
        ' |> keep(columns: ["writer", "_time", "_value"])'
    )
    status, body = Connection(server.port).send(query(text))
    if status != 200:
        raise SystemExit(f"query: {status} {body[:300]!r}")
    found: dict[tuple[int, int], int] = {}
    head: list[str] = []
    for line in body.decode().splitlines():
        cells = line.split(",")
        if "_value" in cells:
            head = cells
        elif len(cells) == len(head) and head:
            row = dict(zip(head, cells, strict=True))
            moment = time.strptime(row["_time"], "%Y-%m-%dT%H:%M:%SZ")
            number = int((calendar.timegm(moment) * SECOND - START) // SECOND)
            found[int(row["writer"]), number] = int(row["_value"])
    return found


def wrong(server: Server, model: Model) -> list[str]:
    """Every body that is not in a state it may be in; what it is in is taken as its state from now on."""
    counts, sums = stored(server, "count"), stored(server, "sum")
    bad = []
    for key, body in model.bodies.items():
        count, value = counts.pop(key, 0), sums.get(key, 0)
        fits = [state for state in body.states if (count, value) == ((ROWS, total(state)) if state else (0, 0))]
        if not fits:
            bad.append(f"body {key}: {count} rows with the sum {value}, it may be in {sorted(body.states)}")
        else:
            body.states = {fits[0]}
    return bad + [f"body {key}: never written, {count} rows" for key, count in counts.items()]


def descriptors(server: Server) -> int:
    """Open file descriptors of the server."""
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


@dataclass
class Memory:
    """The server's memory over time: seconds since the begin and MiB, sampled all the time and after the comparison that follows a kill."""

    always: list[tuple[float, int]] = field(default_factory=list)
    compared: list[tuple[float, int]] = field(default_factory=list)

    def told(self, seconds: float) -> str:
        """The figures of a run of so many seconds."""
        minutes: dict[int, list[int]] = {}
        for moment, size in self.always:
            minutes.setdefault(int(moment // 60), []).append(size)
        lines = ["memory by minute (median, MiB): " + " ".join(f"{statistics.median(v):.0f}" for v in minutes.values())]
        for name, samples in (("always", self.always), ("after a kill and the comparison", self.compared)):
            half = [sample for sample in samples if sample[0] >= seconds / 2]
            if len(half) > 2:
                lines.append(f"second half, {name}: {flatness(half)}")
        return "\n".join(lines)


def flatness(samples: Sequence[tuple[float, int]]) -> str:
    """How far samples (second, MiB) stray from their mean, and the least-squares slope with its standard error."""
    moments, sizes = [t / 60 for t, _ in samples], [float(size) for _, size in samples]
    mean = statistics.fmean(sizes)
    slope, start = statistics.linear_regression(moments, sizes)
    left = sum((size - start - slope * t) ** 2 for t, size in zip(moments, sizes, strict=True)) / (len(samples) - 2)
    error = (left / sum((t - statistics.fmean(moments)) ** 2 for t in moments)) ** 0.5
    low, high = min(sizes), max(sizes)
    return (
        f"mean {mean:.0f} MiB, {low:.0f} ({low / mean - 1:+.0%}) to {high:.0f} ({high / mean - 1:+.0%}),"
        f" slope {slope:+.2f} ± {error:.2f} MiB a minute ({len(samples)} samples)"
    )


def main() -> None:
    """Runs the load, kills, compares, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("launch")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rate", type=float, default=8)
    parser.add_argument("--keep", type=int, default=3000)
    options = parser.parse_args()
    rng = random.Random(1)
    differences: list[str] = []
    memory, handles = Memory(), set[int]()
    restarts: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(options.launch, Path(folder))
        load = Load(server, options.rate, options.keep)
        begin = time.monotonic()
        end = begin + options.minutes * 60
        kills = sorted(rng.uniform(begin + 1, end - 1) for _ in range(options.kills))
        try:
            load.running.set()
            while (now := time.monotonic()) < end:
                wait = min([end, now + 5, *kills[:1]]) - now
                time.sleep(max(0.0, wait))
                if not kills or time.monotonic() < kills[0]:
                    memory.always.append((time.monotonic() - begin, server.memory()[0]))
                    handles.add(descriptors(server))
                    continue
                kills.pop(0)
                server.stop(signal.SIGKILL)
                load.pause()
                started = time.perf_counter()
                server.start()
                differences += wrong(server, load.model)
                restarts.append(time.perf_counter() - started)
                memory.compared.append((time.monotonic() - begin, server.memory()[0]))
                load.running.set()
            load.pause()
            time.sleep(5)
            differences += wrong(server, load.model)
            values = sum(state > 0 for body in load.model.bodies.values() for state in body.states) * ROWS * 3
            model = load.model
            print(
                f"{options.minutes:g} minutes, {len(restarts)} kills: {model.requests:,} requests, {model.overwrites:,} overwrites,"
                f" {model.deletes:,} deletes, {model.refused} refused, {len(load.query_times):,} queries, {values:,} values left"
            )
            print(f"bodies that differ: {len(differences)}")
            if restarts:
                print(
                    f"first right answer about all data after a kill: median {statistics.median(restarts):.2f} s, max {max(restarts):.2f} s"
                )
            print(f"writes: {_spread(load.write_times)}; queries: {_spread(load.query_times)}")
            print(memory.told(options.minutes * 60))
            print(f"disk: {server.disk() / values:.2f} bytes a value; descriptors {min(handles)} to {max(handles)}")
        finally:
            load.ended = True
            server.stop()
    for text in differences[:20]:
        print(text)
    sys.exit(1 if differences else 0)


def _spread(took: list[float]) -> str:
    took = sorted(took)
    return f"p50 {took[len(took) // 2] * 1000:.1f} ms, p99 {took[int(len(took) * 0.99)] * 1000:.1f} ms, max {took[-1] * 1000:.0f} ms"


if __name__ == "__main__":
    main()
