"""Writes over HTTP, one keep-alive connection.

    python bench/write_http.py 'influxctl local serve --port {port} --data-dir {dir}' [case …]

Each case starts the server on an empty folder. Printed: what was acknowledged a second (best and median of the rounds), server CPU, and
memory of the server afterwards. A 204 means synced to disk (that is the server's promise, not measured here). The cases:

    cpu, gzip       bodies of 5,000 lines with 10 tags and 10 floats, plain and compressed
    short, mixed    bodies of 5,000 lines: one tag and one float; five measurements with texts and booleans
    single          one line a request
    beside          one line a request while a second connection reads all the raw points again and again: the latencies of both
    crowd           16 writers of 100 lines a request and 8 readers of an hour's maxima, 8 s: the latencies of both
    series, wide    100,000 series; 2,000 lines of 1,000 fields
    load            2.16 M floats of a random walk with 13 decimals: memory and disk afterwards, time from start to the first right answer
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import shlex
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

FIELDS = ["user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"]
TAGS = "region=eu-west-1,datacenter=eu-west-1a,rack={},os=Ubuntu16.10,arch=x64,team=NYC,service=7,service_version=0,env=test"
START = 1_451_606_400_000_000_000
SECOND = 10**9


def _bodies(lines: list[str], batch: int = 5000) -> list[bytes]:
    return ["\n".join(lines[at : at + batch]).encode() for at in range(0, len(lines), batch)]


def cpu(lines: int) -> list[bytes]:
    """Seeded lines of 100 hosts, ten seconds apart: floats with two decimals."""
    rng = random.Random(1)
    hosts = [f"cpu,hostname=host_{h}," + TAGS.format(rng.randrange(100)) for h in range(100)]
    made = []
    for number in range(lines):
        fields = ",".join(f"usage_{name}={rng.randrange(10000) / 100}" for name in FIELDS)
        made.append(f"{hosts[number % 100]} {fields} {START + number // 100 * 10 * SECOND}")
    return _bodies(made)


def walk(lines: int) -> list[bytes]:
    """The same with random walks of 13 decimals: the worst that a sensor sends."""
    rng = random.Random(42)
    hosts = [f"cpu,hostname=host_{h}," + TAGS.format(rng.randrange(100)) for h in range(100)]
    states = [[rng.random() * 100 for _ in FIELDS] for _ in hosts]
    made = []
    for number in range(lines):
        state = states[number % 100] = [min(100.0, max(0.0, v + rng.gauss(0, 1))) for v in states[number % 100]]
        fields = ",".join(f"usage_{name}={v:.13f}" for name, v in zip(FIELDS, state, strict=True))
        made.append(f"{hosts[number % 100]} {fields} {START + number // 100 * 10 * SECOND}")
    return _bodies(made)


def short(lines: int) -> list[bytes]:
    """One tag, one float."""
    return _bodies([f"m,t=a f={i % 1000}.5 {START + i * SECOND}" for i in range(lines)])


def mixed(lines: int) -> list[bytes]:
    """Five measurements in turns, with texts and booleans."""
    kinds = ["v={}i", "v={}.25,ok=true", 's="text {}",v=1i', "a={}i,b=2.5,c=f", 'name="x {}",u=7u']
    return _bodies([f"m{i % 5},host=h{i % 50} {kinds[i % 5].format(i)} {START + i * SECOND}" for i in range(lines)])


def many_series(lines: int) -> list[bytes]:
    """Each line brings a new series."""
    return _bodies([f"m,id=device-{i},site=s{i % 20} v={i}.5 {START}" for i in range(lines)])


def wide(lines: int) -> list[bytes]:
    """A thousand fields a line."""
    tail = [",".join(f"f{n}={n + i}i" for n in range(1000)) for i in range(10)]
    return _bodies([f"w,h=h{i % 10} {tail[i % 10]} {START + i * SECOND}" for i in range(lines)], 50)


class Connection:
    """A keep-alive connection on a raw socket, so that the client is not what is measured."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.broken = False

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. After an error the connection is `broken`."""
        self.broken = True
        self.socket.sendall(request)
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = bytes(data[:end]).lower()
        status, body = int(head[9:12]), data[end + 4 :]
        if b"transfer-encoding: chunked" in head:
            body = self._chunks(body)
        elif (at := head.find(b"content-length: ")) >= 0:
            length = int(head[at + 16 :].split(b"\r", 1)[0])
            while len(body) < length:
                body += self._more()
        self.broken = False
        return status, bytes(body)

    def _chunks(self, data: bytearray) -> bytearray:
        body, at = bytearray(), 0
        while True:
            while (end := data.find(b"\r\n", at)) < 0:
                data += self._more()
            size = int(data[at:end], 16)
            while len(data) < end + 4 + size:
                data += self._more()
            if size == 0:
                return body
            body += data[end + 2 : end + 2 + size]
            at = end + 4 + size

    def _more(self) -> bytes:
        chunk = self.socket.recv(1 << 20)
        if not chunk:
            raise SystemExit("the server closed the connection")
        return chunk


def request(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST."""
    head = [f"POST {path} HTTP/1.1", "Host: l", "Authorization: Token t", f"Content-Length: {len(body)}"]
    head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def write(body: bytes, *, packed: bool = False) -> bytes:
    """A write of the bucket `b`."""
    if packed:
        return request("/api/v2/write?org=o&bucket=b", gzip.compress(body, 6), Content_Encoding="gzip")
    return request("/api/v2/write?org=o&bucket=b", body)


