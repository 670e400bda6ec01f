"""Rows of a body as one log record: columns as they are in memory, so that a replay parses nothing and the log is a quarter of the text.

    C | length of head | head (JSON) | for each group: series (uint32, into the group's keys), times (int64), lines (uint32), columns

A text column is its lengths in bytes (uint32) and the bytes. The head names bucket, measurements, fields, types, rows and series keys.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.lineprotocol import scan_key
from influxctl.engine.bulk import Group
from influxctl.engine.memtable import NUMPY
from influxctl.engine.series import BucketIndex

Array = npt.NDArray[Any]
_HEAD = struct.Struct("<cI")


def encode_groups(bucket_id: str, groups: list[Group]) -> list[bytes]:
    """The parts of a record. Series are numbered, measurements set."""
    heads: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for group in groups:
        assert group.measurement is not None
        distinct, index = np.unique(group.sids, return_inverse=True)
        keys = [group.measurement.key_text(sid) for sid in distinct.tolist()]
        heads.append({"m": group.name, "f": group.layout, "n": len(group.sids), "k": keys})
        parts += [
            index.astype("<u4").tobytes(),
            group.times.astype("<i8").tobytes(),
            group.lines.astype("<u4").tobytes(),
        ]
        for (_, kind), column in zip(group.layout, group.columns, strict=True):
            if kind == "string":
                texts = column if isinstance(column, pl.Series) else pl.Series(column, dtype=pl.String)
                parts.append(texts.str.len_bytes().to_numpy().astype("<u4").tobytes())
                parts.append("".join(texts.to_list()).encode())
            else:
                data = column.to_numpy() if isinstance(column, pl.Series) else np.asarray(column, NUMPY[kind])
                parts.append(np.ascontiguousarray(data, NUMPY[kind]).tobytes())
    head = json.dumps({"b": bucket_id, "g": heads}, separators=(",", ":")).encode()
    return [_HEAD.pack(b"C", len(head)) + head, *parts]


def record_head(payload: bytes) -> tuple[dict[str, Any], int]:
    """The head of a record, and where its columns begin."""
    _, length = _HEAD.unpack_from(payload)
    end = _HEAD.size + length
    return json.loads(payload[_HEAD.size : end]), end


def decode_groups(payload: bytes, index: BucketIndex) -> Iterator[Group]:
    """The groups of a record, their series entered into the index."""
    head, at = record_head(payload)

    def take(dtype: Any, count: int) -> Array:
        nonlocal at
        column: Array = np.frombuffer(payload, dtype, count, at)
        at += column.nbytes
        return column

    for group in head["g"]:
        rows = group["n"]
        measurement = index.measurement(group["m"])
        layout = tuple((name, kind) for name, kind in group["f"])
        sids = np.array([_sid(index, group["m"], key) for key in group["k"]], np.int64)
        places, times, lines = take("<u4", rows), take("<i8", rows), take("<u4", rows)
        columns: list[Any] = []
        for _, kind in layout:
            if kind != "string":
                columns.append(take(NUMPY[kind], rows))
                continue
            ends = np.cumsum(take("<u4", rows), dtype=np.int64)
            blob = bytes(take(np.uint8, int(ends[-1])))
            cuts = [0, *ends.tolist()]
            columns.append([blob[a:b].decode() for a, b in pairwise(cuts)])
        yield Group(group["m"], measurement, layout, sids[places], times, lines, columns)


def _sid(index: BucketIndex, name: str, key: str) -> int:
    """The number of the series with this key."""
    raw = key.encode()
    found = index.known.get(raw)
    if found is None:
        measurement = index.measurement(name)
        found = measurement, measurement.sid(scan_key(raw + b" ")[2])
        index.remember(raw, *found)
    return found[1]
