"""Acknowledged lines a second over HTTP: bodies of 5,000 lines with 10 fields, one keep-alive connection.

    python bench/write_http.py 'influxctl local serve --port {port} --data-dir {dir}' [--lines 200000] [--batch 5000]

The server is started on an empty folder. A 204 means synced to disk (that is the server's promise, not measured here).
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import shlex
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

FIELDS = ["user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"]
TAGS = "region=eu-west-1,datacenter=eu-west-1a,rack={},os=Ubuntu16.10,arch=x64,team=NYC,service=7,service_version=0,env=test"


def bodies(lines: int, batch: int) -> list[bytes]:
    """Seeded lines of 100 hosts, ten seconds apart."""
    rng = random.Random(1)
    hosts = [f"cpu,hostname=host_{h}," + TAGS.format(rng.randrange(100)) for h in range(100)]
    made: list[str] = []
    for number in range(lines):
        fields = ",".join(f"usage_{name}={rng.randrange(10000) / 100}" for name in FIELDS)
        made.append(f"{hosts[number % 100]} {fields} {1451606400000000000 + number // 100 * 10_000_000_000}")
    return ["\n".join(made[at : at + batch]).encode() for at in range(0, lines, batch)]


def connect(port: int) -> http.client.HTTPConnection:
    """A connection to the server, once it answers /health."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/health")
            if connection.getresponse().read() is not None:
                return connection
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the server did not answer /health")


def main() -> None:
    """Starts the server, sets it up, sends all bodies in several rounds, prints lines a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("launch")
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--batch", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [part.format(port=port, dir=Path(folder) / "data") for part in shlex.split(options.launch)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            connection = connect(port)
            setup = {"username": "u", "password": "password", "org": "o", "bucket": "b", "token": "t"}
            connection.request("POST", "/api/v2/setup", json.dumps(setup), {"Content-Type": "application/json"})
            connection.getresponse().read()
            data = bodies(options.lines, options.batch)
            rates: list[float] = []
            for _ in range(options.rounds):
                begin = time.perf_counter()
                for body in data:
                    connection.request("POST", "/api/v2/write?org=o&bucket=b", body, {"Authorization": "Token t"})
                    answer = connection.getresponse()
                    if answer.status != 204:
                        raise SystemExit(f"{answer.status}: {answer.read()[:300]!r}")
                    answer.read()
                rates.append(options.lines / (time.perf_counter() - begin))
            median = statistics.median(rates)
            print(f"{median:,.0f} lines/s median of {', '.join(f'{rate:,.0f}' for rate in rates)}")
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
