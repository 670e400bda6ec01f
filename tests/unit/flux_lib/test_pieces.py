"""Strings as Go cuts and counts them (flux.stdlib.strings), Bessel functions, JSON text, differences."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib.experimental.differences import edits
from influxctl.flux.stdlib.experimental.geo import cells
from influxctl.flux.stdlib.json.encoding import json_text
from influxctl.flux.stdlib.math import bessel
from influxctl.flux.stdlib.strings import letters, pieces, search
from influxctl.flux.values import Array, Record

TEXTS = st.text(alphabet="ab,é日", max_size=12)


@given(TEXTS, st.sampled_from(["", ",", "ab", "é"]), st.integers(-1, 5))
def test_pieces_with_their_separators_make_the_text_again(text: str, separator: str, limit: int) -> None:
    whole = "".join(pieces.split_after_n(v=text, t=separator, i=limit))
    assert whole == (text if limit else "")
    assert limit < 1 or len(pieces.split_n(v=text, t=separator, i=limit)) <= limit


@given(TEXTS, st.sampled_from(["b", "é", "日", "x"]))
def test_positions_count_bytes(text: str, part: str) -> None:
    assert search.index(v=text, substr=part) == text.encode().find(part.encode())
    assert search.last_index(v=text, substr=part) == text.encode().rfind(part.encode())


@given(st.text(max_size=20))
def test_case_is_changed_rune_by_rune(text: str) -> None:
    assert len(letters.to_upper(v=text)) == len(letters.to_lower(v=text)) == len(letters.title(v=text)) == len(text)


def test_null_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match='argument "v" is null'):
        letters.to_upper(v=None)


@pytest.mark.parametrize("x", [0.1, 1.0, 5.5, 25.0, 59.9, 60.1, 300.0])
def test_bessel_functions_hold_their_identities(x: float) -> None:
    wronskian = bessel.jn(n=3, x=x) * bessel.yn(n=2, x=x) - bessel.jn(n=2, x=x) * bessel.yn(n=3, x=x)
    assert wronskian == pytest.approx(2 / (math.pi * x), rel=1e-9)
    assert bessel.jn(n=-3, x=x) == -bessel.jn(n=3, x=x)


SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5) | st.floats(-1e6, 1e6)


@settings(max_examples=50)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=6))
def test_json_reads_back_as_it_was(value: object) -> None:
    wrapped = Array(value) if isinstance(value, list) else value
    assert json.loads(json_text(Record(v=wrapped))) == {"v": value}


@given(st.lists(st.integers(0, 3), max_size=8), st.lists(st.integers(0, 3), max_size=8))
def test_edits_lead_from_what_is_wanted_to_what_is_there(want: list[int], got: list[int]) -> None:
    steps = edits([(w,) for w in want], [(g,) for g in got], lambda a, b: a == b)
    assert [want[i] for mark, i, _ in steps if mark != "+"] == want
    assert [got[j] for mark, _, j in steps if mark != "-"] == got


@settings(max_examples=40)
@given(st.floats(-90, 90), st.floats(-180, 180), st.integers(1, 30))
def test_a_cell_holds_its_point_and_its_centre(lat: float, lon: float, level: int) -> None:
    cell = cells.parent(cells.leaf_cell(cells.from_degrees(lat, lon)), level)
    assert cells.level_of(cell) == level
    assert cells.from_token(cells.token(cell)) == cell
    assert cells.parent(cells.leaf_cell(cells.centre(cell)), level) == cell
    assert cell in [child for outer in [cells.parent(cell, level - 1)] for child in cells.children(outer)]
