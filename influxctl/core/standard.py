"""The standard streams of a process: when it was started without one of them (`influxctl … >&-`), and when one cannot be written."""

from __future__ import annotations

import os
import sys
from typing import IO, Any


def open_streams() -> None:
    """Give a stream that is closed the null device: what is opened next must not get its number, and code may write to it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as the process lives


def drop(stream: IO[Any]) -> None:
    """Send what a stream still holds, and what comes, to the null device: its reader is gone or its disk is full, and a flush at the
    end must not fail again. Only the process's own streams are touched."""
    if any(stream is own for own in (sys.stdout, sys.stderr, getattr(sys.stdout, "buffer", None))):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
