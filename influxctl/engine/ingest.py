"""A body to rows: series numbers, times and columns grouped by layout.

Small bodies and lines that are not plain go through the careful parser of `core.lineprotocol`, line by line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from influxctl.core.columns import ColumnType
from influxctl.core.lineprotocol import (
    LineError,
    LineProtocolError,
    Value,
    parse_line,
    parse_quick,
    scale_time,
    split_lines,
)
from influxctl.engine.series import BucketIndex, Measurement, Tags


class LinePoint(NamedTuple):
    """A parsed line: where it stands, its bytes, its series (numbered if it is known already), fields, and time in ns."""

    number: int
    line: bytes
    measurement: str
    tags: Tags
    series: tuple[Measurement, int] | None
    key: bytes | None
    fields: dict[str, tuple[ColumnType, Value]]
    time: int


def parse_points(body: bytes, factor: int, default: int, index: BucketIndex) -> list[LinePoint]:
    """All points of a body, or LineProtocolError naming every bad line."""
    points: list[LinePoint] = []
    bad: list[tuple[int, str, str]] = []
    parse_numbered(split_lines(body), factor, default, index, points, bad)
    if bad:
        raise LineProtocolError(bad)
    return points


def parse_numbered(
    lines: Iterable[tuple[int, bytes]],
    factor: int,
    default: int,
    index: BucketIndex,
    points: list[LinePoint],
    bad: list[tuple[int, str, str]],
) -> None:
    """Parse lines one by one into `points`; refused ones go into `bad`."""
    known = index.known
    for number, line in lines:
        try:
            key, _, rest = line.partition(b" ")
            series = known.get(key)
            if series is not None and (quick := parse_quick(rest)) is not None:
                fields, stamp = quick
                time = default if stamp is None else scale_time(stamp, factor)
                points.append(LinePoint(number, line, "", (), series, None, fields, time))
                continue
            name, tags, fields, stamp = parse_line(line)
            time = default if stamp is None else scale_time(stamp, factor)
            raw = key if b"\\" not in key else None
            points.append(LinePoint(number, line, name, tags, None, raw, fields, time))
        except LineError as error:
            bad.append((number, line.decode("utf-8", "replace"), str(error)))
