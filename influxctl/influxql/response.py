"""Results as the v1 API answers them: JSON (pretty, in chunks, times as text or numbers), CSV and MessagePack.

Large answers are made of whole columns: each column becomes text at once, rows are joined from columns.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.csvcells import ROW, plain_texts, written
from influxctl.influxql.execute import Result
from influxctl.influxql.msgpack import pack
from influxctl.influxql.select import Output
from influxctl.influxql.timetext import dense, format_times, time_column
from influxctl.influxql.vector import Array, Vector

DEFAULT_CHUNK = 10_000
EPOCHS = {"ns": 1, "n": 1, "u": 1_000, "us": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_SMALL = 1500  # cells up to which plain Python is faster than polars
_SOME = 24  # floats from which on a column of texts is faster


@dataclass(frozen=True, slots=True)
class Format:
    """How to answer: media type, unit of times in ns (0: RFC 3339 text), indentation, and rows a chunk (0: no chunks)."""

    media: str = "application/json"
    epoch: int = 0
    pretty: bool = False
    chunk: int = 0


def media_type(accept: str) -> str:
    """The media type for an Accept header; JSON unless CSV or MessagePack is asked for."""
    wanted = accept.split(";")[0].strip()
    return wanted if wanted in ("application/csv", "text/csv", "application/x-msgpack") else "application/json"


def epoch_unit(name: str) -> int:
    """The unit of `epoch=`: 0 for none, nanoseconds for a word that is not known (recorded on 2.9.1)."""
    return EPOCHS.get(name, 1) if name else 0


def write(results: Iterable[Result], form: Format) -> Iterator[bytes]:
    """The body of the answer, piece by piece."""
    if form.media in ("application/csv", "text/csv"):
        yield from _csv(results, form)
    elif form.media == "application/x-msgpack":
        yield pack({"results": [_packed(r, Format(form.media, form.epoch)) for r in results]})
    elif form.pretty:
        plain = [_plain(r, form) for r in results]
        body = {"results": plain} if plain else {}
        yield json.dumps(body, indent=4, ensure_ascii=False).encode() + b"\n"
    elif form.chunk:
        yield from _chunks(results, form)
    else:
        found = [[*_json(r, form)] for r in results]
        yield b'{"results":[' if found else b"{"
        for number, pieces in enumerate(found):
            yield from [b",", *pieces] if number else pieces
        yield b"]}\n" if found else b"}\n"


# -- JSON ------------------------------------------------------------------------------------------------------------------


def _text(value: str) -> str:
    return encode_basestring(value)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _json(result: Result, form: Format) -> Iterator[bytes]:
    head = f'{{"statement_id":{result.statement_id}'
    if result.error:
        yield _bytes(f'{head},"error":{_text(result.error)}}}')
        return
    yield head.encode()
    some = False
    for name, tags, columns, rows in _all_series(result, form):
        yield b"," if some else b',"series":['
        yield from _series(name, tags, columns, rows.joined(0, rows.count))
        some = True
    yield b"]}" if some else b"}"


def _series(name: str, tags: str, columns: str, rows: bytes, partial: bool = False) -> Iterator[bytes]:
    head = (f'"name":{_text(name)},' if name else "") + tags
    yield _bytes(f'{{{head}"columns":{columns}' + (',"values":[' if rows else ""))
    yield rows
    yield (b"]" if rows else b"") + (b',"partial":true}' if partial else b"}")


@dataclass(frozen=True, slots=True)
class Lines:
    """The JSON of many rows without their brackets: each ends with ROW, a byte that JSON escapes; `ends` tells where."""

    text: bytes
    ends: Array

    def joined(self, low: int, high: int) -> bytes:
        """These rows with commas between."""
        if low == high:
            return b""
        begin = int(self.ends[low - 1]) + 1 if low else 0
        return b"[" + self.text[begin : int(self.ends[high - 1])].replace(ROW, b"],[") + b"]"


@dataclass(frozen=True, slots=True)
class Rows:
    """The JSON of some rows among all of an answer."""

    all: list[str] | Lines
    low: int
    count: int

    def joined(self, low: int, high: int) -> bytes:
        """These rows with commas between."""
        first, last = self.low + low, self.low + min(high, self.count)
        return _bytes(",".join(self.all[first:last])) if isinstance(self.all, list) else self.all.joined(first, last)


def _all_series(result: Result, form: Format) -> Iterator[tuple[str, str, str, Rows]]:
    """Name, tags, columns and rows of each series, all but the name as JSON."""
    for listing in result.listings:
        lines = [
            f"[{','.join([_text(v) if isinstance(v, str) else _compact(v) for v in row])}]" for row in listing.rows
        ]
        columns = _compact(listing.columns)
        yield listing.name, "", columns, Rows(lines, 0, len(lines))
    if result.output is None or not result.output.groups:
        return
    output = result.output
    columns = _compact(output.names)
    rows = json_rows(output, form.epoch)
    bounds = output.offsets.tolist()
    for i, (name, values) in enumerate(output.groups):
        tags = ""
        if output.dims:
            pairs = (f"{_text(k)}:{_text(v)}" for k, v in zip(output.dims, values, strict=True))
            tags = f'"tags":{{{",".join(pairs)}}},'
        yield name, tags, columns, Rows(rows, bounds[i], bounds[i + 1] - bounds[i])


def json_rows(output: Output, epoch: int) -> list[str] | Lines:
    """Each row as a JSON array."""
    if len(output.time) * (1 + len(output.columns)) <= _SMALL:
        tokens = [_times(output, epoch), *(_tokens(column) for column in output.columns)]
        return [f"[{','.join(row)}]" for row in zip(*tokens, strict=True)]
    text = written(
        [_time_tokens(output, epoch), *(_token_series(column) for column in output.columns)], ",", ROW.decode()
    )
    return Lines(text, np.flatnonzero(np.frombuffer(text, np.uint8) == ROW[0]))


def _time_tokens(output: Output, epoch: int) -> pl.Series:
    """The JSON of each time, of many rows."""
    if epoch:
        return pl.Series(np.ascontiguousarray(_units(output.time, epoch)))
    if dense(output.time):
        return time_column(output.time, output.zone, '"')
    return pl.Series(format_times(output.time, output.zone, quote=True), dtype=pl.String)


def _times(output: Output, epoch: int) -> list[str]:
    if epoch:
        return [str(t) for t in (output.time if epoch == 1 else _units(output.time, epoch)).tolist()]
    return format_times(output.time, output.zone, quote=True)


def _units(time: Array, unit: int) -> Array:
    """Whole units, cut toward zero as Go divides."""
    whole: Array = np.sign(time) * (np.abs(time) // unit)
    return whole


def format_float(value: float) -> str:
    """A number as Go's JSON writes it: no exponent from 1e-6 to below 1e21, and no `.0`."""
    if not math.isfinite(value):
        return "null"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value)) if value else repr(value).removesuffix(".0")
    text = repr(value)
    if "e" not in text:
        return text.removesuffix(".0")
    if 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(text):f}"
    return text.replace("e-0", "e-")


