"""Names of Flux for editors: packages, what is in them, parameters, keywords, and the tokens of a line."""

from __future__ import annotations

import re

from influxctl.flux import library
from influxctl.flux.scanner import Scanner
from influxctl.flux.tokens import KEYWORDS

_PIPED = re.compile(r"<-[^,)]*,?")
_NAMED = re.compile(r"(?:^|[,(]\s*)\??(\w+):")


def packages() -> list[str]:
    """The paths that can be imported."""
    return library.packages()


def members(path: str) -> list[str]:
    """What a package has, sorted."""
    return sorted(library.declarations().get(path, {}))


def prelude() -> list[str]:
    """What needs no import, and the keywords."""
    return [*(name for path in library.PRELUDE for name in members(path)), *KEYWORDS]


def parameters(path: str, name: str) -> list[str]:
    """The parameters of a function, the piped one aside; of a function that needs no import if the path is empty."""
    for home in [path] if path else library.PRELUDE:
        kind = library.type_text(home, name)
        if kind and kind.startswith("("):
            return _NAMED.findall("," + _PIPED.sub("", kind[1:]).split(") =>")[0])
    return []


def pieces_of(line: str) -> list[tuple[str, str]]:
    """A line in pieces: (kind of token, text); blanks have no kind, comments are COMMENT, strings STRING."""
    found: list[tuple[str, str]] = []
    scanner, at, done = Scanner(line), 0, False
    while at < len(line) and not done:
        for token in scanner.chunk():
            done = token.kind == "EOF"
            if done or token.start < at:
                continue
            found.append(_between(line[at : token.start]))
            kind, end = token.kind, token.end
            if kind == "QUOTE":
                close = line.find('"', token.end)
                kind, end = "STRING", close + 1 if close >= 0 else len(line)
                scanner.seek(end, True)
            found.append((kind, line[token.start : end]))
            at = end
    found.append(_between(line[at:]))
    return [piece for piece in found if piece[1]]


def _between(text: str) -> tuple[str, str]:
    return "COMMENT" if text.strip() else "", text
