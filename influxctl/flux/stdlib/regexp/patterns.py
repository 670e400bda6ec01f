"""regexp: the functions over regular expressions, by the rules of Go's regexp (core.regex)."""

from __future__ import annotations

from influxctl.core.regex import Pattern, compile_regex, quote_meta
from influxctl.core.regex import replace_all as replace_matches
from influxctl.core.regex import split as split_at_matches
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.values import Array, Regexp


def _pattern(r: Regexp) -> Pattern:
    return compile_regex(r.pattern)


def _array(items: list[str] | list[int], element: str) -> Array:
    result = Array(items)
    result.element = element
    return result


@builtin("regexp", "compile")
@no_nulls
def compile_(v: str) -> Regexp:
    """The expression; `Invalid` when it is malformed."""
    compile_regex(v)
    return Regexp(v)


@builtin("regexp", "quoteMeta")
@no_nulls
def quote(v: str) -> str:
    """`v` as a pattern that matches just it."""
    return quote_meta(v)


@builtin("regexp", "findString")
@no_nulls
def find_string(r: Regexp, v: str) -> str:
    """The leftmost match, or ''."""
    match = _pattern(r).search(v)
    return (match[0] or "") if match else ""


@builtin("regexp", "findStringIndex")
@no_nulls
def find_string_index(r: Regexp, v: str) -> Array:
    """First byte of the leftmost match and the byte behind it."""
    match = _pattern(r).search(v)
    return _array([len(v[:at].encode()) for at in (match.start(), match.end())] if match else [], "int")


@builtin("regexp", "matchRegexpString")
@no_nulls
def match_string(r: Regexp, v: str) -> bool:
    """Whether there is a match."""
    return _pattern(r).search(v) is not None


@builtin("regexp", "replaceAllString")
@no_nulls
def replace_all_string(r: Regexp, v: str, t: str) -> str:
    """All matches replaced by the template `t`."""
    return replace_matches(_pattern(r), v, t)


@builtin("regexp", "splitRegexp")
@no_nulls
def split_regexp(r: Regexp, v: str, i: int) -> Array:
    """The pieces between matches."""
    return _array(split_at_matches(_pattern(r), v, i), "string")


@builtin("regexp", "getString")
@no_nulls
def get_string(r: Regexp) -> str:
    """The pattern's text."""
    return r.pattern
