"""What the query tools of the API answer."""

from __future__ import annotations

import pytest

from influxctl.core.errors import Invalid, NotFound
from influxctl.flux.analyze import suggestion, suggestions, syntax_errors, syntax_tree
from influxctl.flux.errors import FluxErrors
from influxctl.flux.parser import parse


def test_a_tree_is_a_package_of_one_file() -> None:
    tree = syntax_tree('from(bucket: "b")')
    assert tree["type"] == "Package" and tree["package"] == "main"
    assert tree["files"][0]["metadata"] == "parser-type=rust"
    assert tree["files"][0]["imports"] is None and tree["files"][0]["package"] is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("from(bucket: ", "invalid AST: loc 1:1-1:14: expected RPAREN, got EOF"),
        ("x = 1\n  =", "invalid AST: loc 2:3-2:4: invalid statement @2:3-2:4: ="),
    ],
)
def test_the_first_error_refuses_a_tree(script: str, message: str) -> None:
    with pytest.raises(Invalid) as error:
        syntax_tree(script)
    assert error.value.message == message


def test_analysis_lists_syntax_errors_only() -> None:
    assert syntax_errors("from(bucket: 5)") == []
    bad = {"line": 2, "column": 5, "character": 0, "message": "invalid statement @2:5-2:7: §"}
    assert syntax_errors("a = 1\nb = §\n") == [bad, bad]


def test_functions_of_the_prelude_are_suggested_with_their_parameters() -> None:
    assert suggestion("map").params == {"fn": "function", "mergeKey": "bool", "tables": "stream"}
    assert suggestion("range").params == {"start": "invalid", "stop": "invalid", "tables": "stream"}
    names = [one.name for one in suggestions()]
    assert names == sorted(names) and {"from", "filter", "yield"} <= set(names)
    assert "inf" not in names
    with pytest.raises(NotFound):
        suggestion("nope")


def test_errors_are_joined_by_an_empty_line() -> None:
    errors = FluxErrors(parse("x = )\ny = ]").errors, "compilation failed: ")
    assert errors.message.startswith("compilation failed: error @1:5-1:6: ")
    assert errors.message.count("\n\n") == len(errors.errors) - 1
    assert errors.status == 400
