"""Reading tokens one after the other: what both halves of the parser share."""

from __future__ import annotations

from collections.abc import Mapping

from influxctl.influxql.errors import InfluxQLSyntaxError
from influxctl.influxql.scanner import MAX_INT, Token, scan

MAX_DEPTH = 60  # parentheses, calls and subqueries within each other; far below the recursion limit of Python


class TokenCursor:
    """A position in the tokens of a text. `params` are the values of `$name`."""

    def __init__(self, text: str, params: Mapping[str, object] | None = None) -> None:
        self.text = text
        self.params = params or {}
        self.tokens = scan(text)
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    def next(self) -> Token:
        """The next token, which is taken."""
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def fail(self, expected: str, token: Token | None = None) -> InfluxQLSyntaxError:
        """The error that something else should stand at the next token."""
        token = token or self.token
        found = "the end" if token.kind == "end" else repr(token.value)
        return InfluxQLSyntaxError(f"{expected} is expected, not {found}", self.text, token.position)

    def error(self, message: str, token: Token | None = None) -> InfluxQLSyntaxError:
        """An error at the next token, in these words."""
        return InfluxQLSyntaxError(message, self.text, (token or self.token).position)

    def is_op(self, op: str) -> bool:
        """Whether this operator is next."""
        return self.token.kind == "op" and self.token.value == op

    def take_op(self, op: str) -> bool:
        """Take this operator if it is next."""
        if self.is_op(op):
            self.at += 1
            return True
        return False

    def need_op(self, op: str) -> None:
        """Take this operator or fail."""
        if not self.take_op(op):
            raise self.fail(op)

    def is_word(self, *words: str) -> bool:
        """Whether these keywords are next, in this order."""
        end = self.at + len(words)
        found = self.tokens[self.at : end]
        return len(found) == len(words) and all(
            t.kind == "keyword" and t.value == word for t, word in zip(found, words, strict=True)
        )

    def take_word(self, *words: str) -> bool:
        """Take these keywords if they are next."""
        if self.is_word(*words):
            self.at += len(words)
            return True
        return False

    def need_word(self, *words: str) -> None:
        """Take these keywords or fail."""
        for word in words:
            if not self.take_word(word):
                raise self.fail(word)

    def is_ident(self, name: str) -> bool:
        """Whether this unreserved word is next, in any case."""
        return self.token.kind == "ident" and self.token.value.lower() == name

    def ident(self) -> str:
        """The identifier that must be next."""
        if self.token.kind != "ident":
            raise self.fail("an identifier")
        return self.next().value

    def integer(self) -> int:
        """The whole number that must be next; a bound parameter will do."""
        token = self.token
        if token.kind == "parameter":
            value = self.parameter()
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return value
            raise self.error(f"the parameter {token.value} is not a whole number", token)
        if token.kind != "integer":
            raise self.fail("a whole number")
        value = int(self.next().value)
        if value > MAX_INT:
            raise self.error("a whole number of at most 64 bits is expected", token)
        return value

    def parameter(self) -> object:
        """The value of the bound parameter that is next."""
        token = self.next()
        if token.value not in self.params:
            raise self.error(f"no value is given for the parameter ${token.value}", token)
        return self.params[token.value]

    def deeper(self) -> None:
        """One level further in; fails beyond MAX_DEPTH. The caller lowers `depth` again."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} levels of parentheses and subqueries")
