"""How the columns of a block are stored small: as planes of bytes, after what makes most of those bytes equal.

A long column of numbers becomes integers (floats with few decimals their decimal digits, others their bits), these the differences of
neighbours where that helps, and the integers one column a byte: the upper bytes are nearly constant then, and zstd takes them for
nothing. Few distinct texts become numbers into a list. What was done is a small dict in the segment's footer; a sample decides.

Measured on 131,072 rows, bytes a value before and after: two decimals 2.8 → 1.7, a walk of two decimals 1.5 → 0.56, floats of full
precision 7.3 → 6.1, counters 2.0 → 1.3, times with jitter 3.4 → 2.6, four distinct texts 1.6 → 0.3. Reading takes 2 ms more.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[Any]
How = dict[
    str, Any
]  # kind: dec (with exp), bits, int, text (with list); delta: 0/1; planes: 0 means not cut; nulls: 0/1; type
LONG = 2048  # rows below which a column is stored as it is: each plane costs a hundred bytes of headers
_SAMPLE = 8192
_DIGITS = 15
_POWER = [float(10**n) for n in range(_DIGITS + 1)]
_EXACT = float(1 << 53)
_LIST = 255  # distinct texts that are numbered
_LIST_BYTES = 4096
_NUMBERS = (pl.Float64, pl.Int64, pl.UInt64)


def encode(frame: pl.DataFrame) -> bytes:
    """A block's bytes: Arrow IPC with zstd."""
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


def pack(column: pl.Series, prefix: str) -> tuple[list[pl.Series], How | None]:
    """The series that stand for a column, their names beginning with `prefix`, and how they were made; None: the column itself."""
    if len(column) < LONG:
        return [column], None
    if column.dtype == pl.String:
        return _pack_texts(column, prefix)
    if column.dtype not in _NUMBERS:
        return [column], None
    whole = column.fill_null(strategy="forward").fill_null(0) if column.null_count() else column
    how = _choose(whole.to_numpy())
    if how is None:
        return [column], None
    numbers = _integers(whole.to_numpy(), how)
    assert numbers is not None  # _choose has looked at all values
    out = _cut(_stepped(numbers, how), how, prefix)
    if column.null_count():
        how["nulls"] = 1
        out.append(column.is_not_null().alias(f"{prefix}v"))
    return out, how


def unpack(frame: pl.DataFrame, name: str, prefix: str, how: How) -> pl.Series:
    """The column that `pack` took apart."""
    if how["kind"] == "text":
        return pl.Series(name, how["list"], dtype=pl.String).gather(frame[f"{prefix}c"])
    numbers = _joined(frame, how, prefix)
    if how["kind"] == "bits":
        if how["delta"]:
            numbers = np.bitwise_xor.accumulate(numbers)
        values: Array = numbers.view(np.float64)
    else:
        if how["delta"]:
            numbers = np.cumsum(numbers, dtype=np.int64)
        values = numbers / _POWER[how["exp"]] if how["kind"] == "dec" else numbers
    column = pl.Series(name, values.view(np.uint64) if how.get("type") == "u" else values)
    if how.get("nulls"):
        column = column.set(~frame[f"{prefix}v"], None)
    return column


def _pack_texts(column: pl.Series, prefix: str) -> tuple[list[pl.Series], How | None]:
    """Texts of which there are few distinct ones, as numbers into a list."""
    if column.head(_SAMPLE).n_unique() > _LIST:
        return [column], None
    distinct = column.unique(maintain_order=True).drop_nulls().to_list()
    if len(distinct) > _LIST or sum(map(len, distinct)) > _LIST_BYTES:
        return [column], None
    codes = column.cast(pl.Enum(distinct)).to_physical().cast(pl.UInt8)
    return [codes.alias(f"{prefix}c")], {"kind": "text", "list": distinct}


