"""strings: the forms over columns of functions whose other arguments are the same for all rows."""

from __future__ import annotations

from typing import Any

import polars as pl

from influxctl.flux.vectors import Vector, column_form


def _texts(v: Any) -> pl.Series | None:
    """A column of strings without nulls."""
    return v.series if isinstance(v, Vector) and v.kind == "string" and not v.series.null_count() else None


@column_form("strings", "strlen")
def strlen_column(v: Any) -> Vector | None:
    """Numbers of characters."""
    texts = _texts(v)
    return Vector("int", texts.str.len_chars().cast(pl.Int64)) if texts is not None else None


@column_form("strings", "hasPrefix")
def has_prefix_column(v: Any, prefix: Any) -> Vector | None:
    """Whether each begins with the prefix."""
    texts = _texts(v)
    return Vector("bool", texts.str.starts_with(prefix)) if texts is not None and isinstance(prefix, str) else None


@column_form("strings", "hasSuffix")
def has_suffix_column(v: Any, suffix: Any) -> Vector | None:
    """Whether each ends with the suffix."""
    texts = _texts(v)
    return Vector("bool", texts.str.ends_with(suffix)) if texts is not None and isinstance(suffix, str) else None


@column_form("strings", "containsStr")
def contains_column(v: Any, substr: Any) -> Vector | None:
    """Whether the text occurs in each."""
    texts = _texts(v)
    known = texts is not None and isinstance(substr, str)
    return Vector("bool", texts.str.contains(substr, literal=True)) if known and texts is not None else None


def _register_case(name: str, upper: bool) -> None:
    def form(v: Any) -> Vector | None:
        texts = _texts(v)
        if texts is None or (texts.str.len_chars() != texts.str.len_bytes()).any():
            return None  # beyond ASCII the rules of Go and Rust differ: ß stays ß there
        return Vector("string", texts.str.to_uppercase() if upper else texts.str.to_lowercase())

    column_form("strings", name)(form)


_register_case("toUpper", True)
_register_case("toLower", False)
