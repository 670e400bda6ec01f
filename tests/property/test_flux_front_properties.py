"""Flux front end against random trees and damaged texts: printing and parsing are inverse, and nothing but an error comes out."""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.flux import ast
from influxctl.flux.astjson import from_json, to_json
from influxctl.flux.infer import check
from influxctl.flux.lint import lint
from influxctl.flux.parser import parse
from influxctl.flux.printer import print_file

CORPUS = Path(__file__).resolve().parents[1] / "flux" / "corpus"
SCRIPTS = [t for path in sorted(CORPUS.glob("*.txt")) for t in path.read_text("utf-8").rstrip("\n").split("\n----\n")]
HERE = ast.NOWHERE

names = st.sampled_from(["a", "b", "r", "tables", "_value", "fn", "x1", "π", "with"])
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
units = st.sampled_from(["y", "mo", "w", "d", "h", "m", "s", "ms", "us", "ns"])


def identifier() -> st.SearchStrategy[ast.Identifier]:
    return names.map(lambda name: ast.Identifier(HERE, name))


literals = st.one_of(
    identifier(),
    st.integers(0, 2**63 - 1).map(lambda n: ast.IntegerLiteral(HERE, n)),
    st.floats(0, 1e18, allow_nan=False).map(lambda n: ast.FloatLiteral(HERE, n)),
    texts.map(lambda text: ast.StringLiteral(HERE, text)),
    st.datetimes().map(lambda t: ast.DateTimeLiteral(HERE, t.strftime("%Y").zfill(4) + t.strftime("-%m-%dT%H:%M:%SZ"))),
    st.lists(st.tuples(st.integers(0, 999), units), min_size=1, max_size=3).map(
        lambda parts: ast.DurationLiteral(HERE, [ast.Duration(HERE, n, unit) for n, unit in parts])
    ),
    st.sampled_from(["a", "a/b", "^x.*$", "[a-z]+", "\\d\\."]).map(lambda text: ast.RegexpLiteral(HERE, text)),
)


def grown(inner: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.Expression]:
    key = st.one_of(identifier(), texts.map(lambda text: ast.StringLiteral(HERE, text)))
    properties = st.lists(st.builds(ast.Property, st.just(HERE), key, inner), max_size=3)
    record = st.builds(ast.ObjectExpression, st.just(HERE), properties, st.one_of(st.none(), identifier()))
    arguments = st.builds(ast.ObjectExpression, st.just(HERE), st.lists(
        st.builds(ast.Property, st.just(HERE), identifier(), inner), min_size=1, max_size=3))  # fmt: skip
    call = st.builds(
        ast.CallExpression, st.just(HERE), identifier(), st.one_of(st.just([]), arguments.map(lambda node: [node]))
    )
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "=~", "!~", "+", "-", "*", "/", "%", "^"])
    params = st.lists(st.builds(ast.Property, st.just(HERE), identifier(), st.one_of(st.none(), inner)), max_size=2)
    block = inner.map(lambda node: ast.Block(HERE, [ast.ReturnStatement(HERE, node)]))
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda items: ast.ArrayExpression(HERE, items)),
        st.lists(st.builds(ast.DictItem, st.just(HERE), inner, inner), max_size=2).map(
            lambda items: ast.DictExpression(HERE, items)
        ),
        record,
        call,
        st.builds(ast.PipeExpression, st.just(HERE), inner, call),
        st.builds(ast.MemberExpression, st.just(HERE), inner, identifier()),
        st.builds(ast.IndexExpression, st.just(HERE), inner, st.builds(ast.IntegerLiteral, st.just(HERE), st.just(1))),
        st.builds(ast.UnaryExpression, st.just(HERE), st.sampled_from(["-", "+", "not", "exists"]), inner),
        st.builds(ast.BinaryExpression, st.just(HERE), operators, inner, inner),
        st.builds(ast.LogicalExpression, st.just(HERE), st.sampled_from(["and", "or"]), inner, inner),
        st.builds(ast.ConditionalExpression, st.just(HERE), inner, inner, inner),
        st.builds(ast.FunctionExpression, st.just(HERE), params, st.one_of(inner, block)),
    )


expressions = st.recursive(literals, grown, max_leaves=12)