def query(text: str) -> bytes:
    """A Flux query."""
    return request("/api/v2/query?org=o", json.dumps({"query": text}).encode(), Content_Type="application/json")


class Server:
    """A server in a folder of its own."""

    def __init__(self, launch: str, folder: Path) -> None:
        self._launch, self.folder = launch, folder
        self.start()
        setup = {"username": "u", "password": "password", "org": "o", "bucket": "b", "token": "t"}
        status, body = Connection(self.port).send(
            request("/api/v2/setup", json.dumps(setup).encode(), Content_Type="application/json")
        )
        if status != 201:
            raise SystemExit(f"setup: {status} {body[:300]!r}")

    def start(self) -> None:
        """Start it and wait for /health."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [part.format(port=self.port, dir=self.folder / "data") for part in shlex.split(self._launch)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if Connection(self.port).send(b"GET /health HTTP/1.1\r\nHost: l\r\n\r\n")[0] == 200:
                    return
            except OSError:
                time.sleep(0.005)
        raise SystemExit("the server did not answer /health")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        self.process.send_signal(how)
        self.process.wait(60)

    def memory(self) -> tuple[int, int]:
        """Resident memory now and at its peak, in MiB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        now, peak = (int(text.split(name)[1].split()[0]) // 1024 for name in ("VmRSS:", "VmHWM:"))
        return now, peak

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def disk(self) -> int:
        """Bytes on the disk."""
        return sum(path.stat().st_blocks * 512 for path in (self.folder / "data").rglob("*") if path.is_file())


def send_all(server: Server, requests: list[bytes], count: int, rounds: int) -> str:
    """Send the same bodies in several rounds."""
    connection = Connection(server.port)
    rates = []
    before = server.cpu()
    for _ in range(rounds):
        begin = time.perf_counter()
        for raw in requests:
            status, body = connection.send(raw)
            if status != 204:
                raise SystemExit(f"{status}: {body[:300]!r}")
        rates.append(count / (time.perf_counter() - begin))
    used = server.cpu() - before
    now, peak = server.memory()
    return (
        f"{max(rates):,.0f} lines/s best, {statistics.median(rates):,.0f} median; {count * rounds / used:,.0f} lines a CPU second;"
        f" {now} MiB, peak {peak}"
    )


def bulk(
    make: Callable[[int], list[bytes]], count: int, rounds: int = 3, *, packed: bool = False
) -> Callable[[Server], str]:
    """A case that sends bodies."""
    return lambda server: send_all(server, [write(body, packed=packed) for body in make(count)], count, rounds)


def _singles() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield write(f"m,host=h{number % 100:03} v={number % 1000}.5 {START + number * 1000}".encode())


def _spread(took: list[float]) -> str:
    took = sorted(took)
    at = {name: took[min(len(took) - 1, int(len(took) * part))] * 1000 for name, part in (("p50", 0.5), ("p99", 0.99))}
    return ", ".join(f"{name} {value:.2f} ms" for name, value in at.items()) + f", max {took[-1] * 1000:.1f} ms"


def single(server: Server, seconds: float = 4.0) -> str:
    """One line a request."""
    connection, took, raws = Connection(server.port), [], _singles()
    end = time.perf_counter() + seconds
    before = server.cpu()
    while (begin := time.perf_counter()) < end:
        connection.send(next(raws))
        took.append(time.perf_counter() - begin)
    return f"{len(took) / sum(took):,.0f} requests/s; {_spread(took)}; {len(took) / (server.cpu() - before):,.0f} a CPU second"


def beside(server: Server) -> str:
    """One-line writes while raw points are read."""
    send_all(server, [write(body) for body in cpu(100_000)], 100_000, 1)
    reads: list[float] = []
    stop = threading.Event()

    def read() -> None:
        connection = Connection(server.port)
        raw = query(
            'from(bucket: "b") |> range(start: 0) |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage_user")'
        )
        while not stop.is_set():
            begin = time.perf_counter()
            connection.send(raw)
            reads.append(time.perf_counter() - begin)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.5)
    text = single(server, 6.0)
    stop.set()
    thread.join()
    return f"{text}; reads of 100,000 points: {_spread(reads)}"


