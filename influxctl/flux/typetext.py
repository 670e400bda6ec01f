"""Types as text, both ways: laid out as the reference lays them out in messages, and read from `builtin` syntax."""

from __future__ import annotations

from influxctl.flux import ast
from influxctl.flux.types import (
    BASIC,
    BIT,
    DYNAMIC,
    GENERIC,
    Array,
    Basic,
    Dict,
    Function,
    Module,
    Record,
    Stream,
    Type,
    TypeVar,
    Vector,
    parts,
    prune,
    row,
)

_WIDTH = 104  # columns of a record or parameter list on one line
_MOST_ON_A_LINE = 4  # items of a record or parameter list; more are laid out one a line (measured)
_CLASSES: dict[type[Type], str] = {Array: "array", Dict: "dictionary", Function: "function", Record: "record"}

# A layout is text, a list of layouts, or a group (opening, items, closing) that is broken over lines when it does not fit.
_Group = tuple[str, list["_Layout"], str]
_Layout = str | list["_Layout"] | _Group


class Names:
    """Names of type variables in one message: A, B, … Z, A1 …, given out in the order of asking."""

    def __init__(self, *types: Type) -> None:
        self._names: dict[TypeVar, str] = {}
        for t in types:
            self._collect(t)

    def _collect(self, t: Type) -> None:
        t = prune(t)
        if isinstance(t, TypeVar):
            self[t]
            return
        for part in parts(t):
            self._collect(part)

    def __getitem__(self, variable: TypeVar) -> str:
        name = self._names.get(variable)
        if name is None:
            number = len(self._names)
            name = self._names[variable] = chr(65 + number % 26) + (str(number // 26) if number > 25 else "")
        return name

    @property
    def constraints(self) -> str:
        """` where A: Kind + Kind, …` for the variables named so far, or nothing."""
        found = []
        for variable, name in self._names.items():
            kinds = [kind for kind, bit in sorted(BIT.items()) if variable.kinds & bit]
            if kinds:
                found.append(f"{name}: {' + '.join(kinds)}")
        return f" where {', '.join(found)}" if found else ""


def show(t: Type, names: Names | None = None, classified: bool = False) -> str:
    """The text of a type; `classified` adds what kind of composite it is, as messages do: `{a: int} (record)`."""
    t = prune(t)
    names = Names(t) if names is None else names
    text = _print(_layout(t, names), 0)
    if classified:
        label = _CLASSES.get(type(t)) or ("record" if isinstance(t, Module) else "dynamic" if t is DYNAMIC else "")
        return f"{text} ({label})" if label else text
    return text


def signature(t: Type) -> str:
    """The type on one line with its constraints, as `builtin` statements write it."""
    names = Names(t)
    return _flat(_layout(prune(t), names)) + names.constraints


def _layout(t: Type, names: Names) -> _Layout:
    t = prune(t)
    if isinstance(t, Basic):
        return t.name
    if isinstance(t, TypeVar):
        return names[t]
    if isinstance(t, Array):
        return ["[", _layout(t.element, names), "]"]
    if isinstance(t, Stream):
        return ["stream[", _layout(t.element, names), "]"]
    if isinstance(t, Vector):
        return ["vector[", _layout(t.element, names), "]"]
    if isinstance(t, Dict):
        return ["[", _layout(t.key, names), ":", _layout(t.value, names), "]"]
    if isinstance(t, Function):
        return _function_layout(t, names)
    if isinstance(t, Module):
        from influxctl.flux.library import module_record

        t = module_record(t.path)
        names = Names(t)
    assert isinstance(t, Record)
    fields, tail = row(t)
    ordered = sorted(fields, key=lambda field: field[0])
    items: list[_Layout] = [[f"{name}: ", _layout(f, names)] for name, f in reversed(ordered)]
    if tail is None:
        return ("{", items, "}")
    return (f"{{{_flat(_layout(tail, names))} with", items, "}")


def _function_layout(t: Function, names: Names) -> _Layout:
    items: list[_Layout] = []
    if t.pipe:
        name = "" if t.pipe[0] == "<-" else t.pipe[0]
        items.append([f"<-{name}: ", _layout(t.pipe[1], names)])
    items += [[f"{name}: ", _layout(t.required[name], names)] for name in sorted(t.required)]
    items += [[f"?{name}: ", _layout(t.optional[name], names)] for name in sorted(t.optional)]
    return [("(", items, ")"), " => ", _layout(t.result, names)]


def _flat(layout: _Layout) -> str:
    if isinstance(layout, str):
        return layout
    if isinstance(layout, list):
        return "".join(_flat(part) for part in layout)
    opening, items, closing = layout
    inside = ", ".join(_flat(item) for item in items)
    if opening.endswith("with"):
        inside = f" {inside}" if inside else ""
    return f"{opening}{inside}{closing}"


def _breaks(layout: _Layout, indent: int) -> bool:
    """Whether the layout takes several lines: a group of many items or of a long line does, and all groups around it."""
    if isinstance(layout, str):
        return False
    if isinstance(layout, list):
        return any(_breaks(part, indent) for part in layout)
    if len(layout[1]) > _MOST_ON_A_LINE or any(_breaks(item, indent + 4) for item in layout[1]):
        return True
    return bool(layout[1]) and indent + len(_flat(layout)) > _WIDTH


def _print(layout: _Layout, indent: int) -> str:
    if isinstance(layout, str):
        return layout
    if isinstance(layout, list):
        return "".join(_print(part, indent) for part in layout)
    if not _breaks(layout, indent):
        return _flat(layout)
    opening, items, closing = layout
    pad = "\n" + " " * (indent + 4)
    text = opening
    if opening.endswith("with"):
        text = "{" + pad + opening[1:]
    for item in items:
        text += pad + _print(item, indent + 4) + ","
    return text + "\n" + " " * indent + closing


# ---------------------------------------------------------------- reading


def type_of(expression: ast.TypeExpression) -> Type:
    """The type that a `builtin` statement declares, its variables generic."""
    variables: dict[str, TypeVar] = {}
    t = _read(expression.monotype, variables)
    for constraint in expression.constraints:
        variable = variables.get(constraint.tvar.name)
        if variable is not None:
            for kind in constraint.kinds:
                variable.kinds |= BIT.get(kind.name, 0)
    return t


def _read(node: ast.TypeNode, variables: dict[str, TypeVar]) -> Type:
    if isinstance(node, ast.NamedType):
        return BASIC.get(node.name.name) or _variable(node.name.name, variables)
    if isinstance(node, ast.TvarType):
        return _variable(node.name.name, variables)
    if isinstance(node, ast.ArrayType):
        return Array(_read(node.element, variables))
    if isinstance(node, ast.StreamType):
        return Stream(_read(node.element, variables))
    if isinstance(node, ast.VectorType):
        return Vector(_read(node.element, variables))
    if isinstance(node, ast.DictType):
        return Dict(_read(node.key, variables), _read(node.val, variables))
    if isinstance(node, ast.RecordType):
        fields = {_key(p.name): _read(p.monotype, variables) for p in node.properties}
        return Record(fields, _variable(node.tvar.name, variables) if node.tvar else None)
    if isinstance(node, ast.FunctionType):
        return _read_function(node, variables)
    return BASIC["string"] if isinstance(node, ast.LabelType) else DYNAMIC


def _read_function(node: ast.FunctionType, variables: dict[str, TypeVar]) -> Function:
    required: dict[str, Type] = {}
    optional: dict[str, Type] = {}
    pipe = None
    for parameter in node.parameters:
        t = _read(parameter.monotype, variables)
        name = parameter.name.name if parameter.name else "<-"
        if parameter.kind == "Pipe":
            pipe = (name, t)
        else:
            (optional if parameter.kind == "Optional" else required)[name] = t
    return Function(required, optional, pipe, _read(node.monotype, variables))


def _key(key: ast.Identifier | ast.StringLiteral) -> str:
    return key.name if isinstance(key, ast.Identifier) else key.value


def _variable(name: str, variables: dict[str, TypeVar]) -> TypeVar:
    variable = variables.get(name)
    if variable is None:
        variable = variables[name] = TypeVar(GENERIC)
    return variable
