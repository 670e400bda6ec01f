"""Start-up of the command line: CPU time of whole processes in milliseconds, each command in turn with the bare interpreter.

    python bench/startup.py PATH/TO/venv [--runs 20]

Lists and queries run on a data folder of their own, first in process, then against a daemon that holds it. A limit of issue 5 that is
missed is marked.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import tempfile

FLUX = 'from(bucket: "default") |> range(start: 0) |> mean()'
# command: (arguments, what it is compared with, how many times that it may take)
CASES = {
    "--version": (["--version"], "bare", 1.5),
    "--help": (["--help"], "bare", 2.0),
    "TAB on a name": (["__names", "bucket"], "bare", 3.0),
    "bucket --help": (["bucket", "--help"], "imports", 1.3),
    "write --help": (["write", "--help"], "imports", 1.3),
    "config path": (["config", "path"], "imports", 1.3),
    "bucket list": (["bucket", "list"], "imports", 1.3),
    "query": (["query", FLUX], "imports", 0.0),
}


def once(command: list[str], environment: dict[str, str]) -> float:
    """Milliseconds of CPU from spawn to exit; the command must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def rounds(cases: dict[str, list[str]], environment: dict[str, str], runs: int) -> dict[str, float]:
    """Medians; every command in turn, so that a slow minute hits all of them."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for command in cases.values():
        once(command, environment)
    for _ in range(runs):
        for name, command in cases.items():
            times[name].append(once(command, environment))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Prints the medians and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("venv")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    python, tool = f"{options.venv}/bin/python", f"{options.venv}/bin/influxctl"
    with tempfile.TemporaryDirectory() as folder:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("INFLUX")} | {
            "INFLUXCTL_DATA_DIR": f"{folder}/data", "INFLUXCTL_CONFIG_DIR": folder, "INFLUXCTL_CACHE_DIR": folder,
        }  # fmt: skip
        once([tool, "write", "-b", "default", "m v=1"], environment)
        once([tool, "__names", "bucket", "--renew"], environment)
        commands = {"bare": [python, "-c", "pass"], "imports": [python, "-c", "import requests, typer"]}
        commands |= {name: [tool, *arguments] for name, (arguments, _, _) in CASES.items()}
        medians = rounds(commands, environment, options.runs)
        for name, value in medians.items():
            _, base, most = CASES.get(name, ([], "", 0.0))
            ratio = value / medians[base] if base else 0.0
            limit = (
                f"{ratio:6.2f} x {base}" + (f", at most {most:g}" + " MISSED" * (ratio > most) if most else "")
                if base
                else ""
            )
            print(f"{name:<16} {value:8.1f} {limit}")
        once([tool, "local", "start", "--port", "0"], environment)
        try:
            both = {name: [tool, *CASES[name][0]] for name in ("bucket list", "query")}
            for name, value in rounds(both, environment, options.runs).items():
                print(f"{name + ', daemon':<16} {value:8.1f} in process {medians[name] / value:.2f} times that")
        finally:
            once([tool, "local", "stop"], environment)


if __name__ == "__main__":
    main()
