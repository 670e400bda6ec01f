"""InfluxQL text to tokens.

One regular expression finds all tokens; whether `/` divides or begins a regular expression follows from the token before it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from influxctl.influxql.errors import InfluxQLSyntaxError

Kind = str  # ident keyword string integer number duration regex parameter op end

KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """ALL ALTER ANALYZE AND ANY AS ASC BEGIN BY CARDINALITY CREATE CONTINUOUS DATABASE DATABASES DEFAULT DELETE DESC
        DESTINATIONS DIAGNOSTICS DISTINCT DROP DURATION END EVERY EXACT EXPLAIN FALSE FIELD FOR FROM FUTURE GRANT GRANTS GROUP
        GROUPS IN INF INSERT INTO KEY KEYS KILL LIMIT MEASUREMENT MEASUREMENTS NAME OFFSET ON OR ORDER PASSWORD PAST POLICY
        POLICIES PRIVILEGES QUERIES QUERY READ REPLICATION RESAMPLE RETENTION REVOKE SELECT SERIES SET SHOW SHARD SHARDS SLIMIT
        SOFFSET STATS SUBSCRIPTION SUBSCRIPTIONS TAG TO TRUE USER USERS VALUES VERBOSE WHERE WITH WRITE""",
    )
)

DURATION_UNITS = {
    "ns": 1,
    "u": 1_000,
    "µ": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
MAX_INT = (1 << 63) - 1

_TOKEN = re.compile(
    r"""(?P<space>(?:\s+|--[^\n]*|/\*.*?\*/)+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |"(?P<quoted>(?:[^"\\\n]|\\["\\'n])*)"
    |'(?P<string>(?:[^'\\\n]|\\["\\'n])*)'
    |(?P<number>\d+\.\d*|\.\d+)
    |(?P<duration>\d+[a-zµ][a-zµ0-9]*)
    |(?P<integer>\d+)
    |\$(?:(?P<parameter>[A-Za-z_0-9]+)|"(?P<quotedparameter>(?:[^"\\\n]|\\["\\'n])*)")
    |(?P<op>=~|!~|!=|<>|<=|>=|::|[-+*/%&|^=<>(),;:.])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)*)/")
_DURATION_PART = re.compile(r"(\d+)(ns|ms|u|µ|s|m|h|d|w)")
_ESCAPE = re.compile(r"\\(.)")


class Token(NamedTuple):
    """A token: its kind, its value (keywords in capitals, text without quotes) and where it starts."""

    kind: Kind
    value: str
    position: int


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], text)


def parse_duration(text: str) -> int:
    """`1h30m` in nanoseconds; ValueError if it is not a duration."""
    total = at = 0
    while match := _DURATION_PART.match(text, at):
        total += int(match[1]) * DURATION_UNITS[match[2]]
        at = match.end()
    if at != len(text) or not text or total > MAX_INT:
        raise ValueError(f"{text} is not a duration")
    return total


def _ends_operand(tokens: list[Token]) -> bool:
    """Whether a `/` after these tokens divides."""
    if not tokens:
        return False
    token = tokens[-1]
    if token.kind == "keyword":
        return token.value in ("TRUE", "FALSE") or (len(tokens) > 1 and tokens[-2].value == "::")
    return token.kind != "op" or token.value == ")"


def scan(text: str) -> list[Token]:
    """All tokens of the text and a last one of kind "end"; InfluxQLSyntaxError where there is none."""
    tokens: list[Token] = []
    at, size = 0, len(text)
    while at < size:
        if text[at] == "/" and not text.startswith("/*", at) and not _ends_operand(tokens):
            match = _REGEX.match(text, at)
            if match is None:
                raise InfluxQLSyntaxError("a regular expression has no closing /", text, at)
            tokens.append(Token("regex", match[1].replace("\\/", "/"), at))
        else:
            match = _TOKEN.match(text, at)
            if match is None:
                raise InfluxQLSyntaxError(_complaint(text, at), text, at)
            if match.lastgroup == "space":
                at = match.end()
                continue
            if text.startswith("/*", at):
                raise InfluxQLSyntaxError("a comment has no closing */", text, at)
            tokens.append(_token(match, text, at))
        at = match.end()
    tokens.append(Token("end", "", size))
    return tokens


def _complaint(text: str, at: int) -> str:
    if text[at] in "\"'":
        return f"text in quotes ({text[at]}) is not closed or holds an unknown escape"
    return f"unexpected character {text[at]!r}"


def _token(match: re.Match[str], text: str, at: int) -> Token:
    kind = match.lastgroup
    value: str = match[kind] if kind else ""
    if kind == "word":
        upper = value.upper()
        return Token("keyword", upper, at) if upper in KEYWORDS else Token("ident", value, at)
    if kind == "quoted":
        return Token("ident", _unescape(value), at)
    if kind == "string":
        return Token("string", _unescape(value), at)
    if kind in ("parameter", "quotedparameter"):
        return Token("parameter", _unescape(value), at)
    if kind == "duration":
        try:
            return Token("duration", str(parse_duration(value)), at)
        except ValueError:
            raise InfluxQLSyntaxError(f"{value} is not a duration such as 90s, 1h30m or 7d", text, at) from None
    if kind == "number":
        return Token("number", value, at)
    if kind == "integer":
        return Token("integer", value, at)
    return Token("op", "!=" if value == "<>" else value, at)
