"""strings: trimming, replacing, splitting, joining."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.values import Array

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_LONGEST = 1 << 28  # characters that one repeat may make: beyond that a script only wants to hurt


@builtin("strings", "trim")
@no_nulls
def trim(v: str, cutset: str) -> str:
    """Without the characters of `cutset` at both ends."""
    return v.strip(cutset) if cutset else v


@builtin("strings", "trimLeft")
@no_nulls
def trim_left(v: str, cutset: str) -> str:
    """Without the characters of `cutset` at the beginning."""
    return v.lstrip(cutset) if cutset else v


@builtin("strings", "trimRight")
@no_nulls
def trim_right(v: str, cutset: str) -> str:
    """Without the characters of `cutset` at the end."""
    return v.rstrip(cutset) if cutset else v


@builtin("strings", "trimPrefix")
@no_nulls
def trim_prefix(v: str, prefix: str) -> str:
    """Without `prefix`."""
    return v.removeprefix(prefix)


@builtin("strings", "trimSuffix")
@no_nulls
def trim_suffix(v: str, suffix: str) -> str:
    """Without `suffix`."""
    return v.removesuffix(suffix)


@builtin("strings", "trimSpace")
@no_nulls
def trim_space(v: str) -> str:
    """Without white space (Unicode's property) at both ends."""
    return v.strip(_SPACE)


@builtin("strings", "repeat")
@no_nulls
def repeat(v: str, i: int) -> str:
    """`v` written `i` times; `Invalid` for a negative count or an answer of hundreds of megabytes."""
    if i < 0:
        raise Invalid(f"cannot repeat a string {i} times")
    if len(v) * i > _LONGEST:
        raise Invalid(f"repeating {len(v)} characters {i} times makes too long a string")
    return v * i


@builtin("strings", "replace")
@no_nulls
def replace(v: str, t: str, u: str, i: int) -> str:
    """The first `i` occurrences of `t` replaced by `u`; all for a negative `i`."""
    return v.replace(t, u, i)


@builtin("strings", "replaceAll")
@no_nulls
def replace_all(v: str, t: str, u: str) -> str:
    """Every occurrence of `t` replaced by `u`."""
    return v.replace(t, u)


def _cut(v: str, t: str, limit: int, keep: bool) -> Array:
    """Pieces between `t`, at most `limit` unless negative; `keep`: the separator stays with the piece before it."""
    pieces: list[str]
    if limit == 0:
        pieces = []
    elif t:
        parts = v.split(t, limit - 1 if limit > 0 else -1)
        pieces = [p + t for p in parts[:-1]] + parts[-1:] if keep else parts
    elif limit < 0 or limit >= len(v):
        pieces = list(v)
    else:
        pieces = [*v[: limit - 1], v[limit - 1 :]]
    result = Array(pieces)
    result.element = "string"
    return result


@builtin("strings", "split")
@no_nulls
def split(v: str, t: str) -> Array:
    """All pieces between `t`."""
    return _cut(v, t, -1, False)


@builtin("strings", "splitN")
@no_nulls
def split_n(v: str, t: str, i: int) -> Array:
    """At most `i` pieces between `t`; the last is the rest."""
    return _cut(v, t, i, False)


@builtin("strings", "splitAfter")
@no_nulls
def split_after(v: str, t: str) -> Array:
    """All pieces, each with the `t` that ends it."""
    return _cut(v, t, -1, True)


@builtin("strings", "splitAfterN")
@no_nulls
def split_after_n(v: str, t: str, i: int) -> Array:
    """At most `i` pieces, each with the `t` that ends it."""
    return _cut(v, t, i, True)


@builtin("strings", "joinStr")
@no_nulls
def join_str(arr: Array, v: str) -> str:
    """The strings of `arr` with `v` between them."""
    if any(part is None for part in arr):
        raise Invalid("cannot join an array that holds null")
    return v.join(arr)


@builtin("strings", "substring")
@no_nulls
def substring(v: str, start: int, end: int) -> str:
    """The characters `start` … `end - 1`; both bounds are brought into the string."""
    return v[max(start, 0) : max(end, 0)]
