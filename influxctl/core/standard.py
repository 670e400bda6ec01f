"""The three standard streams of a process that somebody started without one of them (`influxctl … >&-`)."""

from __future__ import annotations

import os
import sys


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
