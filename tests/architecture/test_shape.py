"""Sizes, names and docstrings of the source."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["sizes"]
GENERATED = {"influxctl/contract/operations.py"}
FILES = sorted((ROOT / "influxctl").rglob("*.py"))
HAND_WRITTEN = [p for p in FILES if str(p.relative_to(ROOT)) not in GENERATED]
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=name)
def test_no_file_and_no_function_grows_too_long(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= SIZES["file_fail"], f"{name(path)} has {text.count(chr(10))} lines: split it by subject"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= SIZES["function_fail"], f"{name(path)}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_module_says_what_it_owns(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree) or not tree.body, f"{name(path)} has no docstring"
    assert path.stem not in FORBIDDEN, f"{name(path)}: the name says nothing"


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=name)
def test_public_classes_and_functions_have_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text())
    missing = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not (isinstance(node, ast.FunctionDef) and any("builtin" in ast.unparse(d) for d in node.decorator_list))
    ]
    assert not missing, f"{name(path)}: no docstring for {missing}"
