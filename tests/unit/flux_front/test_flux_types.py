"""Types: what programs mean to the checker, signatures, and every declaration of the library."""

from __future__ import annotations

import pytest

from influxctl.flux import ast, library
from influxctl.flux.astjson import from_json
from influxctl.flux.infer import check, types_of
from influxctl.flux.parser import parse
from influxctl.flux.typetext import signature


def type_text(script: str, name: str) -> str:
    found, errors = types_of(parse(script))
    assert not errors, errors
    return signature(found[name])


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("f = (x) => x", "(x: A) => A"),
        ("f = (a, b) => a + b", "(a: A, b: A) => A where A: Addable"),
        ("f = (a, b=1, c=<-) => a < c", "(<-c: C, a: A, ?b: B) => bool where A: Comparable, C: Comparable"),
        ("f = (r) => r.a", "(r: {A with a: B}) => B"),
        ("f = (r) => ({r with z: r.a + 1})", "(r: {A with a: int}) => {A with z: int, a: int}"),
        (
            'f = (t=<-) => t |> filter(fn: (r) => r.x == "a")',
            "(<-t: stream[{A with x: B}]) => stream[{A with x: B}] where B: Equatable",
        ),
        ("f = [1, 2]", "[int]"),
        ('f = ["a": 1.0]', "[string:float]"),
        ('import "math" f = math.abs', "(x: float) => float"),
        ("f = (g) => g(x: 1)", "(g: (x: int) => A) => A"),
        ('f = {a: 1, b: "x"}', "{b: string, a: int}"),
    ],
)
def test_types_are_inferred(script: str, expected: str) -> None:
    assert type_text(script, "f") == expected


def test_every_declaration_of_the_library_has_a_type() -> None:
    names = [(path, name) for path in library.packages() for name in library.declarations()[path]]
    assert len(names) == 677
    assert all(library.member_type(path, name) is not None for path, name in names)


def test_a_declared_type_is_printed_as_it_was_declared() -> None:
    same = 0
    for path in library.packages():
        for name in library.declarations()[path]:
            t = library.member_type(path, name)
            assert t is not None
            same += sorted(signature(t).split(" where ")[0]) == sorted(
                (library.type_text(path, name) or "").split(" where ")[0]
            )
    assert same > 500  # the rest names its variables in another order


def test_extern_is_evaluated_before_the_script_and_in_its_scope() -> None:
    extern = parse('option v = {bucket: "b", start: -1h}')
    script = parse("from(bucket: v.bucket) |> range(start: v.start)")
    assert check(script, extern=extern) == []
    assert [e.message for e in check(script)] == ["undefined identifier v", "undefined identifier v"]
    assert check(script, declared=["v"]) == []
    wrong = check(parse("from(bucket: v.start)"), extern=extern)
    assert [e.message for e in wrong] == ["expected string but found duration (argument bucket)"]


def test_files_of_a_package_share_their_scope() -> None:
    package = ast.package_of(parse("a = 1"), parse('b = a + "x"'))
    assert [str(e) for e in check(package)] == ["error @1:9-1:12: expected int but found string"]


def test_a_tree_without_positions_is_checked_too() -> None:
    tree = from_json({"type": "File", "body": [
        {"type": "ExpressionStatement", "expression": {"type": "BinaryExpression", "operator": "+",
         "left": {"type": "IntegerLiteral", "value": "1"}, "right": {"type": "StringLiteral", "value": "a"}}},
    ]})  # fmt: skip
    assert isinstance(tree, ast.File)
    assert [str(e) for e in check(tree)] == ["error: expected int but found string"]


def test_rows_of_a_bucket_are_open_and_rows_of_an_array_are_closed() -> None:
    assert check(parse('from(bucket: "b") |> filter(fn: (r) => r.anything == "x")')) == []
    closed = parse('import "array" array.from(rows: [{a: 1}]) |> filter(fn: (r) => r.b == 1)')
    assert [e.message for e in check(closed)] == ["record is missing label b (argument tables)"]


def test_long_chains_are_checked_without_recursion_errors() -> None:
    chain = " or ".join(f'r.host == "h{n}"' for n in range(1500))
    assert check(parse(f'from(bucket: "b") |> filter(fn: (r) => {chain})')) == []
    assert check(parse("x = 1" + " + 1" * 3000)) == []


def test_types_that_double_with_every_line_are_refused_in_time() -> None:
    shared = "x0 = 1\n" + "\n".join(f"x{n + 1} = {{a: x{n}, b: x{n}}}" for n in range(60))
    assert check(parse(shared)) == []
    doubled = "x0 = (q) => q\n" + "\n".join(f"x{n + 1} = {{a: x{n}, b: x{n}}}" for n in range(60))
    assert [e.message for e in check(parse(doubled))] == ["the types of this script are too large to be checked"]


def test_pipelines_of_many_links_are_checked() -> None:
    assert check(parse('from(bucket: "b")' + " |> range(start: -1h)" * 100)) == []
