"""The offline tools."""

from __future__ import annotations

import pytest

from influxctl.core.errors import NotFound
from influxctl.flux.errors import FluxErrors
from influxctl.offline.fluxtools import (
    Script,
    contents,
    descriptions,
    documentation,
    errors_of,
    excerpt,
    findings_of,
    format_script,
    types,
)


def test_carets_stand_under_the_offending_characters() -> None:
    script = Script("a.flux", 'é = 1\n\tx = "§" + é\n')
    found = errors_of(script)
    assert [d.message for d in found] == ["expected string but found int"]
    assert excerpt(script.text, found[0].location) == ['  2 | \tx = "§" + é', "    | \t" + " " * 10 + "^"]


def test_an_error_over_lines_is_marked_to_the_end_of_its_first_line() -> None:
    script = Script("a", "x = [1,\n  2\n")
    assert excerpt(script.text, errors_of(script)[0].location)[1] == "    |     ^^^"


def test_errors_hide_findings_and_v_is_known() -> None:
    assert [d.rule for d in findings_of(Script("a", "x = y"))] == ["error"]
    assert errors_of(Script("a", "from(bucket: v.bucket) |> range(start: v.timeRangeStart)")) == []


def test_what_does_not_parse_is_not_formatted() -> None:
    with pytest.raises(FluxErrors, match="cannot be formatted"):
        format_script(Script("a.flux", "x = ("))
    with pytest.raises(FluxErrors):
        types(Script("a", 'x = 1 + "a"'))


def test_a_page_has_type_parameters_and_defaults() -> None:
    (page,) = documentation("limit")
    assert page.package == "universe"
    assert [(p.name, p.given, p.default) for p in page.parameters] == [
        ("tables", "pipe", ""), ("n", "required", ""), ("offset", "optional", "0")
    ]  # fmt: skip
    assert documentation("strings.title")[0].to_json()["type"] == "(v: string) => string"
    assert len(documentation("to")) == 1 and documentation("experimental.to")[0].package == "experimental"
    with pytest.raises(NotFound):
        documentation("strings.nope")


def test_packages_and_their_names_are_listed() -> None:
    assert {"package": "math", "names": "79"} in contents()
    assert {row["name"] for row in contents("dict")} == {"fromList", "get", "insert", "remove"}


def test_descriptions_come_from_the_comments_of_the_library() -> None:
    assert descriptions("strings")["title"]
    assert descriptions("no/such") == {}
