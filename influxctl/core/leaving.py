"""Leaving a process whose work is done, without tearing the interpreter down."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End the process now. What was registered for the exit runs and the streams are flushed; modules and their thread pools are left as
    they are: taking them apart takes 25 ms with requests and typer, and 0.2 to 0.4 s with polars, longer than stopping a server."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 1
    os._exit(code)
