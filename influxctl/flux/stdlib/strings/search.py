"""strings: finding, counting, comparing. Positions are bytes of UTF-8, as Go counts them."""

from __future__ import annotations

from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls


def _bytes_before(text: str, at: int) -> int:
    """The byte offset of a character offset; -1 stays -1."""
    return at if at < 0 or text.isascii() else len(text[:at].encode())


@builtin("strings", "hasPrefix")
@no_nulls
def has_prefix(v: str, prefix: str) -> bool:
    """Whether `v` begins with `prefix`."""
    return v.startswith(prefix)


@builtin("strings", "hasSuffix")
@no_nulls
def has_suffix(v: str, suffix: str) -> bool:
    """Whether `v` ends with `suffix`."""
    return v.endswith(suffix)


@builtin("strings", "containsStr")
@no_nulls
def contains_str(v: str, substr: str) -> bool:
    """Whether `substr` occurs in `v`."""
    return substr in v


@builtin("strings", "containsAny")
@no_nulls
def contains_any(v: str, chars: str) -> bool:
    """Whether a character of `chars` occurs in `v`."""
    return any(c in v for c in chars)


@builtin("strings", "equalFold")
@no_nulls
def equal_fold(v: str, t: str) -> bool:
    """Equality under simple case folding: character by character, so lengths must agree."""
    return len(v) == len(t) and all(
        a == b or a.lower() == b.lower() or a.upper() == b.upper() for a, b in zip(v, t, strict=True)
    )


@builtin("strings", "compare")
@no_nulls
def compare(v: str, t: str) -> int:
    """-1, 0 or 1: the order of the bytes."""
    a, b = v.encode(), t.encode()
    return (a > b) - (a < b)


@builtin("strings", "countStr")
@no_nulls
def count_str(v: str, substr: str) -> int:
    """How often `substr` occurs without overlap; the number of characters + 1 for an empty one."""
    return v.count(substr)


@builtin("strings", "index")
@no_nulls
def index(v: str, substr: str) -> int:
    """The first byte of `substr` in `v`, or -1."""
    return _bytes_before(v, v.find(substr))


@builtin("strings", "lastIndex")
@no_nulls
def last_index(v: str, substr: str) -> int:
    """The first byte of the last `substr` in `v`, or -1."""
    return _bytes_before(v, v.rfind(substr))


@builtin("strings", "indexAny")
@no_nulls
def index_any(v: str, chars: str) -> int:
    """The byte of the first character of `v` that is in `chars`, or -1."""
    return _bytes_before(v, next((i for i, c in enumerate(v) if c in chars), -1))


@builtin("strings", "lastIndexAny")
@no_nulls
def last_index_any(v: str, chars: str) -> int:
    """The byte of the last character of `v` that is in `chars`, or -1."""
    return _bytes_before(v, next((i for i in range(len(v) - 1, -1, -1) if v[i] in chars), -1))


@builtin("strings", "strlen")
@no_nulls
def strlen(v: str) -> int:
    """The number of characters."""
    return len(v)
