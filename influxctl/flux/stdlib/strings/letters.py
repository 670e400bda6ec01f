"""strings: upper and lower case, and what kind of character a string is (the rules of Go's `unicode` package)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls


@lru_cache(maxsize=4096)
def _upper(char: str) -> str:
    """The upper case of one character that is again one character; Go maps rune to rune, so ß stays ß."""
    for candidate in (char.upper(), char.title()):
        if len(candidate) == 1:
            return candidate
    return char


@lru_cache(maxsize=4096)
def _title(char: str) -> str:
    return char.title() if len(char.title()) == 1 else char


@builtin("strings", "toUpper")
@no_nulls
def to_upper(v: str) -> str:
    """Upper case, rune by rune."""
    return v.upper() if v.isascii() else "".join(map(_upper, v))


@builtin("strings", "toLower")
@no_nulls
def to_lower(v: str) -> str:
    """Lower case, rune by rune; the final sigma is no special case."""
    return v.lower() if v.isascii() else "".join(c.lower()[:1] for c in v)


@builtin("strings", "toTitle")
@no_nulls
def to_title(v: str) -> str:
    """Title case of every rune, which differs from upper case for a few digraphs only."""
    return v.upper() if v.isascii() else "".join(map(_title, v))


def _separates(char: str) -> bool:
    """Whether a word may begin after this character (Go's isSeparator)."""
    if char.isascii():
        return not (char.isalnum() or char == "_")
    return not char.isalpha() and unicodedata.category(char) != "Nd" and char.isspace()


@builtin("strings", "title")
@no_nulls
def title(v: str) -> str:
    """The first letter of each word in title case; the others stay as they are."""
    out: list[str] = []
    before = " "
    for char in v:
        out.append(_title(char) if _separates(before) else char)
        before = char
    return "".join(out)


def _one_byte(v: str) -> str:
    if len(v.encode()) != 1:
        raise Invalid(f"expected a string of length 1, but got {v!r}")
    return v


@builtin("strings", "isDigit")
@no_nulls
def is_digit(v: str) -> bool:
    """Whether the one byte is a digit."""
    return _one_byte(v).isdigit()


@builtin("strings", "isLetter")
@no_nulls
def is_letter(v: str) -> bool:
    """Whether the one byte is a letter."""
    return _one_byte(v).isalpha()


@builtin("strings", "isLower")
@no_nulls
def is_lower(v: str) -> bool:
    """Whether the one byte is a small letter."""
    return _one_byte(v).islower()


@builtin("strings", "isUpper")
@no_nulls
def is_upper(v: str) -> bool:
    """Whether the one byte is a capital letter."""
    return _one_byte(v).isupper()
