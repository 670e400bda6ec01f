"""Checks and rules as Flux. The whole texts are recorded (tests/data/conformance); here are the rules behind them."""

from __future__ import annotations

from typing import Any

import pytest

from influxctl.core.errors import Invalid
from influxctl.flux.parser import parse
from influxctl.local.monitor.checks import check_script, number, template
from influxctl.local.monitor.rules import longer, rule_script

QUERY = (
    'from(bucket: "b") |> range(start: v.timeRangeStart, stop: v.timeRangeStop) |> filter(fn: (r) => r._field == "f")'
)
ID = "0000000000000009"


def check(**fields: Any) -> dict[str, Any]:
    return {
        "id": ID, "name": "c", "type": "threshold", "every": "7m", "query": {"text": QUERY}, "statusMessageTemplate": "m",
        "tags": None, "thresholds": [], **fields,
    }  # fmt: skip


def rule(**fields: Any) -> dict[str, Any]:
    return {"id": ID, "name": "r", "type": "slack", "every": "1h", "messageTemplate": "m", "channel": "#c", **fields}


SLACK = {"id": "0000000000000008", "name": "e", "type": "slack", "url": "http://x", "token": "secret: k"}


def test_the_range_and_the_windows_of_a_query_follow_the_check() -> None:
    text = f"{QUERY} |> aggregateWindow(every: 1m, fn: mean, createEmpty: true)"
    script = check_script(check(query={"text": text}))
    assert "range(start: -7m)" in script
    assert "aggregateWindow(every: 7m, fn: mean, createEmpty: false)" in script
    dead = check(type="deadman", staleTime="3h", timeSince="90s", level="WARN", query={"text": text})
    assert "range(start: -3h)" in check_script(dead)


def test_imports_of_the_query_come_first_and_once() -> None:
    text = f'import "math"\nimport "influxdata/influxdb/v1"\n{QUERY}'
    script = check_script(check(query={"text": text}))
    assert script.startswith('import "math"\nimport "influxdata/influxdb/v1"\nimport "influxdata/influxdb/monitor"\n')


@pytest.mark.parametrize(
    "text", ["from(bucket: ", 'from(bucket: "b")', f'{QUERY} |> filter(fn: (r) => r["_field"] == "g")']
)
def test_a_threshold_check_needs_one_field(text: str) -> None:
    with pytest.raises(Invalid):
        check_script(check(query={"text": text}))


@pytest.mark.parametrize(
    ("threshold", "condition"),
    [
        ({"type": "greater", "value": 30}, 'r["f"] > 30.0'),
        ({"type": "lesser", "value": -0.5}, 'r["f"] < -0.5'),
        ({"type": "range", "min": 1, "max": 2, "within": True}, 'r["f"] < 2.0 and r["f"] > 1.0'),
        ({"type": "range", "min": 1, "max": 2, "within": False}, 'r["f"] < 1.0 or r["f"] > 2.0'),
    ],
)
def test_thresholds_are_conditions(threshold: dict[str, Any], condition: str) -> None:
    script = check_script(check(thresholds=[{**threshold, "level": "CRIT"}]))
    assert f"crit = (r) => {condition}\n" in script and "crit: crit" in script


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1.0"), (1e21, "1000000000000000000000.0"), (1e-7, "0.0000001"), (-2.5, "-2.5"), (0, "0.0")]
)
def test_floats_have_no_exponents(value: float, text: str) -> None:
    assert number(value) == text
    assert not parse(f"x = {text}").errors


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("it is ${ r._level }", '"it is ${ r._level }"'),
        ('say "a" ${r["b"]}', '"say \\"a\\" ${r["b"]}"'),
        ("a\\b", '"a\\\\b"'),
    ],
)
def test_messages_keep_what_they_insert(message: str, text: str) -> None:
    assert template(message) == text
    assert not parse(f"f = (r) => {text}").errors


def test_a_custom_check_gets_its_id() -> None:
    text = 'option task = {name: "x", every: 1h}\ncheck = {_check_name: "x", _check_id: "old"}\nf() |> g(d: check)'
    script = check_script(check(type="custom", query={"text": text}))
    assert f'check = {{_check_id: "{ID}", _check_name: "x"}}' in script and "old" not in script


@pytest.mark.parametrize(
    ("interval", "more"), [("17h", "18h"), ("10m", "11m"), ("30s", "60s"), ("1h30m", "2h30m"), ("100ms", "200ms")]
)
def test_rules_look_back_a_little_further(interval: str, more: str) -> None:
    assert longer(interval) == more
    assert f'monitor["from"](start: -{more})' in rule_script(rule(every=interval), SLACK)


@pytest.mark.parametrize(
    ("status_rules", "lines"),
    [
        ([{"currentLevel": "ANY"}], ["any = statuses |> filter(fn: (r) => true)"]),
        (
            [{"currentLevel": "CRIT", "previousLevel": "OK"}],
            ['ok_to_crit = statuses |> monitor["stateChanges"](fromLevel: "ok", toLevel: "crit")'],
        ),
        ([{"currentLevel": "OK"}, {"currentLevel": "WARN"}], ["    union(tables: [ok, warn])"]),
    ],
)
def test_status_rules_choose_statuses(status_rules: list[dict[str, str]], lines: list[str]) -> None:
    script = rule_script(rule(statusRules=status_rules), SLACK)
    assert all(line in script.split("\n") for line in lines)


def test_a_slack_endpoint_without_a_token() -> None:
    script = rule_script(rule(), {**SLACK, "token": ""})
    assert 'slack["endpoint"](url: "http://x")' in script and "slack_secret" not in script


def test_headers_of_an_http_endpoint_and_basic_authentication() -> None:
    endpoint = {
        **SLACK, "type": "http", "headers": {"X-A": "b"}, "authMethod": "basic", "username": "secret: u",
        "password": "secret: p",
    }  # fmt: skip
    script = rule_script(rule(type="http"), endpoint)
    assert '"X-A": "b"' in script
    assert 'http["basicAuth"](u: secrets["get"](key: "u"), p: secrets["get"](key: "p"))' in " ".join(script.split())


def test_a_rule_does_not_send_to_an_endpoint_of_another_type() -> None:
    with pytest.raises(Invalid):
        rule_script(rule(type="http"), SLACK)
