"""Cells of annotated CSV: values to text, singly and by columns, and what CSV needs quoted.

Columns become columns of text in one polars call each; a frame of texts is then written at once. Floats are cast rather than written:
a cast takes 18 ns a value, writing floats as CSV 70.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.frames import take
from influxctl.core.times import format_time

CELL, ROW = b"\x01", b"\x02"  # stand for ends of cells and rows while text is made
GAPS = tuple(bytes([at]) for at in range(3, 9))  # stand between groups of cells: the first, the second …
_NS = 1_000_000_000
_FEW = 2000  # rows up to which equal times are not looked for
_SHORT = 4000  # texts up to which Python looks at each distinct one faster than polars at all
_SPAN = 1 << 22  # seconds: times closer together are looked up in a table of seconds
_QUOTING: dict[str, re.Pattern[str]] = {}


def quote(text: str, delimiter: str) -> str:
    """A cell, quoted if CSV needs it; line ends become CRLF."""
    if not text or not _needs_quotes(delimiter).search(text):
        return text
    return '"' + text.replace('"', '""').replace("\r", "").replace("\n", "\r\n") + '"'


def _needs_quotes(delimiter: str) -> re.Pattern[str]:
    known = _QUOTING.get(delimiter)
    if known is None:
        known = _QUOTING[delimiter] = re.compile(rf'["\r\n{re.escape(delimiter)}]|\A\s|\A\\\.\Z')
    return known


def _float_text(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        return np.format_float_positional(value, trim="-")
    return text[:-2] if text.endswith(".0") else text


_CELLS: dict[str, Callable[[Any], str]] = {
    "bool": lambda v: "true" if v else "false",
    "int": str,
    "uint": str,
    "float": _float_text,
    "string": lambda v: v,
    "time": format_time,
}
_WITH_NULL: dict[str, Callable[[Any], str]] = {
    kind: (lambda v, write=write: "" if v is None else write(v))  # type: ignore[misc]
    for kind, write in _CELLS.items()
}


def cell_text(kind: str) -> Callable[[Any], str]:
    """What writes a value of this column type as a cell, before quoting; null is empty."""
    return _WITH_NULL[kind]


def cells(values: Sequence[Any], kind: str, delimiter: str) -> list[str]:
    """The cells of some values, each distinct one written once."""
    if kind == "string":
        known = {value: quote(value or "", delimiter) for value in set(values)}
    elif kind == "float":  # rarely twice the same, and -0.0 equals 0.0
        write = _WITH_NULL["float"]
        return [write(value) for value in values]
    else:
        write = _WITH_NULL[kind]
        known = {value: write(value) for value in set(values)}
    return [known[value] for value in values]


def column_cells(series: pl.Series, kind: str, delimiter: str) -> list[str]:
    """The cells of a column."""
    if kind in ("float", "time") and len(series) > 16:
        texts = _texts(series, kind)
        return [text or "" for text in texts.to_list()] if texts.null_count() else texts.to_list()
    return cells(series.to_list(), kind, delimiter)


def lines(columns: Sequence[tuple[pl.Series, str] | None], delimiter: str) -> bytes | None:
    """Columns (with their types) as lines that end with ROW; a None between two of them makes one of GAPS, without delimiters.

    None if a text holds one of these marks, or if there are more gaps than marks.
    """
    gaps = columns.count(None)
    if gaps > len(GAPS):
        return None
    texts = [None if column is None else _texts(*column) for column in columns]
    careful = any(column is not None and column[1] == "string" for column in columns)
    cut = delimiter.encode()
    made = _marked(texts, CELL if careful else cut)
    if not careful:
        return made
    if _suspicious(made, cut):
        for at, column in enumerate(columns):
            if column is not None and column[1] == "string":
                texts[at] = _quoted(column[0], delimiter)
        made = _marked(texts, CELL)
    rows = next(len(text) for text in texts if text is not None)
    found = [made.count(ROW), made.count(CELL), *(made.count(gap) for gap in GAPS[:gaps])]
    return made.replace(CELL, cut) if found == [rows, rows * (len(texts) - 1 - 2 * gaps), *([rows] * gaps)] else None


def _marked(texts: Sequence[pl.Series | None], separator: bytes) -> bytes:
    """Texts as lines. Marks of one byte are what `bytes.replace` finds fast: three bytes take it 16 times as long."""
    columns: list[pl.Series] = []
    gaps = iter(GAPS)
    mark = ""
    for text in texts:
        if text is None:
            mark = next(gaps).decode()
        elif mark:
            columns[-1] = _plain(columns[-1]) + mark + _plain(text)
            mark = ""
        else:
            columns.append(text)
    return written(columns, separator.decode(), ROW.decode())


def written(columns: Sequence[pl.Series], separator: str, end: str) -> bytes:
    """Columns of texts (or of numbers or truth values) as lines, just as they are."""
    buffer = io.BytesIO()
    pl.DataFrame([column.alias(str(at)) for at, column in enumerate(columns)]).write_csv(
        buffer, include_header=False, separator=separator, line_terminator=end, quote_style="never", null_value=""
    )
    return buffer.getvalue()


def _plain(series: pl.Series) -> pl.Series:
    """A column as texts without nulls, which would swallow what is put to them."""
    text = series if series.dtype == pl.String else series.cast(pl.String)
    return text.fill_null("") if text.null_count() else text


def column_texts(series: pl.Series, kind: str, delimiter: str) -> pl.Series:
    """A column as it can be written, quoted where CSV needs it."""
    return _quoted(series, delimiter) if kind == "string" else _texts(series, kind)


def _suspicious(made: bytes, cut: bytes) -> bool:
    """Whether some cell may need quotes. Each look at a single byte is one pass of memchr."""
    if not made.isascii() or any(mark in made for mark in (b'"', cut, b"\r", b"\n", b"\\.")):
        return True
    spaces = [space for space in (b" ", b"\t", b"\v", b"\f", b"\x1c", b"\x1d", b"\x1e", b"\x1f") if space in made]
    return any(made.startswith(space) or CELL + space in made or ROW + space in made for space in spaces)


def _quoted(series: pl.Series, delimiter: str) -> pl.Series:
    """Texts, those in quotes that CSV needs so."""
    if len(series) <= _SHORT:
        values = series.to_list()
        quotes = {value: quote(value, delimiter) for value in set(values) if value is not None}
        if all(value == text for value, text in quotes.items()):
            return series
        return pl.Series(series.name, [quotes.get(value) for value in values], dtype=pl.String)
    special = series.str.contains(rf'["\r\n{re.escape(delimiter)}]|^\s|^\\\.$')
    if not special.any():
        return series
    distinct = series.filter(special).unique()
    return series.replace(distinct, pl.Series([quote(t, delimiter) for t in distinct], dtype=pl.String))


def _texts(series: pl.Series, kind: str) -> pl.Series:
    """A column in the form in which polars can write it as it is: texts, integers or booleans."""
    if kind == "time":
        return time_texts(series)
    return float_texts(series) if kind == "float" else series


def plain_texts(series: pl.Series, plain: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pl.Series:
    """Floats as texts, those without a needless zero that `plain` marks; what polars writes in another way than we is not among them."""
    texts = series.cast(pl.String)
    values = series.to_numpy()
    whole = np.flatnonzero(plain & (np.trunc(values) == values))
    if len(whole) > len(values) // 16:
        texts = texts.str.strip_suffix(".0")
    elif len(whole):  # eight times as fast for a few
        texts = texts.scatter(whole, [text[:-2] for text in take(texts, whole).to_list()])
    return texts


def float_texts(series: pl.Series) -> pl.Series:
    """Floats as the reference prints them: no exponents, no needless zeros."""
    values = series.to_numpy()
    size = np.abs(values)
    plain = (size >= 1e-5) & (size < 1e16)
    plain |= size == 0
    texts = plain_texts(series, plain)
    if plain.all():
        return texts
    odd = np.flatnonzero(~plain)
    missing = (
        np.isnan(values[odd]) & series.is_null().to_numpy()[odd] if series.null_count() else np.zeros(len(odd), bool)
    )
    odd = odd[~missing]
    if not len(odd):
        return texts
    return texts.scatter(odd, _odd_texts(values[odd]))


def _odd_texts(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[str]:
    """Very large, very small and not finite floats."""
    buffer = io.BytesIO()
    pl.DataFrame([pl.Series("v", values)]).write_csv(
        buffer, include_header=False, quote_style="never", float_scientific=False
    )
    texts = buffer.getvalue().decode().split("\n")
    texts.pop()
    infinite = {"inf": "+Inf", "-inf": "-Inf"}
    return [infinite.get(text, text) for text in texts]


def time_texts(series: pl.Series, mark: str = "") -> pl.Series:
    """Times of nanoseconds as RFC 3339, with a mark on both sides."""
    if len(series) <= _FEW:
        return _moments(series, mark)
    times = series.drop_nulls().to_numpy() if series.null_count() else series.to_numpy()
    if not len(times):
        return series.cast(pl.String)
    low, high = int(times.min()), int(times.max())
    if low == high or series.null_count() or (high - low) // _NS > min(_SPAN, 64 * len(times)):
        distinct = series.unique().drop_nulls()
        return series.replace_strict(distinct, _moments(distinct, mark), default=None, return_dtype=pl.String)
    seconds = (times - low) // _NS
    if not np.array_equal(seconds * _NS + low, times):
        return _moments(series, mark)
    used = np.zeros(int(seconds[-1] if len(seconds) == 1 else seconds.max()) + 1, bool)
    used[seconds] = True
    texts = _moments(pl.Series(np.flatnonzero(used) * _NS + low), mark)
    place = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    return texts[pl.Series(place[seconds])]


def _moments(series: pl.Series, mark: str) -> pl.Series:
    """Each time by itself as text."""
    moments = series.cast(pl.Datetime("ns"))
    times = series.to_numpy() if not series.null_count() else series.drop_nulls().to_numpy()
    if not (times % _NS).any():
        return moments.dt.to_string(f"{mark}%Y-%m-%dT%H:%M:%SZ{mark}")
    return moments.dt.to_string(f"{mark}%Y-%m-%dT%H:%M:%S%.9fZ").str.replace(r"\.?0*Z$", f"Z{mark}")
