"""A comment that is alone between brackets leaves the closing one its own line (found by damaged scripts)."""

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
