"""The testcase blocks of users' own files (offline.casetest)."""

from __future__ import annotations

from pathlib import Path

from influxctl.offline.casetest import Outcome, run_cases
from influxctl.offline.fluxtools import Script

TEXT = """
package a_test

import "testing"
import "array"

double = (tables=<-) => tables |> map(fn: (r) => ({v: r.v * 2}))

testcase good {
    testing.diff(got: array.from(rows: [{v: 1}]) |> double(), want: array.from(rows: [{v: 2}]))
}

testcase bad {
    testing.diff(got: array.from(rows: [{v: 1}]) |> double(), want: array.from(rows: [{v: 3}]))
}

testcase wrong {
    x = nowhere
    testing.diff(got: array.from(rows: [{v: x}]), want: array.from(rows: [{v: 3}]))
}

testcase slow {
    option testing.tags = ["slow"]

    testing.assertEqualValues(got: 1, want: 1)
}

testcase nothing {
    x = 1
}
"""


def _outcomes(**options: list[str]) -> dict[str, Outcome]:
    return {outcome.name: outcome for outcome in run_cases([Script("a_test.flux", TEXT)], **options)}


def test_a_case_without_differences_passes() -> None:
    assert _outcomes()["good"].passed


def test_a_difference_is_shown_row_by_row() -> None:
    bad = _outcomes()["bad"]
    assert (bad.passed, bad.rows) == (False, ["- v: 3", "+ v: 2"])


def test_an_error_fails_only_its_own_case() -> None:
    assert "undefined identifier nowhere" in _outcomes()["wrong"].problem


def test_a_tag_that_is_not_given_skips_the_case() -> None:
    assert _outcomes()["slow"].skipped
    assert _outcomes(tags=["slow"])["slow"].passed


def test_a_case_must_give_something() -> None:
    assert "gives no stream" in _outcomes()["nothing"].problem


def test_cases_are_chosen_by_name() -> None:
    assert list(_outcomes(names=["good"])) == ["good"]


def test_a_file_that_cannot_be_read_is_one_failure() -> None:
    (outcome,) = run_cases([Script("x.flux", "testcase (")])
    assert not outcome.passed and outcome.file == "x.flux"


PARENT = """
import "testing"
import "array"

rows = [{v: 1}, {v: 2}]

testcase two {
    got = array.from(rows: rows) |> testing.load() |> count(column: "v")

    testing.diff(got: got, want: array.from(rows: [{v: 2}]))
}
"""
CHILDREN = """
import "testing"
import "internal/debug"

testcase opaque extends "suite/sub/parent_test.two" {
    option testing.load = (tables=<-) => tables |> debug.opaque()

    super()
}

testcase less extends "suite/sub/parent_test.two" {
    option testing.load = (tables=<-) => tables |> limit(n: 1)

    super()
}

testcase again extends "children_test.opaque" {
    super()
}

testcase lost extends "suite/sub/parent_test.three" {
    super()
}

testcase circle extends "children_test.circle" {
    super()
}
"""


def test_a_case_extends_one_of_another_file() -> None:
    scripts = [Script("x/sub/parent_test.flux", PARENT), Script("x/children_test.flux", CHILDREN)]
    found = {outcome.name: outcome for outcome in run_cases(scripts)}
    assert found["two"].passed
    assert found["opaque"].passed
    assert found["again"].passed
    assert found["less"].rows == ["- v: 2", "+ v: 1"]
    assert 'no case "suite/sub/parent_test.three"' in found["lost"].problem
    assert "extends itself" in found["circle"].problem


def test_the_extended_case_is_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "parent_test.flux").write_text(PARENT)
    child = tmp_path / "children_test.flux"
    child.write_text(CHILDREN)
    found = run_cases([Script(str(child), CHILDREN)], names=["opaque"])
    assert [outcome.passed for outcome in found] == [True]