def _choose(values: Array) -> How | None:
    """The smallest way on a sample that is right for all values; None: as it is."""
    middle = max(0, (len(values) - _SAMPLE) // 2)
    sample = values[middle : middle + _SAMPLE]
    ways: list[How] = [{"kind": "int", "delta": delta, "planes": planes} for delta in (0, 1) for planes in (0, 1)]
    if values.dtype == np.float64:
        exponent = _exponent(sample)
        ways = [{"kind": "bits", "delta": 1, "planes": 1}]
        if exponent is not None:
            ways += [{"kind": "dec", "exp": exponent, "delta": d, "planes": p} for d, p in ((0, 1), (1, 1), (1, 0))]
    else:
        ways = ways[1:]  # the first is the column as it is
    best, least = None, len(encode(pl.DataFrame({"v": sample})))
    for way in ways:
        numbers = _integers(sample, way)
        if numbers is None:
            continue
        size = len(encode(pl.DataFrame(_cut(_stepped(numbers, way), dict(way), ""))))
        if size < least:
            best, least = way, size
    if best is not None and best["kind"] == "dec":
        exponent = _exponent(values, best["exp"])
        if exponent is None or exponent > best["exp"] + 3:  # a few odd values would make all digits long
            return {"kind": "bits", "delta": 1, "planes": 1}
        best["exp"] = exponent
    return best


def _exponent(values: Array, least: int = 0) -> int | None:
    """The number of decimals that gives all these floats exactly, bit by bit; None when there is none."""
    left = values
    for exponent in range(least, _DIGITS + 1):
        wrong = ~_decimal(left, exponent)[1]
        if not wrong.any():
            return exponent
        left = left[wrong]
    return None


def _decimal(values: Array, exponent: int) -> tuple[Array, Array]:
    """Floats as whole numbers of 10^-exponent, and for which of them that is exact. (A division of whole numbers below 2^53 by a
    power of ten below 10^22 rounds once, as reading the decimal text does.)"""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(values * _POWER[exponent])
        fits = np.abs(scaled) < _EXACT
        numbers = np.where(fits, scaled, 0.0).astype(np.int64)
    back = numbers / _POWER[exponent]
    return numbers, fits & (back.view(np.int64) == values.view(np.int64))


def _integers(values: Array, how: How) -> Array | None:
    """Values as int64; None when a decimal form is not exact for all."""
    values = np.ascontiguousarray(values)
    if how["kind"] == "dec":
        numbers, exact = _decimal(values, how["exp"])
        return numbers if exact.all() else None
    if values.dtype == np.uint64:
        how["type"] = "u"
    return values.view(np.int64)


def _stepped(numbers: Array, how: How) -> Array:
    """The differences of neighbours, if the way says so (of bits: what differs)."""
    if not how["delta"]:
        return numbers
    if how["kind"] == "bits":
        out = numbers.copy()
        out[1:] ^= numbers[:-1]
        return out
    return np.diff(numbers, prepend=np.int64(0))


def _cut(numbers: Array, how: How, prefix: str) -> list[pl.Series]:
    """Numbers as planes: column i holds byte i of each; sets how many planes there are. Small negative numbers become small ones."""
    if not how["planes"]:
        return [pl.Series(f"{prefix}n", numbers)]
    if how["kind"] != "bits":
        numbers = (numbers << 1) ^ (numbers >> 63)
    octets = np.ascontiguousarray(numbers).view(np.uint8).reshape(-1, 8)
    used = int(np.bitwise_or.reduce(numbers.view(np.uint64)))
    how["planes"] = max(1, (used.bit_length() + 7) // 8)
    return [pl.Series(f"{prefix}{i}", np.ascontiguousarray(octets[:, i])) for i in range(how["planes"])]


def _joined(frame: pl.DataFrame, how: How, prefix: str) -> Array:
    """The numbers that `_cut` took apart."""
    if not how["planes"]:
        return frame[f"{prefix}n"].to_numpy()
    octets = np.zeros((frame.height, 8), np.uint8)
    for i in range(how["planes"]):
        octets[:, i] = frame[f"{prefix}{i}"].to_numpy()
    numbers = octets.view(np.int64).ravel()
    if how["kind"] == "bits":
        return numbers
    back: Array = (numbers.view(np.uint64) >> np.uint64(1)).view(np.int64) ^ -(numbers & 1)
    return back


def packed_frame(columns: list[pl.Series]) -> tuple[pl.DataFrame, list[How | None]]:
    """The frame that is stored for some columns, and how each of them was packed."""
    pieces, ways = [], []
    for number, column in enumerate(columns):
        made, how = pack(column, f"\0{number}.")
        pieces += made
        ways.append(how)
    return pl.DataFrame(pieces), ways


def unpacked_frame(frame: pl.DataFrame, names: list[str], ways: list[How | None]) -> pl.DataFrame:
    """The columns that `packed_frame` took."""
    columns = [
        frame[name] if how is None else unpack(frame, name, f"\0{number}.", how)
        for number, (name, how) in enumerate(zip(names, ways, strict=True))
    ]
    return pl.DataFrame(columns)
