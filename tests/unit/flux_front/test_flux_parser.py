"""Text to tree: values of literals, precedence, recovery, positions, depth."""

from __future__ import annotations

import pytest

from influxctl.flux import ast
from influxctl.flux.parser import parse
from influxctl.flux.printer import print_expression


def expression(text: str) -> ast.Expression:
    file = parse(text)
    assert not file.errors, file.errors
    statement = file.body[0]
    assert isinstance(statement, ast.ExpressionStatement)
    return statement.expression


def shape(node: ast.Expression) -> str:
    """The expression with every operation in brackets."""
    if isinstance(node, ast.BinaryExpression | ast.LogicalExpression):
        return f"[{shape(node.left)} {node.operator} {shape(node.right)}]"
    if isinstance(node, ast.UnaryExpression):
        return f"[{node.operator} {shape(node.argument)}]"
    if isinstance(node, ast.PipeExpression):
        return f"[{shape(node.argument)} |> {shape(node.call)}]"
    return print_expression(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "[1 + [2 * 3]]"),
        ("1 - 2 - 3", "[[1 - 2] - 3]"),
        ("2 ^ 3 ^ 2", "[[2 ^ 3] ^ 2]"),
        ("-2 ^ 2", "[[- 2] ^ 2]"),
        ("-a |> f()", "[[- a] |> f()]"),
        ("1 + a |> f()", "[1 + [a |> f()]]"),
        ("not a == b and c or d", "[[[not [a == b]] and c] or d]"),
        ("exists r.a == b", "[exists [r.a == b]]"),
        ("1 < 2 == true", "[[1 < 2] == true]"),
        ("a or b and c", "[a or [b and c]]"),
        ("1 * 2 + 3 % 4 - 5 / 6", "[[[1 * 2] + [3 % 4]] - [5 / 6]]"),
    ],
)
def test_operators_bind_as_in_the_reference(text: str, expected: str) -> None:
    assert shape(expression(text)) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a\\n\\t\\"\\\\\\${x}\\x41"', 'a\n\t"\\${x}A'),
        ('"line\nline"', "line\nline"),
        ('"\\xe2\\x82\\xac"', "€"),
        ("/a\\/b/", "a/b"),
        ("2020-01-01", "2020-01-01T00:00:00Z"),
        ("2020-01-01T10:00:00.120+02:00", "2020-01-01T10:00:00.12+02:00"),
        ("01.5", 1.5),
        (".5", 0.5),
        ("9223372036854775807", 9223372036854775807),
    ],
)
def test_literals_mean_what_they_say(text: str, value: object) -> None:
    node = expression(text)
    assert getattr(node, "value", None) == value


def test_a_duration_keeps_its_parts() -> None:
    node = expression("1y2mo3w4d5h6m7s8ms9us10µs11ns")
    assert isinstance(node, ast.DurationLiteral)
    parts = [(d.magnitude, d.unit) for d in node.values]
    assert parts == [
        (1, "y"), (2, "mo"), (3, "w"), (4, "d"), (5, "h"), (6, "m"), (7, "s"), (8, "ms"), (9, "us"), (10, "us"), (11, "ns"),
    ]  # fmt: skip


def test_interpolation_nests() -> None:
    node = expression('"a${f(x: "b${1 + 2}")}c"')
    assert isinstance(node, ast.StringExpression)
    assert [type(part).__name__ for part in node.parts] == ["TextPart", "InterpolatedPart", "TextPart"]


def test_columns_count_bytes_and_lines_count_from_one() -> None:
    file = parse('é = 1\n  x = "§" + y')
    statement = file.body[1]
    assert isinstance(statement, ast.VariableAssignment) and isinstance(statement.init, ast.BinaryExpression)
    assert statement.location.start == (2, 3)
    assert str(statement.init.right.location) == "2:14-2:15"
    assert statement.init.right.location.source == "y"


def test_several_errors_are_found_in_one_text() -> None:
    file = parse("a = 1 +\nb = [1 2]\nc = f(1)\nd = 2")
    assert [str(e) for e in file.errors] == [
        "error @2:3-2:4: invalid statement: =",
        "error @2:5-2:10: expected COMMA, got INT (2) at 2:8",
        "error @3:7-3:8: unexpected token for property key: INT (1)",
    ]
    assert isinstance(file.body[-1], ast.VariableAssignment) and file.body[-1].id.name == "d"


def test_comments_belong_to_what_follows_and_to_the_end() -> None:
    file = parse("// one\nx = 1 // two\n// three\ny = 2 // four\n")
    assert [c.text for c in file.all_comments] == ["// one\n", "// two\n", "// three\n", "// four\n"]
    assert [c.text for c in file.eof] == ["// four\n"]
    answer = file.to_json()
    assert answer["body"][0]["id"]["comments"] == [{"text": "// one\n"}]


def test_attributes_stand_beside_the_tree() -> None:
    file = parse('@edition("2022.1")\npackage main\n@later x = 1')
    assert file.package is not None
    assert [a.name for a in file.attributes[file.package]] == ["edition"]
    assert [a.name for a in file.attributes[file.body[0]]] == ["later"]


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "[" * 100_000, "{a:" * 30_000, "-" * 100_000, "not " * 30_000, "1" + " + 1" * 30_000, "f(" * 50_000,
     '"${' * 30_000, "() => " * 20_000, "() => {" * 20_000, "if a then " * 10_000, "x |> " * 10_000, "a" + ".b" * 50_000,
     "builtin x : " + "[" * 50_000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_deep_nesting_is_an_error_and_no_crash(text: str) -> None:
    file = parse(text)
    assert file.errors[-1].message == "Program is nested too deep"


def test_nesting_that_people_write_is_fine() -> None:
    assert not parse("(" * 90 + "1" + ")" * 90).errors
    chain = " or ".join(f'r.host == "h{n}"' for n in range(1500))
    assert not parse(f"f = (r) => {chain}").errors


@pytest.mark.parametrize("text", ["", " ", "\n\n", "// only a comment"])
def test_a_text_without_statements_is_a_file_without_statements(text: str) -> None:
    file = parse(text)
    assert not file.errors and not file.body
    assert "location" not in file.to_json()
