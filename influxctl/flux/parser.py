"""Text to syntax tree: files, statements, types; expressions are in `parse_expressions`. Never fails: errors stand in the file."""

from __future__ import annotations

from influxctl.flux import ast
from influxctl.flux.ast import File, Identifier, Node, Statement, TypeNode
from influxctl.flux.cursor import N, TooDeep
from influxctl.flux.errors import FluxError
from influxctl.flux.parse_expressions import ExpressionParser
from influxctl.flux.tokens import Token

_EXPRESSION_STARTS = frozenset(
    {"INT", "FLOAT", "STRING", "DIV", "TIME", "DURATION", "PIPE_RECEIVE", "LPAREN", "LBRACK", "LBRACE", "ADD", "SUB",
     "NOT", "IF", "EXISTS", "QUOTE", "REGEX"}
)  # fmt: skip


def parse(text: str, name: str = "") -> File:
    """The tree of a text. `file.errors` has what is wrong with it, in the reference's order and words."""
    return Parser(text, name).file()


class Parser(ExpressionParser):
    """Parses one file."""

    def __init__(self, text: str, name: str = "") -> None:
        super().__init__(text)
        self._name = name
        self.source.file = name
        self._attributes: dict[Node, list[ast.Attribute]] = {}

    def file(self) -> File:
        """The whole text."""
        start = self.token.start
        package = None
        imports: list[ast.ImportDeclaration] = []
        body: list[Statement] = []
        too_deep: Token | None = None
        try:
            attributes = self._attribute_list()
            if self.kind == "PACKAGE":
                package = self._attributed(self._package(), attributes)
                attributes = self._attribute_list()
            while self.kind == "IMPORT":
                imports.append(self._attributed(self._import(), attributes))
                attributes = self._attribute_list()
            while self.kind != "EOF":
                body.append(self._attributed(self._statement(), attributes))
                attributes = self._attribute_list()
            if attributes:
                body.append(self._left_over(attributes, first=not (package or imports or body)))
        except TooDeep:
            too_deep = self.token
        end = self._end(package, imports, body)
        location = self.between(start if end else 0, end)
        file = self.done(File(location, package, imports, body, self._name))
        file.comments, file.node_errors = self.comments, self.node_errors
        file.attributes = self._attributes
        file.all_comments = [self.scanner.all_comments[k] for k in sorted(self.scanner.all_comments)]
        file.eof = self.scanner.comments.get(len(self.text), []) if self.kind == "EOF" else []
        if self.node_errors or self.flawed:
            file.errors = list(_errors(file))
        if too_deep is not None:
            file.errors.append(FluxError(self.at(too_deep), "Program is nested too deep"))
        return file

    def _end(self, package: Node | None, imports: list[ast.ImportDeclaration], body: list[Statement]) -> int:
        last = body[-1] if body else imports[-1] if imports else package
        return last.location.until if last is not None else 0

    # -- attributes

    def _attribute_list(self) -> list[ast.Attribute]:
        attributes = []
        while self.kind == "ATTRIBUTE":
            token = self.advance()
            params: list[ast.AttributeParam] = []
            end = token.end
            if self.kind == "LPAREN":
                self.open("LPAREN", "RPAREN")
                while self.more():
                    value = self.expression()
                    if self.kind == "COMMA" or isinstance(value, ast.BadExpression):
                        self.advance()
                    params.append(ast.AttributeParam(value.location, value))
                end = self.close("RPAREN").end
            node = ast.Attribute(self.between(token.start, end), self.text[token.start + 1 : token.end], params)
            attributes.append(self.done(node))
        return attributes

    def _attributed(self, node: N, attributes: list[ast.Attribute]) -> N:
        if attributes:
            self._attributes[node] = attributes
        return node

    def _left_over(self, attributes: list[ast.Attribute], first: bool) -> Statement:
        self.flawed = True
        if first:
            start, end = attributes[0].location.at, attributes[-1].location.until
            return ast.BadStatement(self.between(start, end), "extra attributes not associated with anything")
        here = self.token.start
        return self._attributed(ast.BadStatement(self.between(here, here), ""), attributes)

    # -- statements

    def _package(self) -> ast.PackageClause:
        start = self.advance()
        name = self.identifier()
        location = self.between(start.start, max(start.end, name.location.until))
        return self.leaf(ast.PackageClause(location, name), start)

    def _import(self) -> ast.ImportDeclaration:
        start = self.advance()
        alias = self.identifier() if self.kind == "IDENT" else None
        path = self.string_literal()
        location = self.between(start.start, path.location.until)
        return self.leaf(ast.ImportDeclaration(location, alias, path), start)

    def _statement(self) -> Statement:
        self.deeper()
        kind = self.kind
        if kind == "IDENT":
            statement = self._name_statement()
        elif kind in _EXPRESSION_STARTS:
            expression = self.expression()
            statement = self.done(ast.ExpressionStatement(expression.location, expression))
        elif kind == "OPTION":
            statement = self._option()
        elif kind == "RETURN":
            start = self.advance()
            argument = self.expression()
            location = self.between(start.start, argument.location.until)
            statement = self.leaf(ast.ReturnStatement(location, argument), start)
        elif kind == "BUILTIN":
            statement = self._builtin()
        elif kind == "TESTCASE":
            statement = self._testcase()
        else:
            statement = self._bad_statement(self.advance())
        self.depth -= 1
        return statement

    def _bad_statement(self, token: Token) -> Statement:
        self.flawed = True
        return self.leaf(ast.BadStatement(self.at(token), self.lexeme(token)), token)

    def _name_statement(self) -> Statement:
        name = self.identifier()
        if self.kind == "ASSIGN":
            return self._assignment(name)
        expression = self.expression(name)
        return self.done(ast.ExpressionStatement(expression.location, expression))

    def _assignment(self, name: Identifier) -> ast.VariableAssignment:
        self.advance()
        value = self.expression()
        location = self.between(name.location.at, value.location.until)
        return self.done(ast.VariableAssignment(location, name, value))

    def _option(self) -> Statement:
        start = self.advance()
        if self.kind != "IDENT":
            return self._bad_statement(start)
        name = self.identifier()
        assignment: ast.VariableAssignment | ast.MemberAssignment
        if self.kind == "ASSIGN":
            assignment = self._assignment(name)
        elif self.kind == "DOT":
            self.advance()
            field = self.identifier()
            member = ast.MemberExpression(self.between(name.location.at, field.location.until), name, field)
            self.expect("ASSIGN")
            value = self.expression()
            location = self.between(name.location.at, value.location.until)
            assignment = self.done(ast.MemberAssignment(location, member, value))
        else:
            return self._bad_statement(start)
        location = self.between(start.start, assignment.location.until)
        return self.leaf(ast.OptionStatement(location, assignment), start)

    def block(self) -> ast.Block:
        """A block of statements in braces."""
        start = self.open("LBRACE", "RBRACE")
        body: list[Statement] = []
        while self.more():
            attributes = self._attribute_list()
            if not self.more():
                break
            body.append(self._attributed(self._statement(), attributes))
        end = self.close("RBRACE")
        return self._bracketed(ast.Block(self.between(start.start, end.end), body), start, end, "brace")

    def _testcase(self) -> Statement:
        start = self.advance()
        name = self.identifier()
        extends = None
        if self.kind == "IDENT" and self.lexeme(self.token) == "extends":
            self.advance()
            extends = self.string_literal()
        block = self.block()
        location = self.between(start.start, block.location.until)
        return self.leaf(ast.TestCaseStatement(location, name, extends, block), start)

    def _builtin(self) -> Statement:
        start = self.advance()
        name = self.identifier()
        self.expect("COLON")
        ty = self.type_expression()
        location = self.between(start.start, ty.location.until)
        return self.leaf(ast.BuiltinStatement(location, name, ty), start)

    # -- types

    def type_expression(self) -> ast.TypeExpression:
        """A type and its constraints."""
        monotype = self._type()
        end = monotype.location.until
        constraints: list[ast.TypeConstraint] = []
        if self.kind == "IDENT" and self.lexeme(self.token) == "where":
            self.advance()
            constraints.append(self._constraint())
            while self.kind == "COMMA":
                self.advance()
                constraints.append(self._constraint())
            end = constraints[-1].location.until
        return self.done(ast.TypeExpression(self.between(monotype.location.at, end), monotype, constraints))

    def _constraint(self) -> ast.TypeConstraint:
        variable = self.identifier()
        self.expect("COLON")
        kinds = [self.identifier()]
        while self.kind == "ADD":
            self.advance()
            kinds.append(self.identifier())
        location = self.between(variable.location.at, kinds[-1].location.until)
        return self.done(ast.TypeConstraint(location, variable, kinds))

    def _type(self) -> TypeNode:
        self.deeper()
        kind = self.kind
        if kind == "LBRACK":
            node = self._bracket_type()
        elif kind == "LBRACE":
            node = self._record_type()
        elif kind == "LPAREN":
            node = self._function_type()
        elif kind == "DOT":
            start = self.advance()
            label = self.identifier()
            node = ast.LabelType(self.between(start.start, label.location.until), label.name)
        else:
            node = self._named_type()
        self.depth -= 1
        return self.done(node)

    def _bracket_type(self) -> TypeNode:
        start = self.open("LBRACK", "RBRACK")
        element = self._type()
        if self.kind == "RBRACK":
            return ast.ArrayType(self.between(start.start, self.close("RBRACK").end), element)
        self.expect("COLON")
        value = self._type()
        return ast.DictType(self.between(start.start, self.close("RBRACK").end), element, value)

    def _named_type(self) -> TypeNode:
        name = self.identifier()
        if name.name in ("stream", "vector"):
            self.open("LBRACK", "RBRACK")
            element = self._type()
            location = self.between(name.location.at, self.close("RBRACK").end)
            if name.name == "stream":
                return ast.StreamType(location, element)
            return ast.VectorType(location, element)
        if name.name == "dynamic":
            return ast.DynamicType(name.location)
        if len(name.name) == 1 and name.name.isupper():
            return ast.TvarType(name.location, name)
        return ast.NamedType(name.location, name)

    def _record_type(self) -> TypeNode:
        start = self.open("LBRACE", "RBRACE")
        variable = None
        properties: list[ast.PropertyType] = []
        if self.kind == "IDENT":
            name = self.identifier()
            if self.kind == "IDENT" and self.lexeme(self.token) == "with":
                self.advance()
                variable = name
            else:
                properties.append(self._property_type(name))
                if self.kind == "COMMA":
                    self.advance()
        while self.more():
            key = self.string_literal() if self.kind == "STRING" else self.identifier()
            properties.append(self._property_type(key))
            if self.kind == "COMMA":
                self.advance()
            elif self.pending:
                break
        location = self.between(start.start, self.close("RBRACE").end)
        return ast.RecordType(location, variable, properties)

    def _property_type(self, key: Identifier | ast.StringLiteral) -> ast.PropertyType:
        self.expect("COLON")
        ty = self._type()
        return self.done(ast.PropertyType(self.between(key.location.at, ty.location.until), key, ty))

    def _function_type(self) -> TypeNode:
        start = self.open("LPAREN", "RPAREN")
        parameters: list[ast.ParameterType] = []
        while self.more():
            parameters.append(self._parameter_type())
            if self.kind == "COMMA":
                self.advance()
            else:
                break
        self.close("RPAREN")
        self.expect("ARROW")
        result = self._type()
        return ast.FunctionType(self.between(start.start, result.location.until), parameters, result)

    def _parameter_type(self) -> ast.ParameterType:
        start = self.token
        kind = {"PIPE_RECEIVE": "Pipe", "QUESTION_MARK": "Optional"}.get(start.kind, "Required")
        if kind != "Required":
            self.advance()
        name = None if kind == "Pipe" and self.kind != "IDENT" else self.identifier()
        self.expect("COLON")
        ty = self._type()
        default = None
        if kind == "Optional" and self.kind == "ASSIGN":
            self.advance()
            dot = self.expect("DOT")
            label = self.identifier()
            default = ast.LabelLiteral(self.between(dot.start, label.location.until), label.name)
        location = self.between(start.start, ty.location.until)
        return self.done(ast.ParameterType(location, kind, name, ty, default))


def _errors(file: File) -> list[FluxError]:
    """Every error of the tree, parents first, in the reference's words."""
    found = []
    for node in ast.walk(file):
        found += [FluxError(node.location, message) for message in file.node_errors.get(node, ())]
        if isinstance(node, ast.BadStatement):
            found.append(FluxError(node.location, f"invalid statement: {node.text}"))
        elif isinstance(node, ast.BadExpression) and node.text:
            found.append(FluxError(node.location, f"invalid expression: {node.text}"))
    return found
