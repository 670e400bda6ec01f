"""Trees to canonical text."""

from __future__ import annotations

from pathlib import Path

import pytest

from influxctl.flux import ast
from influxctl.flux.astjson import from_json, to_json
from influxctl.flux.parser import parse
from influxctl.flux.printer import print_expression, print_file

CORPUS = Path(__file__).resolve().parents[2] / "flux" / "corpus"
SCRIPTS = [t for path in sorted(CORPUS.glob("*.txt")) for t in path.read_text("utf-8").rstrip("\n").split("\n----\n")]
GOOD = [text for text in SCRIPTS if not parse(text).errors]


@pytest.mark.parametrize("text", GOOD, ids=lambda text: text[:40])
def test_printing_and_parsing_gives_the_same_tree_and_printing_again_the_same_text(text: str) -> None:
    file = parse(text)
    printed = print_file(file)
    again = parse(printed)
    assert not again.errors
    assert ast.same(file, again)
    assert print_file(again) == printed


def test_the_corpus_is_there() -> None:
    assert len(GOOD) > 300


MESSY = """// head
package foo
import "a" // after
@edition("2022.1")
option now=()=>2020-01-01T00:00:00Z


x="a${ b+1 }c\\n"
from(bucket:"b")|>range(start:-1h)|>filter(fn:(r)=>r._measurement=="cpu" and r.a=="b" // foo
 and r.c==1)|>mean() // end
f = (a,b=1,c=<-)=>{
 // hi
 x = a   return x+b // ret
 // dangling
 }
q = { // first
 a:1, // one
 // before b
 b:2 // two
 // end
}
y = // odd place
  1
g = if a then
  b
 else c
// trailing
"""
TIDY = """// head
package foo

import "a" // after

@edition("2022.1")
option now = () => 2020-01-01T00:00:00Z

x = "a${b + 1}c\\n"
from(bucket: "b")
    |> range(start: -1h)
    |> filter(fn: (r) =>
        r._measurement == "cpu"
        and r.a == "b" // foo
        and r.c == 1)
    |> mean() // end
f = (a, b=1, c=<-) => {
    // hi
    x = a
    return x + b // ret
    // dangling
}
q = { // first
    a: 1, // one
    // before b
    b: 2, // two
    // end
}
// odd place
y = 1
g = if a then
    b
else
    c
// trailing
"""


def test_a_script_is_laid_out_with_its_comments() -> None:
    file = parse(MESSY)
    assert not file.errors
    assert print_file(file) == TIDY


def test_long_lines_are_broken_and_short_ones_joined() -> None:
    text = print_file(parse("f(" + ", ".join(f"argument{n}: {n}" for n in range(9)) + ")\nx = [1,\n2]"))
    assert text == "f(\n" + "".join(f"    argument{n}: {n},\n" for n in range(9)) + ")\nx = [1, 2]\n"
    assert all(len(line) <= 100 for line in text.split("\n"))


def test_a_tree_from_json_gets_the_brackets_that_it_needs() -> None:
    node = parse("x = (1 + 2) * -(3 - (4 - 5))").body[0]

    def bare(value: object) -> object:
        if isinstance(value, dict):
            if value.get("type") == "ParenExpression":
                return bare(value["expression"])
            return {k: bare(v) for k, v in value.items() if k != "location"}
        return [bare(v) for v in value] if isinstance(value, list) else value

    tree = from_json(bare(to_json(node)))
    assert isinstance(tree, ast.VariableAssignment)
    assert print_expression(tree.init) == "(1 + 2) * -(3 - (4 - 5))"


def test_values_without_a_source_text_are_escaped() -> None:
    def text(value: str) -> str:
        return print_expression(ast.StringLiteral(ast.NOWHERE, value))

    assert text('a"b\\c\n${d}') == '"a\\"b\\\\c\\n\\${d}"'
    assert print_expression(ast.FloatLiteral(ast.NOWHERE, 1e21)) == "1000000000000000000000.0"
    assert print_expression(ast.RegexpLiteral(ast.NOWHERE, "a/b")) == "/a\\/b/"
