"""Tokens to statements: SELECT and expressions here, all other statements in `statements`.

`parse` never recurses deeper than `MAX_DEPTH`: AND and OR chains of any length become balanced trees, chains of arithmetic are limited.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

from influxctl.core.errors import Invalid
from influxctl.core.regex import compile_regex
from influxctl.influxql import ast
from influxctl.influxql.cursor import TokenCursor
from influxctl.influxql.errors import InfluxQLSyntaxError
from influxctl.influxql.scanner import MAX_INT, parse_duration

PRECEDENCE = {"OR": 1, "AND": 2, "=": 3, "!=": 3, "=~": 3, "!~": 3, "<": 3, "<=": 3, ">": 3, ">=": 3,
              "+": 4, "-": 4, "|": 4, "^": 4, "*": 5, "/": 5, "%": 5, "&": 5}  # fmt: skip
CASTS = ("float", "integer", "unsigned", "string", "boolean", "tag", "field", "anyfield")
_MAX_TREE = 150  # what later passes, which recurse, can take
_COMPARISONS = frozenset(op for op, level in PRECEDENCE.items() if level <= 3)


def parse(text: str, params: Mapping[str, object] | None = None) -> tuple[ast.Statement, ...]:
    """The statements of a text, separated by semicolons; `params` are the values of `$name`. InfluxQLSyntaxError otherwise."""
    if not params and len(text) < 4096:
        return _parse_cached(text)
    return _parse(text, params)


@lru_cache(maxsize=256)
def _parse_cached(text: str) -> tuple[ast.Statement, ...]:
    return _parse(text, None)


def _parse(text: str, params: Mapping[str, object] | None) -> tuple[ast.Statement, ...]:
    from influxctl.influxql.statements import parse_statement  # it builds on Parser

    parser = Parser(text, params)
    statements: list[ast.Statement] = []
    while parser.token.kind != "end":
        if parser.take_op(";"):
            continue
        statements.append(parse_statement(parser))
        if parser.token.kind != "end" and not parser.is_op(";"):
            raise parser.fail("; or the end of the text")
    return tuple(statements)


def _reduce(operands: list[ast.Expr], operators: list[str], level: int) -> tuple[list[ast.Expr], list[str]]:
    """The operators of one level applied. AND and OR are associative: a chain of them becomes a balanced tree, so it may have any
    length."""
    kept: list[str] = []
    runs: list[list[ast.Expr]] = [[operands[0]]]
    signs: list[list[str]] = [[]]
    for op, operand in zip(operators, operands[1:], strict=True):
        if PRECEDENCE[op] == level:
            runs[-1].append(operand)
            signs[-1].append(op)
        else:
            kept.append(op)
            runs.append([operand])
            signs.append([])
    combine = _balanced if level <= 2 else _from_left
    return [combine(run, ops) for run, ops in zip(runs, signs, strict=True)], kept


def _from_left(parts: list[ast.Expr], operators: list[str]) -> ast.Expr:
    left = parts[0]
    for op, right in zip(operators, parts[1:], strict=True):
        left = ast.Binary(op, left, right)
    return left


def _balanced(parts: list[ast.Expr], operators: list[str]) -> ast.Expr:
    while len(parts) > 1:
        pairs: list[ast.Expr] = [ast.Binary(operators[0], parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
        parts = pairs + parts[len(pairs) * 2 :]
    return parts[0]


class Parser(TokenCursor):
    """SELECT, sources and expressions."""

    # -- expressions -----------------------------------------------------------------------------------------------------

    def expression(self) -> ast.Expr:
        """Operands and the operators between them, grouped by precedence, from the left."""
        operands = [self.unary()]
        operators: list[str] = []
        while (op := self._operator()) is not None:
            if op in ("=~", "!~") and self.token.kind not in ("regex", "parameter"):
                raise self.fail("a regular expression")
            operators.append(op)
            operands.append(self.unary())
        if not operators:
            return operands[0]
        for level in (5, 4, 3, 2, 1):
            if any(PRECEDENCE[op] == level for op in operators):
                operands, operators = _reduce(operands, operators, level)
        if ast.depth(operands[0]) > _MAX_TREE:
            raise self.error(f"an expression with more than {_MAX_TREE} operators inside each other")
        return operands[0]

    def _operator(self) -> str | None:
        token = self.token
        if token.kind in ("op", "keyword") and token.value in PRECEDENCE:
            self.at += 1
            return token.value
        return None

    def unary(self) -> ast.Expr:
        """One operand: a literal, a name, a call, a wildcard, a sign and an operand, or an expression in parentheses."""
        self.deeper()
        try:
            return self._operand()
        finally:
            self.depth -= 1

    def _operand(self) -> ast.Expr:
        token = self.token
        if token.kind == "ident":
            return self._name()
        if token.kind == "op":
            return self._operand_of_op(token.value)
        if token.kind == "keyword":
            if token.value in ("TRUE", "FALSE"):
                self.at += 1
                return ast.Boolean(token.value == "TRUE")
            if token.value == "DISTINCT":
                self.at += 1
                return self._call("distinct") if self.is_op("(") else ast.Distinct(self._dotted())
        elif token.kind == "parameter":
            return self._bound()
        elif token.kind != "end":
            return self._literal()
        raise self.fail("a field, a function, a number or text")

    def _operand_of_op(self, op: str) -> ast.Expr:
        if op == "(":
            self.at += 1
            inner = self.expression()
            self.need_op(")")
            return ast.Paren(inner)
        if op == "*":
            self.at += 1
            return ast.Wildcard(self._wildcard_type())
        if op in "+-":
            self.at += 1
            return self._signed(-1 if op == "-" else 1)
        raise self.fail("a field, a function, a number or text")

    def _wildcard_type(self) -> str:
        if not self.take_op("::"):
            return ""
        if self.take_word("TAG"):
            return "tag"
        if self.take_word("FIELD"):
            return "field"
        raise self.fail("tag or field")

    def _signed(self, sign: int) -> ast.Expr:
        token = self.token
        if token.kind not in ("ident", "integer", "number", "duration") and not self.is_op("("):
            raise self.fail("a number, a field or (")
        inner = self.unary()
        if isinstance(inner, ast.Integer):
            return ast.Integer(sign * inner.value)
        if isinstance(inner, ast.Number):
            return ast.Number(sign * inner.value)
        if isinstance(inner, ast.DurationLiteral):
            return ast.DurationLiteral(sign * inner.ns)
        return ast.Paren(ast.Binary("*", ast.Integer(sign), inner))  # printed as it is read

    def _literal(self) -> ast.Expr:
        token = self.next()
        if token.kind == "string":
            return ast.String(token.value)
        if token.kind == "duration":
            return ast.DurationLiteral(int(token.value))
        if token.kind == "integer":
            number = int(token.value)
            return ast.Integer(number) if number <= 2 * MAX_INT + 1 else ast.Number(float(number))
        if token.kind == "number":
            return ast.Number(float(token.value))
        return self._regex(token.value)

    def _regex(self, pattern: str) -> ast.Regex:
        try:
            compile_regex(pattern)
        except Invalid as error:
            raise self.error(error.message, self.tokens[self.at - 1]) from None
        return ast.Regex(pattern)

    def _bound(self) -> ast.Expr:
        token = self.token
        value = self.parameter()
        if isinstance(value, bool):
            return ast.Boolean(value)
        if isinstance(value, int):
            return ast.Integer(value)
        if isinstance(value, float):
            return ast.Number(value)
        if isinstance(value, str):
            return ast.String(value)
        if isinstance(value, dict) and len(value) == 1:
            ((kind, inner),) = value.items()
            if kind == "regex":
                return self._regex(str(inner))
            if kind == "identifier":
                return ast.VarRef(str(inner))
            if kind == "duration":
                try:
                    return ast.DurationLiteral(inner if isinstance(inner, int) else parse_duration(str(inner)))
                except ValueError as error:
                    raise self.error(str(error), token) from None
            if kind in ("string", "integer", "float", "boolean") and not isinstance(inner, dict):
                self.params = {**self.params, token.value: float(inner) if kind == "float" else inner}
                self.at -= 1
                return self._bound()
        raise self.error(f"the parameter ${token.value} has a value of no known kind", token)

    def _name(self) -> ast.Expr:
        following = self.tokens[self.at + 1]
        if following.kind == "op" and following.value == "(":
            return self._call(self.next().value.lower())
        name = self._dotted()
        if not self.take_op("::"):
            return ast.VarRef(name)
        token = self.next()
        cast = token.value.lower()
        if token.kind not in ("ident", "keyword") or cast not in CASTS:
            raise self.fail("float, integer, unsigned, string, boolean, field or tag", token)
        return ast.VarRef(name, cast)

    def _dotted(self) -> str:
        parts = [self.ident()]
        while self.take_op("."):
            parts.append(self.ident())
        return ".".join(parts)

    def _call(self, name: str) -> ast.Call:
        self.need_op("(")
        args: list[ast.Expr] = []
        if not self.take_op(")"):
            args.append(self.expression())
            while self.take_op(","):
                args.append(self.expression())
            self.need_op(")")
        return ast.Call(name, tuple(args))

    # -- SELECT ----------------------------------------------------------------------------------------------------------

    def select(self) -> ast.Select:
        """A SELECT statement; the word SELECT is taken already."""
        self.deeper()
        fields = self._fields()
        into = None
        if self.take_word("INTO"):
            into = self._target()
        self.need_word("FROM")
        sources = self.sources()
        condition = self.where()
        dimensions = self.group_by()
        fill = self._fill()
        page = self.page()
        tz = self._tz()
        self.depth -= 1
        return ast.Select(fields, sources, condition, dimensions, fill, page, into, tz)

    def _fields(self) -> tuple[ast.Field, ...]:
        fields = [self._field()]
        while self.take_op(","):
            fields.append(self._field())
        return tuple(fields)

    def _field(self) -> ast.Field:
        start = self.token
        expr = self.expression()
        for node in ast.walk(expr):
            if isinstance(node, ast.Binary) and node.op in _COMPARISONS:
                raise self.error(f"the operator {node.op} belongs into WHERE, not into SELECT", start)
        alias = self.ident() if self.take_word("AS") else ""
        return ast.Field(expr, alias)

    def sources(self) -> tuple[ast.Source, ...]:
        """What follows FROM."""
        found = [self._source()]
        while self.take_op(","):
            found.append(self._source())
        return tuple(found)

    def _source(self) -> ast.Source:
        if self.take_op("("):
            self.need_word("SELECT")
            select = self.select()
            self.need_op(")")
            return ast.SubQuery(select)
        return self.measurement()

    def measurement(self) -> ast.Measurement:
        """`[[database.][rp].]measurement`, the last being a name or a regular expression."""
        if self.token.kind == "regex":
            return ast.Measurement(regex=self._regex(self.next().value).pattern)
        parts = [self.ident()]
        while self.take_op("."):
            if self.token.kind == "regex":
                regex = self._regex(self.next().value).pattern
                if len(parts) > 2:
                    raise self.error("a measurement has at most three parts")
                rp = parts[-1] if parts else ""
                return ast.Measurement("", parts[0] if len(parts) == 2 else "", rp, regex)
            if self.is_op("."):
                parts.append("")
                continue
            parts.append(self.ident())
        if len(parts) > 3:
            raise self.error("a measurement has at most three parts: database, retention policy and name")
        database, rp, name = ["", "", *parts][-3:]
        return ast.Measurement(name, database, rp)

    def _target(self) -> ast.Measurement:
        parts: list[str] = []
        while not self.is_op(":"):
            parts.append("" if self.is_op(".") else self.ident())
            if not self.take_op("."):
                break
        if self.take_op(":"):
            self.need_word("MEASUREMENT")
            parts.append(":MEASUREMENT")
        if len(parts) > 3 or not parts:
            raise self.error("INTO takes database, retention policy and measurement at most")
        database, rp, name = ["", "", *parts][-3:]
        return ast.Measurement(name, database, rp)

    def where(self) -> ast.Expr | None:
        """The condition after WHERE, if there is one."""
        return self.expression() if self.take_word("WHERE") else None

    def group_by(self) -> tuple[ast.Expr, ...]:
        """What follows GROUP BY."""
        if not self.take_word("GROUP"):
            return ()
        self.need_word("BY")
        found = [self.expression()]
        while self.take_op(","):
            found.append(self.expression())
        return tuple(found)

    def _fill(self) -> ast.Fill | None:
        if not self.is_ident("fill"):
            return None
        start = self.next()
        if not self.is_op("("):
            raise self.fail("( after fill")
        call = self._call("fill")
        if len(call.args) != 1:
            raise self.error("fill() takes one argument", start)
        arg = call.args[0]
        if isinstance(arg, ast.VarRef) and arg.name in ("null", "none", "previous", "linear"):
            return ast.Fill(arg.name)  # type: ignore[arg-type]
        if isinstance(arg, (ast.Integer, ast.Number)):
            return ast.Fill("number", arg.value)
        raise self.error("fill() takes null, none, previous, linear or a number", start)

    def page(self) -> ast.Page:
        """ORDER BY time and the four limits, in this order."""
        descending, ordered = False, False
        if self.take_word("ORDER"):
            self.need_word("BY")
            ordered = True
            descending = self._direction()
        limits = {}
        for word in ("LIMIT", "OFFSET", "SLIMIT", "SOFFSET"):
            limits[word.lower()] = self.integer() if self.take_word(word) else 0
        return ast.Page(**limits, descending=descending, ordered=ordered)

    def _direction(self) -> bool:
        if not self.is_word("ASC") and not self.is_word("DESC"):
            token = self.token
            if self.ident() != "time":
                raise self.error("only ORDER BY time is possible", token)
        descending = self.take_word("DESC")
        if not descending:
            self.take_word("ASC")
        if self.is_op(","):
            raise self.error("only ORDER BY time is possible")
        return descending

    def _tz(self) -> str:
        if not self.is_ident("tz"):
            return ""
        start = self.next()
        call = self._call("tz") if self.is_op("(") else None
        if call is None or len(call.args) != 1 or not isinstance(call.args[0], ast.String):
            raise self.error("tz() takes the name of a time zone in single quotes", start)
        name = call.args[0].value
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise InfluxQLSyntaxError(f"the time zone {name} is not known") from None
        return name
