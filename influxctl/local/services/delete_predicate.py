"""The predicate of /api/v2/delete: `key = value` and `key != value` joined by AND, with parentheses.

What the reference (2.9.1) takes and refuses is recorded in scenarios/delete: values in double quotes or bare, no single quotes, no OR, no
regular expressions, nothing by field.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from influxctl.core.errors import Invalid, NotImplementedHere
from influxctl.core.readspec import And, Compare, Predicate

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<single>'(?:[^'\\]|\\.)*')|(?P<op>=~|!~|!=|==|<=|>=|<>|=|<|>)"""
    r"""|(?P<paren>[()])|(?P<word>[^\s()=!<>"']+))"""
)
_DEPTH = 100
NOTHING = Compare("_measurement", "==", "")  # no measurement has an empty name


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    out = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Invalid(f"the delete predicate cannot be read at position {at}")
        kind = match.lastgroup or ""
        out.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*out, _Token("end", "", len(text))]


def parse_predicate(text: str) -> Predicate | None:
    """The predicate, or None for an empty text; `Invalid` where it cannot be read, `NotImplementedHere` for a condition on a field."""
    if not text.strip():
        return None
    parser = _Parser(_tokens(text))
    predicate = parser.conjunction(0)
    parser.expect_end()
    return predicate


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def expect_end(self) -> None:
        token = self._next()
        if token.kind != "end":
            raise Invalid(f"the delete predicate has an extra {token.text!r} at position {token.at}")

    def conjunction(self, depth: int) -> Predicate:
        if depth > _DEPTH:
            raise Invalid("the delete predicate is nested too deep")
        left = self._term(depth)
        while True:
            token = self.tokens[self.at]
            if token.kind != "word" or token.text.upper() not in ("AND", "OR"):
                return left
            if token.text.upper() == "OR":
                raise Invalid(f"the logical operator OR is not supported in a delete predicate (position {token.at})")
            self.at += 1
            left = And(left, self._term(depth))

    def _term(self, depth: int) -> Predicate:
        token = self._next()
        if token.kind == "paren" and token.text == "(":
            inner = self.conjunction(depth + 1)
            closing = self._next()
            if closing.text != ")":
                raise Invalid(f"a parenthesis opened at position {token.at} of the delete predicate is not closed")
            return inner
        if token.kind not in ("word", "quoted"):
            raise Invalid(
                f"the delete predicate needs a tag key at position {token.at}, not {token.text or 'its end'!r}"
            )
        return self._comparison(_plain(token))

    def _comparison(self, key: str) -> Predicate:
        operator = self._next()
        if operator.kind != "op" or operator.text not in ("=", "!="):
            raise Invalid(
                f"a delete predicate compares with = or !=, not {operator.text or 'its end'!r} (position {operator.at})"
            )
        value = self._next()
        if value.kind not in ("word", "quoted"):
            raise Invalid(f"bad tag value {value.text!r} at position {value.at} of the delete predicate")
        if key == "_field":
            raise NotImplementedHere("delete by field is not supported")
        if key in ("_value", "_time"):  # the reference takes them for tags, which no point has
            return NOTHING
        return Compare(key, "==" if operator.text == "=" else "!=", _plain(value))


def _plain(token: _Token) -> str:
    return re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "quoted" else token.text
