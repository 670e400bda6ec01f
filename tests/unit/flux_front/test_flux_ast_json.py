"""Trees as JSON: the contract's shape, both ways, and refusals."""

from __future__ import annotations

import json

import pytest

from influxctl.core.errors import Invalid
from influxctl.flux import ast
from influxctl.flux.astjson import from_json, to_json
from influxctl.flux.parser import parse

SCRIPT = """package p
import m "math"
option now = () => 2020-01-01T00:00:00Z
option m.pi = 3.0
builtin f : (<-t: stream[A], ?x: [string: int], y: {B with c: int}) => [A] where A: Record + Addable
testcase t extends "u" { a = 1 }
x = {r with a: -1h30m, "b c": [1, 2.5], d: ["k": /v/], e: "s${y}t"}
g = (a, b=1, c=<-) => { return if a then not b[0] else exists c.d["e"] }
x |> g(a: true, b: (1 + 2) * 3)
"""


def test_a_tree_goes_to_json_and_comes_back() -> None:
    file = parse(SCRIPT)
    assert not file.errors
    data = json.loads(json.dumps(to_json(file)))
    again = from_json(data)
    assert ast.same(file, again)
    assert json.loads(json.dumps(to_json(again))) == data


def test_type_tags_may_be_left_out_where_they_are_implied() -> None:
    tree = from_json(
        {
            "type": "File",
            "body": [
                {"type": "VariableAssignment", "id": {"name": "x"}, "init": {"type": "IntegerLiteral", "value": "1"}},
            ],
        }
    )
    assert isinstance(tree, ast.File) and ast.same(tree, parse("x = 1"))


def test_a_location_has_start_end_and_source() -> None:
    data = to_json(parse("x = 1"))
    assert data["body"][0]["init"] == {
        "type": "IntegerLiteral",
        "location": {"start": {"line": 1, "column": 5}, "end": {"line": 1, "column": 6}, "source": "1"},
        "value": "1",
    }


@pytest.mark.parametrize(
    "data",
    [None, 1, [], {}, {"type": "Nonsense"}, {"type": "Expression"}, {"type": "File", "body": 1},
     {"type": "IntegerLiteral", "value": "x"}, {"type": "IntegerLiteral"}, {"type": "Identifier", "name": 5},
     {"type": "BinaryExpression", "operator": "+", "left": None, "right": None},
     {"type": "File", "body": [{"type": "ExpressionStatement", "expression": "x"}]}],
)  # fmt: skip
def test_what_is_no_tree_is_refused(data: object) -> None:
    with pytest.raises(Invalid):
        from_json(data)
