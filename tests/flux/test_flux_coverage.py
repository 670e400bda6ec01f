"""Every name of the Flux library has code, type, text and case, refuses an argument that it does not know, and the pages are fresh."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from influxctl.core.errors import InfluxctlError
from influxctl.flux import ast, library
from influxctl.flux.infer import check
from influxctl.flux.parser import parse

ROOT = Path(__file__).parents[2]


def _load(name: str) -> Any:
    """A tool as a module: tools are no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


_load("flux_cases")
ENTRIES = _load("flux_reference").entries()
FUNCTIONS = [entry for entry in ENTRIES if "=>" in entry.type]


def _id(entry: Any) -> str:
    return f"{entry.path}.{entry.name}"


def test_there_are_677_names() -> None:
    assert len(ENTRIES) == 677


@pytest.mark.parametrize("entry", ENTRIES, ids=_id)
def test_a_name_lacks_nothing(entry: Any) -> None:
    assert entry.missing == []


@pytest.mark.parametrize("entry", FUNCTIONS, ids=_id)
def test_a_function_refuses_an_unknown_argument(entry: Any) -> None:
    script = f'import p "{entry.path}"\nx = p.{entry.name}(noSuchArgument: 1)'
    if entry.path in library.PRELUDE:
        script = f"x = {entry.name}(noSuchArgument: 1)"
        if entry.path == "influxdata/influxdb":
            script = f'import p "{entry.path}"\nx = p.{entry.name}(noSuchArgument: 1)'
    try:
        errors = [str(error) for error in check(ast.package_of(parse(script)))]
    except InfluxctlError as error:
        errors = [error.message]
    assert any("noSuchArgument" in text or "missing required argument" in text for text in errors), errors


def test_the_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "flux_reference.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