def bare(node: object) -> object:
    """A tree as data without places and brackets."""
    if isinstance(node, dict):
        if node.get("type") == "ParenExpression":
            return bare(node["expression"])
        return {key: bare(value) for key, value in node.items() if key != "location" and not is_comments(value)}
    return [bare(item) for item in node] if isinstance(node, list) else node


def is_comments(value: object) -> bool:
    """Whether a value of a tree is a list of comments."""
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) and set(v) == {"text"} for v in value)


@settings(max_examples=200, deadline=None)
@given(st.lists(expressions, min_size=1, max_size=3))
def test_a_printed_tree_parses_to_itself(values: list[ast.Expression]) -> None:
    body: list[ast.Statement] = [
        ast.VariableAssignment(HERE, ast.Identifier(HERE, f"v{number}"), value) for number, value in enumerate(values)
    ]
    file = ast.File(HERE, None, [], body)
    printed = print_file(file)
    again = parse(printed)
    assert not again.errors, (printed, again.errors)
    assert bare(to_json(again)) == bare(to_json(file)), printed
    assert print_file(again) == print_file(parse(print_file(again)))


@settings(max_examples=100, deadline=None)
@given(expressions)
def test_a_tree_survives_json(value: ast.Expression) -> None:
    assert ast.same(from_json(to_json(value)), value)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([*'ab1.0"${}()[]:,=|>+-*/ \n\\@<?!~^%é§', "if ", "then ", "=> ", "|> ", "//"]), max_size=60
    )
)
def test_any_text_gives_a_tree_or_errors(pieces: list[str]) -> None:
    survives("".join(pieces))


def survives(text: str) -> None:
    """Parse, and whatever is done with what parses."""
    file = parse(text)
    to_json(file, file)
    for error in file.errors:
        assert str(error).startswith("error")
    if file.errors:
        return
    check(file)
    lint(file)
    printed = print_file(file)
    again = parse(printed)
    assert not again.errors, (text, printed)
    assert bare(to_json(file)) == bare(to_json(again)), (text, printed)
    assert print_file(again) == printed, (text, printed)


TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\w+|\s+|[^\w\s]')
WORDS = ["(", ")", "[", "]", "{", "}", ",", ":", "=", "|>", '"', "${", "}", "+", "-", "not", "and", "or", "if", "then", "else",
         "return", "import", "option", "builtin", "testcase", "1", "1.5", '"s"', "x", "<-", "=>", "/", "/a/", "1h", "2020-01-01",
         "@a", ".", "==", "=~", "with", "\\", ";", "01", "// c\n", "\n", "é", "\x00", "\ud800", "(" * 50]  # fmt: skip


def damaged(dice: random.Random) -> str:
    """A script of the corpus with some tokens changed, sometimes spliced with another."""
    tokens = TOKEN.findall(dice.choice(SCRIPTS))
    if dice.random() < 0.2:
        tokens += TOKEN.findall(dice.choice(SCRIPTS))
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        place, action = dice.randrange(len(tokens) + 1), dice.randrange(4)
        if action == 0 or not tokens:
            tokens.insert(place, dice.choice(WORDS))
        elif action == 1:
            tokens[place % len(tokens)] = dice.choice(WORDS)
        elif action == 2:
            del tokens[place % len(tokens)]
        else:
            tokens[place % len(tokens)] = tokens[dice.randrange(len(tokens))]
    return "".join(tokens)


def test_damaged_scripts_give_errors_and_nothing_else() -> None:
    dice = random.Random(20260101)
    for _ in range(800):
        survives(damaged(dice))


@pytest.mark.soak
def test_damaged_scripts_for_ten_minutes() -> None:
    seed = int(os.environ.get("FLUX_FUZZ_SEED", time.time_ns() % 2**32))
    seconds = float(os.environ.get("FLUX_FUZZ_SECONDS", "600"))
    dice = random.Random(seed)
    end = time.monotonic() + seconds
    done = 0
    while time.monotonic() < end:
        text = damaged(dice)
        started = time.monotonic()
        try:
            survives(text)
        except Exception as error:
            raise AssertionError(f"seed {seed}, script {done}: {text!r}") from error
        assert time.monotonic() - started < 5, f"seed {seed}: slow: {text!r}"
        done += 1
    assert done > 100
