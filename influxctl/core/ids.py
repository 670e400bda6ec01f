"""IDs of resources: 64-bit numbers, never zero, written as 16 lower-case hexadecimal digits (contract: `id` fields)."""

from __future__ import annotations

import re
import secrets
import threading
import time

from influxctl.core.errors import Invalid

_ID = re.compile(r"[0-9a-f]{16}\Z")
_EPOCH_MS = 1_491_696_000_000  # 2017-04-09: IDs made now fill 16 digits and sort by time
_lock = threading.Lock()
_last = 0


def random_id() -> str:
    """A random ID, as the reference gives to organizations and buckets."""
    return f"{secrets.randbits(63) | 1 << 62:016x}"


def ordered_id() -> str:
    """An ID that grows with time, as the reference gives to everything but organizations and buckets."""
    global _last
    with _lock:
        number = (int(time.time() * 1000) - _EPOCH_MS) << 22
        _last = number if number > _last else _last + 1
        return f"{_last:016x}"


def is_id(text: str) -> bool:
    """Whether `text` is a well-formed ID."""
    return _ID.match(text) is not None and text != "0" * 16


def check_id(text: str) -> str:
    """`text` itself, or `Invalid` (400) in the cases in which the reference refuses an ID."""
    if len(text) != 16:
        raise Invalid("id must have a length of 16 bytes")
    if not is_id(text):
        raise Invalid(f"id {text!r} is not 16 lower-case hexadecimal digits other than zero")
    return text
