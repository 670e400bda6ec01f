"""Start-up of the command line, each command in turn with the bare interpreter: medians of whole processes in milliseconds.

    python bench/startup.py PATH/TO/venv [--runs 20] [--url http://127.0.0.1:8086 --token T]

With a URL the bucket list is timed against that server too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import time


def once(command: list[str], environment: dict[str, str]) -> float:
    """Milliseconds from spawn to exit; the command must succeed."""
    begin = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    """Times every command in turn, so that a slow minute hits all of them, and prints the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("venv")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--url")
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    python, tool = f"{options.venv}/bin/python", f"{options.venv}/bin/influxctl"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("INFLUX")}
    cases = {
        "bare": [python, "-c", "pass"],
        "imports": [python, "-c", "import requests, typer"],
        "--version": [tool, "--version"],
        "--help": [tool, "--help"],
        "bucket --help": [tool, "bucket", "--help"],
    }
    if options.url:
        environment |= {"INFLUX_HOST": options.url, "INFLUX_TOKEN": options.token}
        cases["bucket list"] = [tool, "bucket", "list", "--json"]
    times: dict[str, list[float]] = {name: [] for name in cases}
    for command in cases.values():
        once(command, environment)
    for _ in range(options.runs):
        for name, command in cases.items():
            times[name].append(once(command, environment))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"{'command':<15} {'min ms':>8} {'median':>8} {'x bare':>7} {'x imports':>10}")
    for name, values in times.items():
        row = f"{name:<15} {min(values):>8.1f} {medians[name]:>8.1f}"
        print(f"{row} {medians[name] / medians['bare']:>7.2f} {medians[name] / medians['imports']:>10.2f}")


if __name__ == "__main__":
    main()
