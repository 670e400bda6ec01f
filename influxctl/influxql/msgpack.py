"""MessagePack, as much as the v1 API answers: nil, booleans, numbers, text, arrays, maps, and times as extension type 5."""

from __future__ import annotations

import struct

import numpy as np

_TIME = 5  # eight bytes of seconds and four of nanoseconds, as the 1.x clients read it


def pack(value: object) -> bytes:
    """A value as MessagePack."""
    out = bytearray()
    _pack(value, out)
    return bytes(out)


def _pack(value: object, out: bytearray) -> None:
    if value is None:
        out.append(0xC0)
    elif isinstance(value, bool):
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, int):
        _integer(value, out)
    elif isinstance(value, float):
        out += struct.pack(">Bd", 0xCB, value)
    elif isinstance(value, str):
        data = value.encode("utf-8", "surrogateescape")
        _head(len(data), out, 0xA0, 31, (0xD9, 0xDA, 0xDB))
        out += data
    elif isinstance(value, (list, tuple)):
        _head(len(value), out, 0x90, 15, (None, 0xDC, 0xDD))
        for item in value:
            _pack(item, out)
    elif isinstance(value, dict):
        _head(len(value), out, 0x80, 15, (None, 0xDE, 0xDF))
        for key, item in value.items():
            _pack(key, out)
            _pack(item, out)
    elif isinstance(value, np.datetime64):
        seconds, rest = divmod(int(value.astype("datetime64[ns]").astype(np.int64)), 10**9)
        out += struct.pack(">BBBqi", 0xC7, 12, _TIME, seconds, rest)
    else:
        raise TypeError(f"{type(value).__name__} has no form in MessagePack")


def _integer(value: int, out: bytearray) -> None:
    if 0 <= value < 128:
        out.append(value)
    elif -32 <= value < 0:
        out.append(256 + value)
    elif -(1 << 63) <= value < 1 << 63:
        out += struct.pack(">Bq", 0xD3, value)
    else:
        out += struct.pack(">BQ", 0xCF, value)


def _head(size: int, out: bytearray, short: int, most: int, longer: tuple[int | None, int, int]) -> None:
    if size <= most:
        out.append(short | size)
    elif longer[0] is not None and size < 256:
        out += struct.pack(">BB", longer[0], size)
    elif size < 65536:
        out += struct.pack(">BH", longer[1], size)
    else:
        out += struct.pack(">BI", longer[2], size)
