"""Leaving a process whose work is done, without tearing the interpreter down."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End the process now. What was registered for the exit runs and the streams are flushed; modules and their thread pools are left as
    they are: with polars loaded, taking them apart takes longer (0.2 to 0.4 s) than stopping a server."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
