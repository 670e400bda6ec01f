"""Types as written after `builtin name :`, from the syntax tree to text."""

from __future__ import annotations

from influxctl.flux import ast


def type_text(node: ast.TypeExpression) -> str:
    """A type with its constraints, on one line."""
    text = _type(node.monotype)
    if not node.constraints:
        return text
    constraints = [f"{c.tvar.name}: {' + '.join(kind.name for kind in c.kinds)}" for c in node.constraints]
    return f"{text} where {', '.join(constraints)}"


def _type(node: ast.TypeNode) -> str:
    if isinstance(node, ast.NamedType | ast.TvarType):
        return node.name.name
    if isinstance(node, ast.ArrayType):
        return f"[{_type(node.element)}]"
    if isinstance(node, ast.StreamType):
        return f"stream[{_type(node.element)}]"
    if isinstance(node, ast.VectorType):
        return f"vector[{_type(node.element)}]"
    if isinstance(node, ast.DictType):
        return f"[{_type(node.key)}: {_type(node.val)}]"
    if isinstance(node, ast.RecordType):
        properties = ", ".join(f"{_key(p.name)}: {_type(p.monotype)}" for p in node.properties)
        return f"{{{node.tvar.name} with {properties}}}" if node.tvar else f"{{{properties}}}"
    if isinstance(node, ast.FunctionType):
        return f"({', '.join(_parameter(p) for p in node.parameters)}) => {_type(node.monotype)}"
    return f".{node.value}" if isinstance(node, ast.LabelType) else "dynamic"


def _parameter(node: ast.ParameterType) -> str:
    mark = {"Pipe": "<-", "Optional": "?"}.get(node.kind, "")
    default = f" = .{node.default.value}" if node.default else ""
    return f"{mark}{node.name.name if node.name else ''}: {_type(node.monotype)}{default}"


def _key(key: ast.Identifier | ast.StringLiteral) -> str:
    return key.name if isinstance(key, ast.Identifier) else f'"{key.value}"'
