"""A server that was never set up, and the drop-in mode run in this process against it."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from influxctl.cli.compat.call import Streams
from influxctl.cli.compat.main import main
from tests.conformance import replay_cli

SERVE = [sys.executable, "-m", "influxctl", "local", "serve", "--port", "{port}", "--data-dir", "{dir}"]


@contextmanager
def fresh_server(folder: Path) -> Iterator[str]:
    """The address of a server with an empty directory."""
    process, address = replay_cli.launch(shlex.join(SERVE), str(folder))
    try:
        yield address
    finally:
        replay_cli.stop(process)


@dataclass
class Influx:
    """The influx tool as one user has it: an environment, and what the last command printed."""

    env: dict[str, str]
    code: int = 0
    out: str = ""
    err: str = ""

    def __call__(self, *args: str, stdin: bytes = b"", **env: str) -> str:
        """Runs a command and gives what it printed on stdout."""
        out, err = io.BytesIO(), io.StringIO()
        self.code = main(list(args), Streams(out, err, io.BytesIO(stdin), {**self.env, **env}))
        self.out, self.err = out.getvalue().decode("utf-8", "replace"), err.getvalue()
        return self.out
