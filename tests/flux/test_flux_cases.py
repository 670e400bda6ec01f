"""Every case of tests/flux/*.test gives what it says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _load_language() -> Any:
    """tools/flux_cases.py: tools are no package."""
    name = "flux_cases"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / "flux_cases.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


LANGUAGE = _load_language()
CASES = [
    pytest.param(case, id=f"{path.stem}:{case.line}")
    for path in sorted(Path(__file__).parent.glob("*.test"))
    for case in LANGUAGE.read_cases(path.read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Any) -> None:
    """The result, or the error."""
    assert case.expected, "the case says nothing of its result"
    got = LANGUAGE.outcome(case)
    assert LANGUAGE.matches(case.expected, got), "\n".join([case.script, "expected:", *case.expected, "got:", *got])
