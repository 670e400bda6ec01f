"""Our parser and type checker against what the reference's WASM build said about the corpus (recorded by tools/flux_oracle.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from influxctl.flux.infer import check
from influxctl.flux.parser import parse

AGREED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "agreed.json").read_text("utf-8"))


@pytest.mark.parametrize("case", AGREED, ids=lambda case: case["script"][:40])
def test_errors_have_the_place_and_the_words_of_the_reference(case: dict[str, Any]) -> None:
    file = parse(case["script"])
    errors = file.errors or check(file)
    found = [[*e.location.start, *e.location.end, e.message] for e in errors]
    assert bool(not file.errors) == case["parses"]
    assert found == case["errors"]


def test_the_recording_is_not_empty_and_holds_both_kinds() -> None:
    assert len(AGREED) > 500
    assert any(case["errors"] for case in AGREED) and any(not case["errors"] for case in AGREED)