def crowd(server: Server, seconds: float = 8.0) -> str:
    """Many at once."""
    send_all(server, [write(body) for body in cpu(100_000)], 100_000, 1)
    text = (
        'from(bucket: "b") |> range(start: 2016-01-01T00:00:00Z, stop: 2016-01-01T01:00:00Z) |> filter(fn: (r) =>'
        ' r._field == "usage_user" and r.hostname == "host_9") |> aggregateWindow(every: 1m, fn: max)'
    )
    before, end = server.cpu(), time.perf_counter() + seconds
    took: dict[str, list[float]] = {"writes": [], "reads": []}

    def turn(kind: str, requests: Iterator[bytes]) -> None:
        connection = Connection(server.port)
        while (begin := time.perf_counter()) < end:
            status, body = connection.send(next(requests))
            if status not in (200, 204):
                raise SystemExit(f"{status}: {body[:300]!r}")
            took[kind].append(time.perf_counter() - begin)

    def hundreds(writer: int) -> Iterator[bytes]:
        number = 0
        while True:
            number += 1
            stamp = START + number * SECOND
            yield write("\n".join(f"m,writer=w{writer},host=h{i} v={i}.5 {stamp}" for i in range(100)).encode())

    threads = [threading.Thread(target=turn, args=("writes", hundreds(w))) for w in range(16)]
    threads += [threading.Thread(target=turn, args=("reads", iter(lambda: query(text), b""))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures = [f"{len(v) / seconds:,.0f} {kind}/s ({_spread(v)})" for kind, v in took.items()]
    each = (server.cpu() - before) / sum(map(len, took.values()))
    return (
        f"{'; '.join(figures)}; {each * 1000:.2f} ms of CPU each; {server.memory()[0]} MiB, peak {server.memory()[1]}"
    )


def load(server: Server) -> str:
    """Memory and disk after a load, and the way back after SIGTERM and after SIGKILL."""
    count = 216_000
    text = send_all(server, [write(body) for body in walk(count)], count, 1)
    time.sleep(8)
    now, peak = server.memory()
    out = [text, f"after 8 s {now} MiB (peak {peak}), {server.disk() / (count * 10):.2f} bytes a value on disk"]
    raw = query(
        'from(bucket: "b") |> range(start: 0) |> filter(fn: (r) => r._field == "usage_user") |> count() |> group() |> sum()'
    )
    for how in (signal.SIGTERM, signal.SIGKILL):
        begin = time.perf_counter()
        server.stop(how)
        stopped = time.perf_counter()
        server.start()
        healthy = time.perf_counter()
        while f",{count}\r\n".encode() not in Connection(server.port).send(raw)[1]:
            time.sleep(0.002)
        answered = time.perf_counter()
        out.append(f"{how.name}: stop {1e3 * (stopped - begin):.0f} ms, /health {1e3 * (healthy - stopped):.0f} ms,"
                   f" first right answer {1e3 * (answered - stopped):.0f} ms")  # fmt: skip
    out.append("{} MiB (peak {})".format(*server.memory()))
    return "\n         ".join(out)


CASES: dict[str, Callable[[Server], str]] = {
    "cpu": bulk(cpu, 200_000),
    "gzip": bulk(cpu, 200_000, packed=True),
    "short": bulk(short, 500_000),
    "mixed": bulk(mixed, 300_000),
    "single": single,
    "beside": beside,
    "crowd": crowd,
    "series": bulk(many_series, 100_000, 1),
    "wide": bulk(wide, 2_000, 1),
    "load": load,
}


def main() -> None:
    """Runs the cases one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("launch")
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="case")
    options = parser.parse_args()
    for name in options.cases:
        with tempfile.TemporaryDirectory() as folder:
            server = Server(options.launch, Path(folder))
            try:
                print(f"{name:8} {CASES[name](server)}", flush=True)
            finally:
                server.stop()


if __name__ == "__main__":
    main()
