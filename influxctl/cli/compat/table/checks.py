"""What the values of some flags may be; a refusal is a ValueError with influx's words."""

from __future__ import annotations

import re

from influxctl.cli.compat.gotext import quoted

_RATE = re.compile(r"(\d*\.?\d*)(B|kB|MB)/?(\d*)(s|sec|m|min)", re.IGNORECASE)
_FORMAT = (
    "COUNT(B|kB|MB)/TIME(s|sec|m|min) with / and TIME being optional, "
    r"rexpexp: ^(\d*\.?\d*)(B|kB|MB)/?(\d*)?(s|sec|m|min)$"
)
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60}
_BYTES = {"b": 1, "kb": 1024, "mb": 1024 * 1024}


def precision(value: str) -> None:
    """Precisions of timestamps."""
    if value not in ("ns", "us", "ms", "s"):
        raise ValueError(f"unsupported precision: {quoted(value)}")


def input_format(value: str) -> None:
    """Formats of what is written."""
    if value not in ("lp", "csv"):
        raise ValueError(f"unsupported format: {quoted(value)}")


def compression(value: str) -> None:
    """Packings of what is written, and of files of back-ups."""
    if value not in ("none", "gzip"):
        raise ValueError(f"unsupported compression: {quoted(value)}")


def compression_level(value: str) -> None:
    """How hard files of back-ups are packed."""
    if value not in ("default", "full", "speedy"):
        raise ValueError(f"unsupported compression level: {quoted(value)}")


def schema_type(value: str) -> None:
    """Schema types of buckets."""
    if value not in ("implicit", "explicit"):
        raise ValueError(f"unsupported schema type: {quoted(value)}")


def rate_limit(value: str) -> float:
    """Bytes a second from `5 MB / 5 min` and the like; 0 is no limit."""
    packed = "".join(value.split())
    if packed in ("", "0E+00"):
        return 0.0
    match = _RATE.fullmatch(packed)
    if match is None:
        raise ValueError(f"invalid rate limit {quoted(value)}: it does not match format {_FORMAT}")
    amount = float(match[1]) if match[1] else 1.0
    time = float(match[3]) if match[3] else 1.0
    return amount * _BYTES[match[2].lower()] / (time * _SECONDS[match[4].lower()])


def template_encoding(value: str) -> None:
    """Encodings of templates."""
    if value not in ("jsonnet", "json", "yml", "yaml"):
        raise ValueError(f"unknown inEncoding {quoted(value)}")
