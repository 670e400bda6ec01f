"""Regular expressions as InfluxDB reads them: RE2 syntax, in time linear in the text (google-re2).

Go's regexp and RE2 accept the same language. Python's `re` would accept look-around and back references, which InfluxDB refuses, and can
be made to run for ever. `find_all`, `replace_all`, `split` and `expand` follow Go's rules for empty matches and templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol

import re2

from influxctl.core.errors import Invalid

_TEMPLATE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)
_ANY_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\C")  # RE2 alone knows \C, Go does not


class Match(Protocol):
    """Where a pattern was found; the part of `re.Match` that both libraries have."""

    re: Any

    def start(self) -> int:
        """Where the match begins."""

    def end(self) -> int:
        """Where the match ends."""

    def groups(self) -> tuple[str | None, ...]:
        """The text of each group, None for one that took no part."""

    def __getitem__(self, group: int | str) -> str | None: ...


class Pattern(Protocol):
    """A compiled pattern; the part of `re.Pattern` that both libraries have."""

    pattern: str
    groups: int

    def search(self, text: str, pos: int = 0) -> Match | None:
        """The leftmost match at or after `pos`."""

    def match(self, text: str, pos: int = 0) -> Match | None:
        """A match that begins at `pos`."""

    def fullmatch(self, text: str, pos: int = 0) -> Match | None:
        """A match of the whole text."""


@lru_cache(maxsize=1024)
def compile_regex(pattern: str) -> Pattern:
    """A compiled pattern of RE2 syntax; `Invalid` with the reason when it is malformed."""
    options = re2.Options()
    options.log_errors = False
    if _ANY_BYTE.search(pattern):
        raise Invalid(f"error parsing regexp: invalid escape sequence: `\\C` in `{pattern}`")
    try:
        compiled: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0]
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise Invalid(f"error parsing regexp: {text} in `{pattern}`") from None
    return compiled


def find_all(regex: Pattern, text: str, limit: int = -1) -> Iterator[Match]:
    """Successive matches, at most `limit` unless negative; an empty match that touches the one before is left out."""
    at, last, count = 0, -1, 0
    while at <= len(text) and (limit < 0 or count < limit):
        match = regex.search(text, at)
        if match is None:
            return
        accepted = True
        if match.end() == at:
            accepted = match.start() != last
            at += 1
        else:
            at = match.end()
        last = match.end()
        if accepted:
            count += 1
            yield match


def replace_all(regex: Pattern, text: str, template: str) -> str:
    """`text` with every match replaced by the template (`$1`, `${name}`, `$$`)."""
    parts: list[str] = []
    last = at = 0
    while at <= len(text):
        match = regex.search(text, at)
        if match is None:
            break
        parts.append(text[last : match.start()])
        if match.end() > last or match.start() == 0:
            parts.append(expand(match, template))
        last = match.end()
        at = max(at + 1, last)
    return "".join(parts) + text[last:]


def split(regex: Pattern, text: str, limit: int = -1) -> list[str]:
    """The pieces between matches: at most `limit` of them unless it is negative; none for 0."""
    if limit == 0:
        return []
    if regex.pattern and not text:
        return [""]
    pieces: list[str] = []
    begin = end = 0
    for match in find_all(regex, text, limit):
        if limit > 0 and len(pieces) == limit - 1:
            break
        end = match.start()
        if match.end() != 0:
            pieces.append(text[begin:end])
        begin = match.end()
    if end != len(text):
        pieces.append(text[begin:])
    return pieces


def expand(match: Match, template: str) -> str:
    """The template with its references filled in; a group that does not exist or did not take part is empty."""

    def reference(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        if name.isdigit():
            return (match[int(name)] or "") if int(name) <= match.re.groups else ""
        return (match[name] or "") if name in match.re.groupindex else ""

    return _TEMPLATE.sub(reference, template)


def quote_meta(text: str) -> str:
    """`text` with the characters that mean something in a pattern escaped, as Go does it."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)