def plain_float(value: float) -> str:
    """A number without an exponent, whatever its size."""
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text.removesuffix(".0")


def _tokens(column: Vector) -> list[str]:
    make: Callable[[Any], str]
    values = column.values.tolist()
    if column.type == "tag":
        make = {value: _text(value) for value in set(values)}.__getitem__
    elif column.type == "float":
        if len(values) > _SOME:
            values, make = _float_series(column.values).to_list(), str
        else:
            make = format_float
    elif column.type == "string":
        make = _text
    elif column.type == "boolean":
        make = _boolean
    elif column.type == "mixed":
        make = _any
    else:
        make = str
    if column.valid is None:
        return [make(v) for v in values]
    return [make(v) if there else "null" for v, there in zip(values, column.valid.tolist(), strict=True)]


def _any(value: object) -> str:
    return format_float(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _token_series(column: Vector) -> pl.Series:
    """The JSON of each value."""
    if column.type == "tag":
        known = {value: _text(value) for value in set(column.values.tolist())}
        found = pl.Series([known[v] for v in column.values.tolist()], dtype=pl.String)
    elif column.type == "mixed":
        found = pl.Series([_any(v) for v in column.values.tolist()], dtype=pl.String)
    elif column.type == "string":
        found = pl.Series([_text(v) for v in column.values.tolist()], dtype=pl.String)
    elif column.type == "float":
        found = _float_series(column.values)
    else:
        found = pl.Series(np.ascontiguousarray(column.values))
    if column.valid is None:
        return found
    if found.dtype != pl.String:
        found = found.cast(pl.String)
    return found.zip_with(
        pl.Series(np.ascontiguousarray(column.valid)), pl.Series(["null"]).new_from_index(0, len(found))
    )


def _float_series(values: Array) -> pl.Series:
    """Polars writes 0.1 + 0.2 as Go does; what it writes otherwise (very large, very small, not finite) is written again here."""
    size = np.abs(values)
    plain = (size < 1e15) & ((size >= 1e-4) | (size == 0))
    found = plain_texts(pl.Series(np.ascontiguousarray(values)), plain)
    odd = np.flatnonzero(~plain)
    return found.scatter(odd, [format_float(v) for v in values[odd].tolist()]) if len(odd) else found


def _plain(result: Result, form: Format) -> dict[str, Any]:
    """A result as Python values."""
    found: dict[str, Any] = {"statement_id": result.statement_id}
    if result.error:
        return {**found, "error": result.error}
    series: list[dict[str, Any]] = []
    for listing in result.listings:
        one: dict[str, Any] = {"name": listing.name} if listing.name else {}
        series.append({**one, "columns": listing.columns, **({"values": listing.rows} if listing.rows else {})})
    output = result.output
    if output is not None:
        rows = _python_rows(output, form)
        bounds = output.offsets.tolist()
        for i, (name, values) in enumerate(output.groups):
            one = {"name": name}
            if output.dims:
                one["tags"] = dict(zip(output.dims, values, strict=True))
            series.append({**one, "columns": output.names, "values": rows[bounds[i] : bounds[i + 1]]})
    return {**found, "series": series} if series else found


def _packed(result: Result, form: Format) -> dict[str, Any]:
    """A result for MessagePack, where an error stands alone and `series` is there even if empty."""
    if result.error:
        return {"error": result.error}
    return {"statement_id": result.statement_id, "series": []} | _plain(result, form)


def _python_rows(output: Output, form: Format) -> list[list[Any]]:
    times: list[Any]
    if form.epoch:
        times = _units(output.time, form.epoch).tolist()
    elif form.media == "application/x-msgpack":
        times = output.time.astype("datetime64[ns]").tolist()
        times = [np.datetime64(t, "ns") for t in times]
    else:
        times = format_times(output.time, output.zone, quote=False)
    columns = [times, *(_python_values(column) for column in output.columns)]
    return [list(row) for row in zip(*columns, strict=True)]


def _python_float(value: float) -> float | int | None:
    """A float as JSON has it: whole numbers without a point, nothing for what is not finite."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _python_values(column: Vector) -> list[Any]:
    values: list[Any] = column.values.tolist()
    if column.type == "float":
        values = [_python_float(v) for v in values]
    if column.valid is None:
        return values
    return [v if there else None for v, there in zip(values, column.valid.tolist(), strict=True)]


# -- chunks ----------------------------------------------------------------------------------------------------------------


def _chunks(results: Iterable[Result], form: Format) -> Iterator[bytes]:
    """One JSON document a line, each with at most `chunk` rows of one series; `partial` says that more of it follows."""
    some = False
    for result in results:
        some = True
        head = f'{{"results":[{{"statement_id":{result.statement_id}'
        if result.error:
            yield _bytes(f'{head},"error":{_text(result.error)}}}]}}\n')
            continue
        pieces = [
            (name, tags, columns, rows.joined(at, at + form.chunk), at + form.chunk < rows.count)
            for name, tags, columns, rows in _all_series(result, form)
            for at in range(0, max(rows.count, 1), form.chunk)
        ]
        if not pieces:
            yield f"{head}}}]}}\n".encode()
        for number, piece in enumerate(pieces):
            more = b',"partial":true' if number < len(pieces) - 1 else b""
            yield b"".join([head.encode(), b',"series":[', *_series(*piece), b"]", more, b"}]}\n"])
    if not some:
        yield b"{}\n"


# -- CSV -------------------------------------------------------------------------------------------------------------------


def _csv(results: Iterable[Result], form: Format) -> Iterator[bytes]:
    """A header before each statement's rows and whenever the columns change, a blank line between; errors are not written."""
    first = True
    for result in results:
        before: list[str] | None = None
        for name, tags, columns, rows in _csv_series(result, form):
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            if columns != before:
                if not first:
                    out.write("\n")
                writer.writerow(["name", "tags", *columns])
                before, first = columns, False
            writer.writerows([name, tags, *row] for row in rows)
            yield out.getvalue().encode("utf-8", "surrogateescape")


def _csv_series(result: Result, form: Format) -> Iterator[tuple[str, str, list[str], Iterable[Iterable[object]]]]:
    for listing in result.listings:
        yield listing.name, "", listing.columns, [[_csv_value(v) for v in row] for row in listing.rows]
    output = result.output
    if output is None:
        return
    columns = [_units(output.time, form.epoch or 1).tolist(), *(_csv_column(column) for column in output.columns)]
    rows = list(zip(*columns, strict=True))
    bounds = output.offsets.tolist()
    for i, (name, values) in enumerate(output.groups):
        tags = ",".join(f"{k}={v}" for k, v in zip(output.dims, values, strict=True))
        yield name, tags, output.names, rows[bounds[i] : bounds[i + 1]]


def _csv_value(value: object) -> object:
    return _boolean(value) if isinstance(value, bool) else value


def _csv_column(column: Vector) -> list[Any]:
    values: list[Any] = column.values.tolist()
    if column.type == "float":
        values = [plain_float(v) if math.isfinite(v) else "" for v in values]
    elif column.type == "boolean":
        values = [_boolean(v) for v in values]
    if column.valid is None:
        return values
    return [v if there else "" for v, there in zip(values, column.valid.tolist(), strict=True)]
