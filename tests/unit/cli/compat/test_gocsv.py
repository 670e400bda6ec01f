"""CSV by Go's rules (cli.compat.gocsv)."""

from __future__ import annotations

import pytest

from influxctl.cli.compat.gocsv import CsvError, CsvReader, csv_row


def _rows(text: str, separator: str = ",") -> list[list[str]]:
    return list(CsvReader(text.splitlines(keepends=True), separator))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
        ("a,b", [["a", "b"]]),
        ("a\r\n\r\n\nb\r\n", [["a"], ["b"]]),
        ("\n,\n", [["", ""]]),
        ('"a,""b""",c\n', [['a,"b"', "c"]]),
        ('"two\r\nlines",c\n', [["two\nlines", "c"]]),
        ('a,"",\n', [["a", "", ""]]),
        ('"é",ž\n', [["é", "ž"]]),
    ],
)
def test_rows(text: str, rows: list[list[str]]) -> None:
    assert _rows(text) == rows


def test_another_separator() -> None:
    assert _rows('a;"b;c";d,e\n', ";") == [["a", "b;c", "d,e"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a,b\nc,d"e\n', 'parse error on line 2, column 4: bare " in non-quoted-field'),
        ('žž,x"\n', 'parse error on line 1, column 7: bare " in non-quoted-field'),
        ('a,"b"c,d\n', 'parse error on line 1, column 5: extraneous or missing " in quoted-field'),
        ('h\na,"b\nc\n', 'record on line 2; parse error on line 3, column 3: extraneous or missing " in quoted-field'),
        ('a,"b', 'parse error on line 1, column 5: extraneous or missing " in quoted-field'),
    ],
)
def test_errors_name_line_and_byte(text: str, message: str) -> None:
    with pytest.raises(CsvError) as caught:
        _rows(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["a", "", "b c"], "a,,b c\n"),
        ([" a", 'b"c', "d,e", "f\ng"], '" a","b""c","d,e","f\ng"\n'),
        (["\\."], '"\\."\n'),
    ],
)
def test_rows_written(cells: list[str], line: str) -> None:
    assert csv_row(cells) == line
