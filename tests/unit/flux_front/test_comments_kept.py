"""Comments in odd places, found by damaged scripts: alone between brackets, and what only looks like one inside a string."""

from __future__ import annotations

import pytest

from influxctl.flux.parser import parse
from influxctl.flux.printer import print_file


@pytest.mark.parametrize(
    "text",
    [
        "x = {\n// c\n}",
        '{\n// c\n}"s""s"',
        "x = [\n// c\n// d\n]",
        "f(\n// c\n)",
        "f = (\n// c\n) => 1",
        "x = {r with\n// c\n}",
    ],
)
def test_the_closing_bracket_stays_out_of_the_comment(text: str) -> None:
    printed = print_file(parse(text))
    assert printed.count("// ") == text.count("// ") and not parse(printed).errors
    assert print_file(parse(printed)) == printed


@pytest.mark.parametrize("text", ['"${a}// c\n"', '"${"${a}// c\n"}"', 'x = "a ${b} // no"\n// yes\ny = 1 // z\n'])
def test_the_text_of_a_string_is_no_comment(text: str) -> None:
    file = parse(text)
    assert not file.errors and print_file(file).strip() == text.strip()
    assert not any(comment.text.startswith("// c") or "no" in comment.text for comment in file.all_comments)
