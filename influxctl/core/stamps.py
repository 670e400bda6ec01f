"""Timestamps of lines: which lines have one, and lines given one. No parsing beyond that.

Lines that carry their time can be sent any number of times with the same effect: on that rest retries, queues and replications.
"""

from __future__ import annotations

import re
from collections.abc import Container

from influxctl.core.lineprotocol import precision_factor, split_lines

# A blank is escaped when a backslash stands before it, even if that backslash is escaped itself (as the server reads it).
KEY = rb"(?:[^ ]|(?<=\\) )++"
STRING = rb'"(?:[^"\\]|\\.)*+"'
_FIELDS = rb" ++(?:[^ \"]|(?<=\\) |" + STRING + rb")++"
_STAMPED = re.compile(KEY + _FIELDS + rb" ++[^ ]", re.DOTALL)
_UNSTAMPED = re.compile(KEY + _FIELDS + rb"\Z", re.DOTALL)
# Lines that need no look of their own: measurement, fields, timestamp, one blank between them, no escapes, strings within the line.
PLAIN_LINE = rb'[^ \n\r\0\t"\\#][^ \n\r\0"\\]*+ [^ \n\r\0"\\]++(?:"[^"\\\n\r\0]*+"[^ \n\r\0"\\]*+)*+ -?[0-9]++\n'
_PLAIN = re.compile(b"(?:" + PLAIN_LINE + b")*+")


def lacks_timestamp(line: bytes) -> bool:
    """Whether a line, given without blanks at its ends, is well formed up to its fields and has no timestamp.

    A malformed line is left for the server to judge.
    """
    if b'"' not in line and b"\\" not in line:
        blanks = line.count(b" ")
        if blanks < 2 or (blanks == 2 and b"  " not in line):
            return blanks == 1
    return _STAMPED.match(line) is None and _UNSTAMPED.match(line) is not None


def stamped(body: bytes, precision: str, now: int, without: Container[int] = ()) -> bytes:
    """The lines of a body, those without a time given `now` (ns) in the unit of the precision; lines numbered in `without` left out."""
    if without == () and _PLAIN.fullmatch(body if body.endswith(b"\n") else body + b"\n"):
        return body
    unit = now // precision_factor(precision)
    lines = []
    for number, line in split_lines(body):
        if number not in without:
            line = line.rstrip(b" \t\r\0")
            lines.append(b"%s %d" % (line, unit) if lacks_timestamp(line) else line)
    return b"\n".join(lines)
