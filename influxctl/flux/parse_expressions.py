"""The expressions of Flux: tokens to nodes by recursive descent, operators by precedence, with the reference's recovery from errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from influxctl.flux import ast, literals
from influxctl.flux.ast import Expression, Identifier, ObjectExpression, Property, StringLiteral
from influxctl.flux.cursor import Cursor, N
from influxctl.flux.tokens import PRECEDENCE, Token

if TYPE_CHECKING:
    from influxctl.flux.ast import Block

_LIST_ENDS = frozenset({"COMMA", "COLON"})
_NO_ENDS: frozenset[str] = frozenset()
INVALID_OPERATOR = "<INVALID_OP>"  # what the reference puts between operands without an operator
INVALID_KEY = "<invalid>"


class ExpressionParser(Cursor):
    """Parses expressions; statements and types are its subclass's."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._primaries: dict[str, Callable[[], Expression]] = {
            "IDENT": self.identifier,
            "STRING": self.string_literal,
            "INT": self._integer,
            "FLOAT": self._float,
            "DURATION": self._duration,
            "TIME": self._time,
            "REGEX": self._regexp,
            "LPAREN": self._paren,
            "LBRACE": self._object,
            "LBRACK": self._array,
            "QUOTE": self._string_expression,
            "PIPE_RECEIVE": self._pipe_literal,
            "DOT": self._label,
        }

    def block(self) -> Block:
        """A block of statements."""
        raise NotImplementedError

    # -- operators

    def expression(self, first: Expression | None = None) -> Expression:
        """An expression; `first` is its first operand if that was read already."""
        if first is None and self.kind == "IF":
            return self._conditional()
        self.deeper()
        left = self._conjunction(first)
        count = 0
        while self.kind == "OR":
            left, count = self._logical("or", left, self._conjunction, count)
        self.depth -= 1
        return left

    def _conjunction(self, first: Expression | None = None) -> Expression:
        left = self._negation(first)
        count = 0
        while self.kind == "AND":
            left, count = self._logical("and", left, self._negation, count)
        return left

    def _logical(
        self, operator: str, left: Expression, operand: Callable[[], Expression], count: int
    ) -> tuple[Expression, int]:
        token = self.advance()
        right = operand()
        location = self.between(left.location.at, right.location.until)
        return self.leaf(ast.LogicalExpression(location, operator, left, right), token), self.longer(count)

    def _negation(self, first: Expression | None = None) -> Expression:
        if first is None and self.kind in ("NOT", "EXISTS"):
            token = self.advance()
            self.deeper()
            argument = self._negation()
            self.depth -= 1
            location = self.between(token.start, argument.location.until)
            return self.leaf(ast.UnaryExpression(location, self.lexeme(token), argument), token)
        left = self._pipe(first)
        return self._arithmetic(left, 1) if self.kind in PRECEDENCE else left

    def _arithmetic(self, left: Expression, lowest: int) -> Expression:
        """Binary operators of at least this precedence after `left`."""
        count = 0
        while (precedence := PRECEDENCE.get(self.kind, 0)) >= lowest:
            token = self.advance()
            operator = self.lexeme(token)
            right = self._pipe()
            if PRECEDENCE.get(self.kind, 0) > precedence:
                right = self._arithmetic(right, precedence + 1)
            location = self.between(left.location.at, right.location.until)
            left = self.leaf(ast.BinaryExpression(location, operator, left, right), token)
            count = self.longer(count)
        return left

    def _pipe(self, first: Expression | None = None) -> Expression:
        left = self._unary() if first is None else self._postfix(first)
        count = 0
        while self.kind == "PIPE_FORWARD":
            token = self.advance()
            call = self._unary()
            if not isinstance(call, ast.CallExpression):
                self.pending.append("pipe destination must be a function call")
                call = self.done(ast.CallExpression(call.location, call, []))
            location = self.between(left.location.at, call.location.until)
            left = self.leaf(ast.PipeExpression(location, left, call), token)
            count = self.longer(count, ast.MAX_PIPES)
        return left

    def _unary(self) -> Expression:
        if self.kind in ("SUB", "ADD"):
            token = self.advance()
            self.deeper()
            argument = self._unary()
            self.depth -= 1
            location = self.between(token.start, argument.location.until)
            return self.leaf(ast.UnaryExpression(location, self.lexeme(token), argument), token)
        primary = self._primaries.get(self.kind)
        return self._postfix(self._no_primary() if primary is None else primary())

    def _postfix(self, left: Expression) -> Expression:
        count = 0
        while True:
            kind = self.kind
            if kind == "DOT":
                token = self.advance()
                name = self.identifier()
                location = self.between(left.location.at, name.location.until)
                left = self.leaf(ast.MemberExpression(location, left, name), token, "lbrack")
            elif kind == "LPAREN":
                left = self._call(left)
            elif kind == "LBRACK":
                left = self._index(left)
            else:
                return left
            count = self.longer(count)

    def _call(self, callee: Expression) -> Expression:
        start = self.open("LPAREN", "RPAREN")
        properties = self._properties()
        end = self.close("RPAREN")
        arguments = []
        if properties:
            span = self.between(properties[0].location.at, properties[-1].location.until)
            arguments.append(self._checked(ObjectExpression(span, properties)))
        call = ast.CallExpression(self.between(callee.location.at, end.end), callee, arguments)
        return self._bracketed(call, start, end, "paren")

    def _bracketed(self, node: N, start: Token, end: Token, name: str) -> N:
        """A finished node in brackets: comments before them are called `lparen`, `rparen` and the like."""
        if self.scanner.comments:
            self.mark(node, start, f"l{name}")
            self.mark(node, end, f"r{name}")
        return self.done(node)

    def _index(self, array: Expression) -> Expression:
        start = self.open("LBRACK", "RBRACK")
        index = self._while_more(None, _NO_ENDS)
        end = self.close("RBRACK")
        location = self.between(array.location.at, end.end)
        if isinstance(index, StringLiteral):
            return self._bracketed(ast.MemberExpression(location, array, index), start, end, "brack")
        if index is None:
            self.pending.append("no expression included in brackets")
            index = ast.IntegerLiteral(self.between(start.start, end.end), -1)
        return self._bracketed(ast.IndexExpression(location, array, index), start, end, "brack")

    def _while_more(self, first: Expression | None, ends: frozenset[str]) -> Expression | None:
        """Expressions up to a closing bracket or one of `ends`: more than one are joined by an invalid operator."""
        left = first
        count = 0
        while self.kind not in ends and self.more():
            right = self.expression()
            if isinstance(right, ast.BadExpression):
                token = self.advance()
                place = self.at(token)
                self.pending.append(f"invalid expression @{place}: {self.lexeme(token)}")
                continue
            if left is None:
                left = right
                continue
            location = self.between(left.location.at, right.location.until)
            left = ast.BinaryExpression(location, INVALID_OPERATOR, left, right)
            count = self.longer(count)
        return left

    def _conditional(self) -> Expression:
        start = self.advance()
        self.deeper()
        test = self.expression()
        parts = []
        keywords = []
        for keyword in ("THEN", "ELSE"):
            keywords.append(self.token)
            here = self.token.start
            parts.append(self.expression() if self.want(keyword) else self._bad(here, here, ""))
        self.depth -= 1
        location = self.between(start.start, parts[1].location.until)
        node = self.leaf(ast.ConditionalExpression(location, test, parts[0], parts[1]), start, "tk_if")
        if self.scanner.comments:
            self.mark(node, keywords[0], "tk_then")
            self.mark(node, keywords[1], "tk_else")
        return node

    # -- primaries

    def _no_primary(self) -> Expression:
        token = self.token
        return self._bad(token.start, token.end, f"invalid token for primary expression: {token.kind}")

    def _bad(self, start: int, end: int, text: str) -> ast.BadExpression:
        self.flawed = True
        return ast.BadExpression(self.between(start, end), text)

    def identifier(self) -> Identifier:
        """A name; without one, an empty name where it should be."""
        if self.kind == "IDENT":
            token = self.advance()
            return self.leaf(Identifier(self.at(token), self.text[token[1] : token[2]]), token)
        self.complain("IDENT")
        here = self.token.start
        return self.done(Identifier(self.between(here, here), ""))

    def _integer(self) -> Expression:
        token = self.advance()
        try:
            return self.leaf(ast.IntegerLiteral(self.at(token), literals.integer(self.lexeme(token))), token)
        except literals.BadLiteral as error:
            self.pending.append(str(error))
            return self.leaf(ast.IntegerLiteral(self.at(token), 0), token)

    def _float(self) -> Expression:
        token = self.advance()
        return self.leaf(ast.FloatLiteral(self.at(token), float(self.lexeme(token))), token)

    def string_literal(self) -> StringLiteral:
        """A string without interpolation; errors if the next token is another."""
        token = self.expect("STRING")
        if token.kind != "STRING":
            self.pending.append("invalid string literal")
            return self.done(StringLiteral(self.at(token), ""))
        try:
            value = literals.string(self.text[token.start + 1 : token.end - 1])
        except literals.BadLiteral as error:
            self.pending.append(str(error))
            value = ""
        return self.leaf(StringLiteral(self.at(token), value), token)

    def _regexp(self) -> Expression:
        token = self.advance()
        try:
            value = literals.regexp(self.lexeme(token))
        except literals.BadLiteral as error:
            self.pending.append(str(error))
            value = ""
        return self.leaf(ast.RegexpLiteral(self.at(token), value), token)

    def _time(self) -> Expression:
        token = self.advance()
        try:
            return self.leaf(ast.DateTimeLiteral(self.at(token), literals.time(self.lexeme(token))), token)
        except literals.BadLiteral as error:
            return self._bad(token.start, token.end, str(error))

    def _duration(self) -> Expression:
        token = self.advance()
        try:
            parts = literals.duration(self.lexeme(token))
        except literals.BadLiteral as error:
            return self._bad(token.start, token.end, str(error))
        start = token.start
        values = [ast.Duration(self.between(start + a, start + b), n, unit) for n, unit, a, b in parts]
        return self.leaf(ast.DurationLiteral(self.at(token), values), token)

    def _pipe_literal(self) -> Expression:
        token = self.advance()
        return self.leaf(ast.PipeLiteral(self.at(token)), token)

    def _label(self) -> Expression:
        start = self.advance()
        if self.kind not in ("IDENT", "STRING"):
            self.complain(" `IDENT` or `STRING`")
        name = self.token if self.kind == "EOF" else self.advance()
        return self.leaf(ast.LabelLiteral(self.between(start.start, name.end), self.lexeme(name).strip('"')), start)

    def _string_expression(self) -> Expression:
        start = self.token
        offset = start.end
        parts: list[ast.TextPart | ast.InterpolatedPart] = []
        while True:
            part = self.scanner.string_part(offset)
            if part.kind == "TEXT":
                parts.append(self._text_part(part))
            elif part.kind == "STRINGEXPR":
                self.seek(part.end)
                self.deeper()
                inner = self.expression()
                self.depth -= 1
                if self.kind != "RBRACE":
                    return self._broken_string(start, self.token)
                location = self.between(part.start, self.token.end)
                parts.append(self.done(ast.InterpolatedPart(location, inner)))
                offset = self.token.end
                continue
            elif part.kind == "QUOTE":
                self.seek(part.end, operand=True)
                return self.leaf(ast.StringExpression(self.between(start.start, part.end), parts), start)
            else:
                self.seek(part.end)
                return self._broken_string(start, part)
            offset = part.end

    def _text_part(self, token: Token) -> ast.TextPart:
        try:
            value = literals.string(self.lexeme(token))
        except literals.BadLiteral as error:
            self.pending.append(str(error))
            value = ""
        return self.done(ast.TextPart(self.at(token), value))

    def _broken_string(self, start: Token, culprit: Token) -> Expression:
        self.pending.append(f"got unexpected token in string expression @{self.at(culprit)}: {culprit.kind}")
        if self.token is culprit:
            self.advance()
        return self.done(ast.StringExpression(self.between(start.start, culprit.end), []))

    # -- brackets

    def _array(self) -> Expression:
        start = self.open("LBRACK", "RBRACK")
        if self.kind == "RBRACK":
            end = self.close("RBRACK")
            return self._bracketed(ast.ArrayExpression(self.between(start.start, end.end), []), start, end, "brack")
        if self.kind == "COLON":
            self.advance()
            end = self.close("RBRACK")
            return self._bracketed(ast.DictExpression(self.between(start.start, end.end), []), start, end, "brack")
        first = self.expression()
        if self.kind == "COLON":
            return self._dict(start, first)
        elements = [first]
        if self.kind != "RBRACK":
            self.expect("COMMA")
            last = -1
            while self.more() and last != self.token.start:
                last = self.token.start
                elements.append(self.expression())
                if self.kind == "COMMA":
                    self.advance()
        end = self.close("RBRACK")
        return self._bracketed(ast.ArrayExpression(self.between(start.start, end.end), elements), start, end, "brack")

    def _dict(self, start: Token, key: Expression) -> Expression:
        elements = [self._dict_item(key)]
        if self.kind != "RBRACK":
            self.expect("COMMA")
            while self.more():
                elements.append(self._dict_item(self.expression()))
                if self.kind == "COMMA":
                    self.advance()
        end = self.close("RBRACK")
        return self._bracketed(ast.DictExpression(self.between(start.start, end.end), elements), start, end, "brack")

    def _dict_item(self, key: Expression) -> ast.DictItem:
        self.expect("COLON")
        value = self.expression()
        return ast.DictItem(self.between(key.location.at, value.location.until), key, value)

    def _object(self) -> Expression:
        start = self.open("LBRACE", "RBRACE")
        source = None
        if self.kind == "STRING":
            properties = self._after_first(self.string_literal())
        elif self.kind == "IDENT":
            name = self.identifier()
            if self.kind == "IDENT":
                if self.lexeme(self.token) != "with":
                    self.complain("WITH")
                self.advance()
                source = name
                properties = self._properties()
            else:
                properties = self._after_first(name)
        else:
            properties = self._properties()
        end = self.close("RBRACE")
        location = self.between(start.start, end.end)
        node = ObjectExpression(location, properties, source)
        return self._checked(self._bracketed(node, start, end, "brace"))

    def _after_first(self, key: Identifier | StringLiteral) -> list[Property]:
        """The properties of a record after its first key."""
        first = self._property_after(key)
        if self.kind == "COMMA":
            self.advance()
        elif self.more():
            self.pending.append(f"expected comma in property list, got {self._plain_kind()}")
        return [first, *self._properties()]

    def _checked(self, node: ObjectExpression) -> ObjectExpression:
        """The record itself, with the errors of records whose properties do not go together."""
        if not any(p.value is None for p in node.properties):
            return node
        sound = [p for p in node.properties if p not in self.node_errors]
        implicit = [p for p in sound if p.value is None]
        for item in implicit:
            if isinstance(item.key, StringLiteral):
                self.fault(node, f"string literal key {item.key.value} must have a value")
        if implicit and len(implicit) != len(sound):
            self.fault(node, "cannot mix implicit and explicit properties")
        return node

    def _properties(self) -> list[Property]:
        properties = []
        missing = []
        while self.more():
            if self.kind == "IDENT":
                properties.append(self._property_after(self.identifier()))
            elif self.kind == "STRING":
                properties.append(self._property_after(self.string_literal()))
            else:
                properties.append(self._invalid_property())
            if self.kind == "COMMA":
                self.advance()
            elif self.more():
                missing.append(f"expected comma in property list, got {self._plain_kind()}")
        self.pending += missing
        return properties

    def _plain_kind(self) -> str:
        """The kind of the next token where no expression can begin."""
        return "DIV" if self.kind == "REGEX" else self.kind

    def _property_after(self, key: Identifier | StringLiteral) -> Property:
        if self.kind != "COLON":
            return self.done(Property(key.location, key))
        self.advance()
        return self._property_value(key, key.location.at, [])

    def _property_value(self, key: Identifier | StringLiteral, start: int, errors: list[str]) -> Property:
        value = self._while_more(None, _LIST_ENDS)
        if value is None:
            self.pending.append("missing property value")
        self.pending += errors
        if errors:
            end = self.token.start
        else:
            end = value.location.until if value is not None else key.location.until
        return self.done(Property(self.between(start, end), key, value))

    def _invalid_property(self) -> Property:
        token = self.token
        self.flawed = True
        key = StringLiteral(self.between(token.start, token.start), INVALID_KEY)
        if token.kind == "COLON":
            self.advance()
            return self._property_value(key, token.start, ["missing property key"])
        if token.kind == "COMMA":
            self.pending.append("missing property in property list")
            return self.done(Property(key.location, key))
        lexeme = "/" if token.kind == "REGEX" else self.lexeme(token)
        error = f"unexpected token for property key: {self._plain_kind()} ({lexeme})"
        self._while_more(None, _LIST_ENDS)  # only to get to the next comma, colon or closing bracket
        value = None
        if self.kind == "COLON":
            self.advance()
            value = self._while_more(None, _LIST_ENDS)
            if value is None:
                self.pending.append("missing property value")
        self.pending.append(error)
        return self.done(Property(self.between(token.start, self.token.start), key, value))

    # -- parentheses and functions

    def _paren(self) -> Expression:
        start = self.open("LPAREN", "RPAREN")
        if self.kind == "RPAREN":
            return self._function(start, self.close("RPAREN"), [])
        if self.kind != "IDENT":
            return self._paren_rest(start, self.token, self._while_more(None, _NO_ENDS))
        name = self.identifier()
        if self.kind == "RPAREN":
            end = self.close("RPAREN")
            if self.kind == "ARROW":
                return self._function(start, end, [self.done(Property(name.location, name))])
            return self._bracketed(ast.ParenExpression(self.between(start.start, end.end), name), start, end, "paren")
        if self.kind == "ASSIGN":
            self.advance()
            value = self.expression()
            first = self.done(Property(self.between(name.location.at, value.location.until), name, value))
            params = [first]
            if self.kind == "COMMA":
                self.advance()
                params += self._parameters()
            return self._function(start, self.close("RPAREN"), params)
        if self.kind == "COMMA":
            params = [self.done(Property(name.location, name))]
            self.advance()
            params += self._parameters()
            return self._function(start, self.close("RPAREN"), params)
        return self._paren_rest(start, self.token, self._while_more(self.expression(name), _NO_ENDS))

    def _paren_rest(self, start: Token, first: Token, inner: Expression | None) -> Expression:
        end = self.close("RPAREN")
        if inner is None:
            inner = self._bad(first.start, first.end, self.lexeme(first))
        return self._bracketed(ast.ParenExpression(self.between(start.start, end.end), inner), start, end, "paren")

    def _parameters(self) -> list[Property]:
        params = []
        last = -1
        while self.more() and last != self.token.start:
            last = self.token.start
            name = self.identifier()
            value = None
            if self.kind == "ASSIGN":
                self.advance()
                value = self.expression()
            end = value.location.until if value is not None else name.location.until
            params.append(self.done(Property(self.between(name.location.at, end), name, value)))
            if self.kind == "COMMA":
                self.advance()
        return params

    def _function(self, start: Token, end: Token, params: list[Property]) -> Expression:
        arrow = self.token
        self.want("ARROW")
        self.deeper()
        body = self.block() if self.kind == "LBRACE" else self.expression()
        self.depth -= 1
        location = self.between(start.start, body.location.until)
        node = self._bracketed(ast.FunctionExpression(location, params, body), start, end, "paren")
        return self.mark(node, arrow, "arrow") if self.scanner.comments else node
