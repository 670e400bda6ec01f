"""How these tests call the program: in this process with a home of its own, or as a process of its own."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from influxctl.cli.app import main
from influxctl.cli.context import Context

PROGRAM = [sys.executable, "-m", "influxctl"]


def folders(home: Path) -> dict[str, str]:
    """The variables that keep all files of a call below `home`."""
    own = {name: str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    return {
        "HOME": str(home),
        **{f"INFLUXCTL_{name}_DIR": path for name, path in own.items()},
        "INFLUX_CONFIGS_PATH": str(home / "influx-configs"),
    }


def of_process(env: dict[str, str]) -> dict[str, str]:
    """The whole environment of a process that runs `PROGRAM`."""
    return {"PATH": os.environ["PATH"], "TERM": "xterm", "PYTHONPATH": str(Path(__file__).parents[2]), **env}


def run(env: dict[str, str], *argv: str, stdin: str = "") -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a call in this process."""
    out, err = io.StringIO(), io.StringIO()
    code = main(list(argv), Context(stdin=io.StringIO(stdin), stdout=out, stderr=err, env=env))
    return code, out.getvalue(), err.getvalue()
