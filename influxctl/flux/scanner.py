"""Text to tokens: one compiled expression, run in chunks, because the parser steers what a quote or a brace in a string means.

A string without interpolation is one token. At a quote that begins anything else the scanner stops; the parser then asks for the
parts of the string (`string_part`) and sets the scanner to where ordinary tokens go on (`seek`).
"""

from __future__ import annotations

import re
from itertools import islice

from influxctl.flux.ast import Comment
from influxctl.flux.tokens import KEYWORDS, OPERANDS, OPERATORS, Token

_CHUNK = 64  # tokens scanned ahead; what a `seek` throws away

_ESCAPE = r'\\(?:[nrt"\\]|\$\{|x[0-9a-fA-F]{2})'
_TEXT = rf'[^"\\$]*(?:(?:{_ESCAPE}|\$(?!\{{))[^"\\$]*)*'
_TOKEN = re.compile(
    r"[ \t\r\n\f\v]*(?:"
    r"(?P<IDENT>[^\W\d]\w*)"
    rf'|(?P<STRING>"{_TEXT}")'
    r"|(?P<TIME>[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)"
    r"|(?P<DURATION>(?:[0-9]+(?:mo|ms|us|µs|ns|[ywdhms]))+)"
    r"|(?P<FLOAT>[0-9]+\.[0-9]*|\.[0-9]+)"
    r"|(?P<INT>[0-9]+)"
    r"|(?P<COMMENT>//[^\n]*(?:\n|\Z))"
    r"|(?P<OPERATOR>\|>|=>|==|=~|!=|!~|<=|<-|>=|[-+*/%^<>=()\[\]{},.:?])"
    r"|(?P<ATTRIBUTE>@[^\W\d]\w*)"
    r'|(?P<QUOTE>")'
    r"|(?P<EOF>\Z)"
    r"|(?P<ILLEGAL>.))",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?![/*])(?:[^/\\]|\\.)+/", re.DOTALL)
_PART = re.compile(
    rf'(?P<TEXT>(?:[^"\\$]|{_ESCAPE}|\$(?!\{{))+)|(?P<STRINGEXPR>\$\{{)|(?P<QUOTE>")|(?P<EOF>\Z)|(?P<ILLEGAL>.)',
    re.DOTALL,
)


class Scanner:
    """Tokens of one text, in chunks. `comments` has, by the offset of a token, the comments that stand before it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._operand = False  # whether the last token ends an operand
        self._waiting: list[Comment] = []
        self.comments: dict[int, list[Comment]] = {}
        self.all_comments: dict[int, Comment] = {}

    def seek(self, offset: int, operand: bool) -> None:
        """Go on with ordinary tokens at this offset; after an operand a slash divides."""
        self._at = offset
        self._operand = operand
        self._waiting = []

    def chunk(self) -> list[Token]:
        """The next tokens, at least one; the last of the text has kind EOF, again and again."""
        text = self._text
        tokens: list[Token] = []
        operand = self._operand
        matches = _TOKEN.finditer(text, self._at)
        while True:
            for match in islice(matches, _CHUNK):
                kind = match.lastgroup or ""
                start, end = match.span(kind)
                if kind == "COMMENT":
                    self._comment(start, end)
                    continue
                if self._waiting:
                    self.comments[start] = self._waiting
                    self._waiting = []
                if kind == "IDENT":
                    kind = KEYWORDS.get(text[start:end], "IDENT")
                elif kind == "OPERATOR":
                    kind = OPERATORS[text[start:end]]
                    if kind == "DIV" and not operand and (regex := _REGEX.match(text, start)):
                        tokens.append(Token("REGEX", start, regex.end()))
                        self._at = regex.end()
                        self._operand = True
                        return tokens
                tokens.append(Token(kind, start, end))
                if kind in ("QUOTE", "EOF"):
                    self._at = start if kind == "EOF" else end
                    self._operand = kind == "QUOTE"
                    return tokens
                operand = kind in OPERANDS
                self._at = end
            if tokens:
                self._operand = operand
                return tokens

    def _comment(self, start: int, end: int) -> None:
        comment = Comment(self._text[start:end], start)
        self.all_comments[start] = comment
        self._waiting.append(comment)

    def string_part(self, offset: int) -> Token:
        """What stands in a string at this offset: TEXT, STRINGEXPR (`${`), QUOTE, EOF or ILLEGAL."""
        # What was read ahead as code from here on is the text of a string: there are no comments in it.
        for found in (self.comments, self.all_comments):
            while found and next(reversed(found)) >= offset:
                found.popitem()
        match = _PART.match(self._text, offset)
        assert match is not None  # the last alternatives match anything
        kind = match.lastgroup or ""
        return Token(kind, match.start(), match.end())
