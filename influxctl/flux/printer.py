"""Syntax tree and comments to canonical text: four columns of indentation, lines of 100, a trailing comma where a list is broken.

What its author broke over lines stays broken: a list with a line end after its opening bracket, a pipeline with a line end before a
`|>`. Everything else is on one line if it fits. Printing what was printed changes nothing. No comment is lost: one for which there is
no better place moves in front of its statement.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from influxctl.flux import ast
from influxctl.flux.layout import BLANK, HARD, LINE, SOFT, Doc, Group, IfBroken, Indent, Suffix, join, render
from influxctl.flux.parse_expressions import INVALID_OPERATOR
from influxctl.flux.print_types import type_text
from influxctl.flux.source import SourceText

WIDTH = 100
_OR, _AND, _NOT, _PIPE, _UNARY, _POSTFIX, _PRIMARY = 1, 2, 3, 8, 9, 10, 11
_BINARY = {
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "=~": 4, "!~": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "^": 7,
}  # fmt: skip


def print_file(file: ast.File, width: int = WIDTH) -> str:
    """The canonical text of a file that parsed without errors; it ends in a line feed."""
    text = render(_Printer(file).file(), width)
    return text + "\n" if text else ""


def print_stored(file: ast.File, *, generated: bool = False) -> str:
    """The text of a script that the server writes or changes itself, broken as the reference breaks it (seen in tasks, 2.9.1).

    `generated`: the server wrote it all, so texts with `${…}` are message templates of users, which stay as they are.
    """
    printer = _StoredPrinter(file)
    printer.generated = generated
    return render(printer.file(), WIDTH) + "\n"


def print_expression(node: ast.Expression, width: int = WIDTH) -> str:
    """The canonical text of one expression."""
    return render(_Printer(None).expression(node), width)


class _Printer:
    """Makes the document of one file. Comments are taken, in order, by the lists between whose items they stand."""

    def __init__(self, file: ast.File | None) -> None:
        self._file = file
        origin = file.location.origin if file is not None else None
        self._text = origin.text if isinstance(origin, SourceText) else None
        self._comments = list(file.all_comments) if file is not None and self._text is not None else []
        self._attributes = file.attributes if file is not None else {}
        self._printers: dict[type[ast.Node], Callable[[Any], Doc]] = {
            ast.Identifier: lambda node: node.name,
            ast.IntegerLiteral: self._literal(lambda node: str(node.value)),
            ast.UnsignedIntegerLiteral: lambda node: f"uint(v: {node.value})",
            ast.FloatLiteral: self._literal(_float),
            ast.BooleanLiteral: lambda node: "true" if node.value else "false",
            ast.StringLiteral: self._literal(lambda node: f'"{_escape(node.value)}"'),
            ast.RegexpLiteral: self._literal(lambda node: "/" + node.value.replace("/", "\\/") + "/"),
            ast.DateTimeLiteral: self._literal(lambda node: node.value),
            ast.DurationLiteral: self._literal(lambda node: "".join(f"{d.magnitude}{d.unit}" for d in node.values)),
            ast.PipeLiteral: lambda node: "<-",
            ast.LabelLiteral: lambda node: f".{node.value}" if node.value.isidentifier() else f'."{node.value}"',
            ast.StringExpression: self._string,
            ast.ArrayExpression: lambda node: self._brackets("[", node, node.elements, self.expression, "]"),
            ast.DictExpression: self._dict,
            ast.ObjectExpression: self._object,
            ast.FunctionExpression: self._function,
            ast.CallExpression: self._call,
            ast.PipeExpression: self._pipe,
            ast.MemberExpression: self._member,
            ast.IndexExpression: lambda node: [
                self._operand(node.array, _POSTFIX), "[", self.expression(node.index), "]"
            ],
            ast.UnaryExpression: self._unary,
            ast.BinaryExpression: self._binary,
            ast.LogicalExpression: self._logical,
            ast.ConditionalExpression: self._conditional,
            ast.ParenExpression: lambda node: ["(", self.expression(node.expression), ")"],
            ast.BadExpression: lambda node: node.location.source,
        }  # fmt: skip

    # -- comments and breaks

    def _take(self, start: int, end: int) -> list[ast.Comment]:
        first = bisect_left(self._comments, start, key=_offset)
        last = bisect_left(self._comments, end, first, key=_offset)
        taken = self._comments[first:last]
        del self._comments[first:last]
        return taken

    def _around(self, before: int, start: int) -> tuple[list[Doc], list[Doc]]:
        """The comments between two items: those on the line of the first, and those on lines of their own."""
        if not self._comments:
            return [], []
        trailing: list[Doc] = []
        leading: list[Doc] = []
        for comment in self._take(before, start):
            assert self._text is not None
            text = comment.text.rstrip()
            if not leading and "\n" not in self._text[before : comment.offset] and before:
                trailing.append(Suffix(text))
            else:
                leading += [text, HARD]
        return trailing, leading

    def _broken(self, start: int, end: int) -> bool:
        """Whether the source has a line end between two offsets."""
        return self._text is not None and "\n" in self._text[start:end]

    # -- files and statements

    def file(self) -> Doc:
        """The whole file."""
        file = self._file
        assert file is not None
        nodes: list[ast.Node] = [*([file.package] if file.package else []), *file.imports, *file.body]
        return self._statements(nodes, 0, len(self._text) if self._text is not None else 0)

    def _statements(self, nodes: Sequence[ast.Node], start: int, end: int) -> list[Doc]:
        docs: list[Doc] = []
        before = start
        previous: ast.Node | None = None
        for node in nodes:
            attributes = self._attributes.get(node, [])
            begin = attributes[0].location.at if attributes else node.location.at
            trailing, leading = self._around(before, begin) if self._text is not None else ([], [])
            doc: Doc = [*(self._attribute(a) for a in attributes), self._statement(node)]
            if self._text is not None and self._comments:
                for comment in self._take(begin, node.location.until):
                    leading += [comment.text.rstrip(), HARD]
            docs += trailing
            if previous is not None:
                docs.append(BLANK if self._apart(previous, node, before, begin) else HARD)
            docs += [*leading, doc]
            before = node.location.until
            previous = node
        if self._text is not None:
            trailing, rest = self._around(before, end)
            docs += trailing
            if rest:
                gap = self._text[before:end].split("//", 1)[0] if not trailing else ""
                docs += [BLANK if gap.count("\n") > 1 else HARD] if previous is not None else []
                docs += rest[:-1]
        return docs

    def _apart(self, previous: ast.Node, node: ast.Node, before: int, begin: int) -> bool:
        """Whether an empty line goes between two statements: where there is one, and after the package clause and the imports."""
        if isinstance(previous, ast.PackageClause | ast.ImportDeclaration) and type(previous) is not type(node):
            return True
        if self._text is None:
            return False
        gap = self._text[before:begin]
        return any(not line.strip() for line in gap.split("\n")[1:-1])

    def _attribute(self, attribute: ast.Attribute) -> Doc:
        if self._text is not None:
            self._take(attribute.location.at, attribute.location.until)
            return [attribute.location.source, HARD]
        params = join([self.expression(p.value) for p in attribute.params], [", "])
        return [f"@{attribute.name}", *(["(", *params, ")"] if params else []), HARD]

    def _statement(self, node: ast.Node) -> Doc:
        if isinstance(node, ast.ExpressionStatement):
            return self.expression(node.expression)
        if isinstance(node, ast.VariableAssignment):
            return [f"{node.id.name} = ", self._value(node.init)]
        if isinstance(node, ast.MemberAssignment):
            return [self._member(node.member), " = ", self._value(node.init)]
        if isinstance(node, ast.OptionStatement):
            return ["option ", self._statement(node.assignment)]
        if isinstance(node, ast.ReturnStatement):
            return ["return ", self.expression(node.argument)]
        if isinstance(node, ast.PackageClause):
            return f"package {node.name.name}"
        if isinstance(node, ast.ImportDeclaration):
            alias = f"{node.as_.name} " if node.as_ else ""
            return [f"import {alias}", self.expression(node.path)]
        if isinstance(node, ast.BuiltinStatement):
            return f"builtin {node.id.name} : {type_text(node.ty)}"
        if isinstance(node, ast.TestCaseStatement):
            extends: Doc = [" extends ", self.expression(node.extends)] if node.extends else ""
            return [f"testcase {node.id.name}", extends, " ", self._block(node.block)]
        if isinstance(node, ast.TestStatement):
            return ["test ", self._statement(node.assignment)]
        return node.location.source

    def _value(self, node: ast.Expression) -> Doc:
        """The right side of an assignment: a pipeline over lines begins on a line of its own."""
        doc = self.expression(node)
        if isinstance(node, ast.LogicalExpression | ast.BinaryExpression):
            return Group(Indent([SOFT, doc]))
        return doc

    def _block(self, node: ast.Block) -> Doc:
        if not node.body and not (self._text is not None and self._comments):
            return "{}"
        inside = self._statements(node.body, node.location.at + 1, node.location.until - 1)
        head: list[Doc] = []  # comments on the line of the opening brace
        while inside and isinstance(inside[0], Suffix):
            head.append(inside.pop(0))
        if not head and not inside:
            return "{}"
        return ["{", *head, Indent([HARD, inside] if inside else []), HARD, "}"]

    # -- expressions

    def expression(self, node: ast.Expression) -> Doc:
        """The document of an expression."""
        return self._printers[type(node)](node)

    def _literal(self, text: Callable[[Any], str]) -> Callable[[Any], Doc]:
        """A literal as it was written, if it was written."""

        def doc(node: ast.Expression) -> Doc:
            return node.location.source if self._text is not None and node.location.source else text(node)

        return doc

    def _operand(self, node: ast.Expression, lowest: int) -> Doc:
        doc = self.expression(node)
        return ["(", doc, ")"] if _precedence(node) < lowest else doc

    def _string(self, node: ast.StringExpression) -> Doc:
        docs: list[Doc] = ['"']
        for part in node.parts:
            if isinstance(part, ast.InterpolatedPart):
                inner = render(self.expression(part.expression), 1 << 30)
                docs.append("${" + inner + "}")
            else:
                source = part.location.source if self._text is not None else ""
                docs.append(source or _escape(part.value))
        return [*docs, '"']

    def _list(
        self, start: int, items: Sequence[Any], one: Callable[[Any], Doc], end: int
    ) -> tuple[list[Doc], list[Doc], bool]:
        """Comments after the opening bracket, the items with commas and lines, and whether the source had them on lines."""
        head: list[Doc] = []
        docs: list[Doc] = []
        before = start
        for number, item in enumerate(items):
            trailing, leading = self._around(before, item.location.at)
            if number:
                docs += [",", *trailing, LINE]
            else:
                head = trailing
            docs += [*leading, one(item)]
            before = item.location.until
        trailing, leading = self._around(before, end)
        if items:
            docs += [IfBroken(","), *trailing]
        else:
            head = trailing
        if leading:
            docs += [*([HARD] if items else []), *leading[:-1]]
        # Between brackets with nothing else a comment on a line of its own would take the closing bracket in.
        return head, docs, self._broken(start, items[0].location.at) if items else bool(leading)

    def _brackets(
        self, opening: str, node: ast.Expression, items: Sequence[Any], one: Callable[[Any], Doc], closing: str
    ) -> Doc:
        start, end = node.location.at + 1, node.location.until - 1
        if not items and not (self._comments and self._text is not None):
            return opening + closing
        head, docs, broken = self._list(start, items, one, end)
        if not head and not docs:
            return opening + closing
        return Group([opening, *head, Indent([SOFT, docs] if docs else []), SOFT, closing], broken)

    def _dict(self, node: ast.DictExpression) -> Doc:
        if not node.elements:
            return "[:]"
        return self._brackets("[", node, node.elements, self._dict_item, "]")

    def _dict_item(self, item: ast.DictItem) -> Doc:
        return [self.expression(item.key), ": ", self.expression(item.val)]

    def _object(self, node: ast.ObjectExpression) -> Doc:
        if node.with_ is None:
            return self._brackets("{", node, node.properties, self._property, "}")
        start = node.with_.location.until
        head, docs, broken = self._list(start, node.properties, self._property, node.location.until - 1)
        return Group([f"{{{node.with_.name} with", *head, Indent([LINE, docs] if docs else []), SOFT, "}"], broken)

    def _property(self, item: ast.Property) -> Doc:
        key: Doc = item.key.name if isinstance(item.key, ast.Identifier) else self.expression(item.key)
        if item.value is None:
            return key
        value = self.expression(item.value)
        if isinstance(item.value, ast.LogicalExpression):
            return [key, ": ", Group(Indent([SOFT, value]))]
        return [key, ": ", value]

    def _function(self, node: ast.FunctionExpression) -> Doc:
        start = node.location.at + 1
        end = node.body.location.at
        first, docs, broken = self._list(start, node.params, self._param, end)
        head: Doc = Group(["(", *first, Indent([SOFT, docs]), SOFT, ")"], broken) if first or docs else "()"
        if isinstance(node.body, ast.Block):
            return [head, " => ", self._block(node.body)]
        body = self.expression(node.body)
        if isinstance(node.body, ast.ObjectExpression):
            body = ["(", body, ")"]
        if isinstance(
            node.body, ast.ParenExpression | ast.ObjectExpression | ast.CallExpression | ast.FunctionExpression
        ):
            return [head, " => ", body]
        return [head, " =>", Group(Indent([LINE, body]))]

    def _param(self, item: ast.Property) -> Doc:
        key: Doc = item.key.name if isinstance(item.key, ast.Identifier) else self.expression(item.key)
        return key if item.value is None else [key, "=", self.expression(item.value)]

    def _call(self, node: ast.CallExpression) -> Doc:
        callee = self._operand(node.callee, _POSTFIX)
        properties = node.arguments[0].properties if node.arguments else []
        start, end = node.callee.location.until, node.location.until - 1
        if not properties and not self._comments:
            return [callee, "()"]
        head, docs, broken = self._list(start, properties, self._property, end)
        if not head and not docs:
            return [callee, "()"]
        only = properties[0].value if len(properties) == 1 else None
        hugs = isinstance(
            only, ast.FunctionExpression | ast.ObjectExpression | ast.ArrayExpression | ast.DictExpression
        )
        if hugs and not broken and not head and len(docs) == 2:  # the argument and its comma
            return [callee, "(", docs[0], ")"]
        return [callee, Group(["(", *head, Indent([SOFT, docs] if docs else []), SOFT, ")"], broken)]

    def _pipe(self, node: ast.PipeExpression) -> Doc:
        calls: list[ast.CallExpression] = []
        first: ast.Expression = node
        while isinstance(first, ast.PipeExpression):
            calls.append(first.call)
            first = first.argument
        calls.reverse()
        docs: list[Doc] = []
        before = first.location.until
        broken = False
        for call in calls:
            trailing, leading = self._around(before, call.location.at)
            broken = broken or self._broken(before, call.location.at)
            docs += [*trailing, LINE, *leading, "|> ", self._operand(call, _POSTFIX)]
            before = call.location.until
        return Group([self._operand(first, _PIPE), Indent(docs)], broken)

    def _member(self, node: ast.MemberExpression) -> Doc:
        record = self._operand(node.object, _POSTFIX)
        if isinstance(node.property, ast.Identifier):
            dot = " ." if isinstance(node.object, ast.IntegerLiteral) else "."  # `1.a` would be a float and a name
            return [record, dot, node.property.name]
        return [record, "[", self.expression(node.property), "]"]

    def _unary(self, node: ast.UnaryExpression) -> Doc:
        if node.operator in ("not", "exists"):
            return [node.operator, " ", self._operand(node.argument, _NOT)]
        return [node.operator, self._operand(node.argument, _UNARY)]

    def _binary(self, node: ast.BinaryExpression) -> Doc:
        if node.operator == INVALID_OPERATOR and self._text is not None:
            self._take(node.location.at, node.location.until)
            return node.location.source  # no operator between operands: the checker's business, not ours
        precedence = _BINARY.get(node.operator, 4)
        operands: list[tuple[str, ast.Expression]] = []
        first: ast.Expression = node
        while isinstance(first, ast.BinaryExpression) and _BINARY.get(first.operator) == precedence:
            operands.append((first.operator, first.right))
            first = first.left
        return self._chain(first, operands[::-1], precedence)

    def _logical(self, node: ast.LogicalExpression) -> Doc:
        operands: list[tuple[str, ast.Expression]] = []
        first: ast.Expression = node
        while isinstance(first, ast.LogicalExpression) and first.operator == node.operator:
            operands.append((first.operator, first.right))
            first = first.left
        return self._chain(first, operands[::-1], _OR if node.operator == "or" else _AND)

    def _chain(self, first: ast.Expression, operands: list[tuple[str, ast.Expression]], precedence: int) -> Doc:
        docs: list[Doc] = [self._operand(first, precedence)]
        before = first.location.until
        for operator, operand in operands:
            trailing, leading = self._around(before, operand.location.at)
            docs += [*trailing, LINE, *leading, operator, " ", self._operand(operand, precedence + 1)]
            before = operand.location.until
        return Group(docs)

    def _conditional(self, node: ast.ConditionalExpression) -> Doc:
        return Group(self._branches(node), self._broken(node.test.location.until, node.consequent.location.at))

    def _branches(self, node: ast.ConditionalExpression) -> list[Doc]:
        docs: list[Doc] = ["if ", self.expression(node.test), " then"]
        trailing, leading = self._around(node.test.location.until, node.consequent.location.at)
        docs += [*trailing, Indent([LINE, *leading, self.expression(node.consequent)])]
        trailing, leading = self._around(node.consequent.location.until, node.alternate.location.at)
        docs += [*trailing, LINE, *leading, "else"]
        if isinstance(node.alternate, ast.ConditionalExpression):
            return [*docs, " ", *self._branches(node.alternate)]
        return [*docs, Indent([LINE, self.expression(node.alternate)])]


class _StoredPrinter(_Printer):
    """What does not fit behind `=`, `:` or `=>` begins on the next line, unless it has brackets of its own; no argument hugs its call;
    an empty line stands between statements of different kinds."""

    generated = False

    _BRACKETED = ast.FunctionExpression | ast.ObjectExpression | ast.ArrayExpression | ast.DictExpression

    def _value(self, node: ast.Expression) -> Doc:
        doc = self.expression(node)
        return doc if isinstance(node, self._BRACKETED) else Group(Indent([SOFT, doc]))

    def _apart(self, previous: ast.Node, node: ast.Node, before: int, begin: int) -> bool:
        return type(previous) is not type(node) or super()._apart(previous, node, before, begin)

    def _string(self, node: ast.StringExpression) -> Doc:
        return node.location.source if self.generated else super()._string(node)

    def _property(self, item: ast.Property) -> Doc:
        if item.value is None or isinstance(item.value, self._BRACKETED):
            return super()._property(item)
        key: Doc = item.key.name if isinstance(item.key, ast.Identifier) else self.expression(item.key)
        return [key, ":", Group(Indent([LINE, self.expression(item.value)]))]

    def _function(self, node: ast.FunctionExpression) -> Doc:
        if isinstance(node.body, ast.Block):
            return super()._function(node)
        first, docs, broken = self._list(node.location.at + 1, node.params, self._param, node.body.location.at)
        head: Doc = Group(["(", *first, Indent([SOFT, docs]), SOFT, ")"], broken) if first or docs else "()"
        body = self.expression(node.body)
        return [
            head,
            " =>",
            Group(Indent([LINE, ["(", body, ")"] if isinstance(node.body, ast.ObjectExpression) else body])),
        ]

    def _call(self, node: ast.CallExpression) -> Doc:
        callee = self._operand(node.callee, _POSTFIX)
        properties = node.arguments[0].properties if node.arguments else []
        start, end = node.callee.location.until, node.location.until - 1
        head, docs, broken = self._list(start, properties, self._property, end)
        if not head and not docs:
            return [callee, "()"]
        return [callee, Group(["(", *head, Indent([SOFT, docs] if docs else []), SOFT, ")"], broken)]


def _offset(comment: ast.Comment) -> int:
    return comment.offset


def _precedence(node: ast.Expression) -> int:
    if isinstance(node, ast.LogicalExpression):
        return _OR if node.operator == "or" else _AND
    if isinstance(node, ast.BinaryExpression):
        return _BINARY.get(node.operator, 0)
    if isinstance(node, ast.UnaryExpression):
        return _NOT if node.operator in ("not", "exists") else _UNARY
    if isinstance(node, ast.PipeExpression):
        return _PIPE
    if isinstance(node, ast.ConditionalExpression | ast.FunctionExpression):
        return 0
    return _PRIMARY


def _escape(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _float(node: ast.FloatLiteral) -> str:
    text = format(Decimal(repr(node.value)), "f")
    return text if "." in text else text + ".0"
