"""`influxctl write` of a large file against the same lines sent by hand, in turn: lines a second, and the client's own CPU.

    python bench/write_cli.py PATH/TO/venv [--lines 600000] [--rounds 3] [--parallel 1]

600,000 lines of 10 fields are 204 MB. By hand means bodies of 5,000 lines over one keep-alive connection, made beforehand: what the
server takes. The server is this project's own, on an empty folder.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from write_http import cpu as made_bodies


def by_hand(port: int, token: str, bucket: str, data: list[bytes]) -> float:
    """Seconds for all bodies."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    begin = time.perf_counter()
    for body in data:
        connection.request(
            "POST", f"/api/v2/write?org=local&bucket={bucket}", body, {"Authorization": f"Token {token}"}
        )
        answer = connection.getresponse()
        if answer.status != 204:
            raise SystemExit(f"{answer.status}: {answer.read()[:300]!r}")
        answer.read()
    return time.perf_counter() - begin


def main() -> None:
    """Makes the file, starts the daemon, writes the same lines both ways in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("venv")
    parser.add_argument("--lines", type=int, default=600_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parallel", default="1")
    options = parser.parse_args()
    tool = f"{options.venv}/bin/influxctl"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("INFLUX")} | {
            "INFLUXCTL_DATA_DIR": str(folder / "data"), "INFLUXCTL_CONFIG_DIR": name, "INFLUXCTL_STATE_DIR": name,
        }  # fmt: skip
        data = made_bodies(options.lines)
        (folder / "big.lp").write_bytes(b"\n".join(data) + b"\n")

        def run(*words: str) -> str:
            return subprocess.run([tool, *words], env=environment, check=True, capture_output=True, text=True).stdout

        run("local", "start", "--port", "0")
        try:
            port = json.loads(run("local", "status", "--json"))["port"]
            token = json.loads((folder / "data" / "local.json").read_text())["token"]
            rates: dict[str, list[float]] = {"by hand": [], "influxctl": []}
            cpu: list[float] = []
            for number in range(options.rounds):
                for kind in ("hand", "cli"):
                    run("bucket", "create", f"{kind}{number}")
                rates["by hand"].append(options.lines / by_hand(port, token, f"hand{number}", data))
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                begin = time.perf_counter()
                run("write", "-b", f"cli{number}", "-f", str(folder / "big.lp"), "--parallel", options.parallel)
                rates["influxctl"].append(options.lines / (time.perf_counter() - begin))
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            for kind, found in rates.items():
                print(
                    f"{kind:<10} {statistics.median(found):>10,.0f} lines/s median of {', '.join(f'{rate:,.0f}' for rate in found)}"
                )
            print(f"client CPU {statistics.median(cpu):>10.2f} s")
        finally:
            run("local", "stop")


if __name__ == "__main__":
    main()
