"""The parser's place in the tokens: one token ahead, open brackets, and errors that wait for their node.

An error found between tokens belongs to the next node that is finished; that is how the reference assigns positions, and positions
are part of its answers.
"""

from __future__ import annotations

from typing import TypeVar

from influxctl.flux.ast import MAX_CHAIN, MAX_DEPTH, Comment, Node
from influxctl.flux.scanner import Scanner
from influxctl.flux.source import SourceLocation, SourceText
from influxctl.flux.tokens import Token

N = TypeVar("N", bound=Node)


class TooDeep(Exception):
    """The text nests deeper than a tree may."""


class Cursor:
    """One token ahead in a text. `kind` is the kind of that token, `token` the token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.source = SourceText(text)
        self.scanner = Scanner(text)
        self._tokens = self.scanner.chunk()
        self._place = 0
        self.token: Token = self._tokens[0]
        self.kind: str = self.token.kind
        self.depth = 0
        self.pending: list[str] = []  # errors waiting for the next node
        self.node_errors: dict[Node, list[str]] = {}
        self.comments: dict[Node, dict[str, list[Comment]]] = {}
        self.flawed = False  # something was read that the walk over the tree must report
        self._closing: dict[str, int] = {}

    # -- moving

    def advance(self) -> Token:
        """Take the token; EOF is never passed."""
        taken = self.token
        self._place += 1
        if self._place == len(self._tokens):
            self._tokens = self.scanner.chunk()
            self._place = 0
        self.token = token = self._tokens[self._place]
        self.kind = token[0]
        return taken

    def seek(self, offset: int, operand: bool = False) -> None:
        """Go on with ordinary tokens at this offset; after an operand a slash divides."""
        self.scanner.seek(offset, operand)
        self._tokens = self.scanner.chunk()
        self._place = 0
        self.token = self._tokens[0]
        self.kind = self.token.kind

    def lexeme(self, token: Token) -> str:
        """The text of a token."""
        return self.text[token.start : token.end]

    def more(self) -> bool:
        """Whether the token neither ends the text nor closes a bracket that is open."""
        kind = self.kind
        return kind != "EOF" and not self._closing.get(kind)

    # -- expecting

    def expect(self, kind: str) -> Token:
        """Take a token of this kind; anything else is taken too, with an error."""
        if self.kind != kind:
            self.complain(kind)
            if self.kind == "EOF":
                return self.token
        return self.advance()

    def want(self, kind: str) -> Token | None:
        """Take a token of this kind; anything else stays, with an error, and the answer is None."""
        if self.kind != kind:
            self.complain(kind)
            return None
        return self.advance()

    def complain(self, kind: str) -> None:
        """Note that another kind of token was expected here."""
        token = self.token
        if token.kind == "EOF":
            self.pending.append(f"expected {kind}, got EOF")
            return
        line, column = self.source.position(token.start)
        self.pending.append(f"expected {kind}, got {token.kind} ({self.lexeme(token)}) at {line}:{column}")

    def open(self, kind: str, closing: str) -> Token:
        """Take an opening bracket."""
        token = self.expect(kind)
        self._closing[closing] = self._closing.get(closing, 0) + 1
        return token

    def close(self, closing: str) -> Token:
        """Take a closing bracket; another token stays, with an error, and is the answer."""
        self._closing[closing] -= 1
        if self.kind == closing:
            return self.advance()
        self.pending.append(f"expected {closing}, got {self.kind}")
        return self.token

    # -- depth

    def deeper(self) -> None:
        """One level down; `TooDeep` at the limit. The caller decrements `depth` when it is done."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooDeep

    def longer(self, count: int, most: int = MAX_CHAIN) -> int:
        """One more link in a chain that nests to the left."""
        if count >= most:
            raise TooDeep
        return count + 1

    # -- nodes

    def between(self, start: int, end: int) -> SourceLocation:
        """The location between two offsets."""
        return SourceLocation(self.source, start, end)

    def at(self, token: Token) -> SourceLocation:
        """The location of a token."""
        return SourceLocation(self.source, token[1], token[2])

    def done(self, node: N) -> N:
        """A finished node: it takes the errors that wait."""
        if self.pending:
            self.node_errors.setdefault(node, []).extend(self.pending)
            self.pending = []
        return node

    def leaf(self, node: N, token: Token, name: str = "comments") -> N:
        """A finished node that begins with this token: it takes the comments before the token as well, under this name."""
        if self.scanner.comments:
            self.mark(node, token, name)
        return self.done(node) if self.pending else node

    def mark(self, node: N, token: Token, name: str) -> N:
        """Give a node the comments before one of its tokens."""
        comments = self.scanner.comments.get(token[1])
        if comments is not None and token.kind != "EOF":
            self.comments.setdefault(node, {})[name] = comments
        return node

    def fault(self, node: Node, message: str) -> None:
        """An error that belongs to this node."""
        self.node_errors.setdefault(node, []).append(message)
