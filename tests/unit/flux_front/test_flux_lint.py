"""Findings of the linter, rule by rule."""

from __future__ import annotations

import pytest

from influxctl.flux.lint import RULES, lint
from influxctl.flux.parser import parse

READ = 'from(bucket: "b") |> range(start: -1h)'


def rules(text: str) -> list[str]:
    file = parse(text)
    assert not file.errors, file.errors
    return [finding.rule for finding in lint(file)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import "math"', "unused-import"),
        ("x = 1", "unused-variable"),
        ('from(bucket: "b")', "missing-range"),
        ('data = from(bucket: "b") data |> yield()', "missing-range"),
        ('from(bucket: "b") |> range(start: 0)', "unbounded-range"),
        (f'{READ} |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") '
         '|> filter(fn: (r) => r._measurement == "m")', "filter-after-pivot"),
        (f'import "experimental" {READ} |> experimental.set(o: {{a: "b"}})', "deprecated"),
        (f'import "experimental/bitwise" {READ} |> map(fn: (r) => ({{r with x: bitwise.uand(a: r.a, b: r.b)}}))', "deprecated"),
        (f"{READ} |> filter(fn: (r) => r.host =~ /^server1$/)", "plain-regexp"),
        (f'{READ} |> filter(fn: (r) => contains(value: r.host, set: ["a"]))', "slow-contains"),
        (f'{READ} |> sort(columns: ["_time"], desc: true) |> limit(n: 1)', "sort-limit"),
        (f'{READ} |> window(every: 1h) |> mean() |> duplicate(column: "_stop", as: "_time") |> window(every: inf)', "long-window"),
        (f"mean = 1 {READ} |> limit(n: mean)", "hidden-builtin"),
        (f'a = {READ} join(tables: {{a: a, b: a}}, on: ["x"])', "slow-join"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_case(text: str, expected: str) -> None:
    assert rules(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        READ,
        f'import "math" {READ} |> map(fn: (r) => ({{r with x: math.abs(x: r._value)}}))',
        f"data = {READ} data |> yield()",
        f'{READ} |> filter(fn: (r) => r._measurement == "m") |> pivot(rowKey: ["_time"], columnKey: ["_field"], '
        'valueColumn: "_value") |> filter(fn: (r) => r.total > 1)',
        f"{READ} |> filter(fn: (r) => r.host =~ /^server[1-3]$/ and r.dc =~ /a.b/)",
        f'{READ} |> sort(columns: ["_time"]) |> limit(n: 5)',
        "_ignored = 1",
        'option task = {name: "t", every: 1h}',
        "package lib f = (x) => x",
    ],
)
def test_good_scripts_have_no_findings(text: str) -> None:
    assert rules(text) == []


def test_a_comment_silences_a_line_or_the_next() -> None:
    assert rules("x = 1 // lint:ignore\ny = 2") == ["unused-variable"]
    assert rules("// lint:ignore unused-variable\nx = 1") == []
    assert rules("// lint:ignore missing-range\nx = 1") == ["unused-variable"]


def test_a_finding_says_what_is_better() -> None:
    finding = lint(parse(f"{READ} |> sort(desc: true) |> limit(n: 1)"))[0]
    assert finding.better == "max()"
    assert finding.location.source == "sort(desc: true)"


def test_every_rule_is_documented() -> None:
    assert all((rule.__doc__ or "").strip() for rule in RULES)
