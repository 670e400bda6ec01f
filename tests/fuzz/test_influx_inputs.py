"""What the drop-in mode reads, damaged: CSV to write, results, templates. A refusal in words, never a traceback of another kind."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.cli.compat.csvtable import CsvLines
from influxctl.cli.compat.gocsv import CsvError, CsvReader, csv_row
from influxctl.cli.compat.querytables import ResultError, TablePrinter
from influxctl.cli.compat.templatefiles import entries

PIECES = st.sampled_from(
    [
        *("#datatype", "#group", "#default", "#constant", "#concat", "#timezone", "#", "# ", "sep=;", "${a}", "${"),
        *("measurement", "tag", "field", "ignored", "time", "dateTime", "dateTime:number", "dateTime:2006-01-02 15:04"),
        *(
            "long",
            "long:strict",
            "long:",
            "double:,.",
            "unsignedLong",
            "boolean",
            "boolean:",
            "boolean:a:b",
            "duration",
            "string",
        ),
        *("base64Binary", "m", "a", "_measurement", "_field", "_value", "_time", "|", "||x", ":", "true", "false"),
        *(
            "1",
            "-1",
            "1.5",
            "1e999",
            "0x1p-2",
            "NaN",
            "1h30m",
            "3 days",
            "aGk=",
            "2024-02-30T00:00:00Z",
            "2024-01-02T03:04:05Z",
        ),
        *(
            "99999999999999999999",
            "",
            " ",
            "\ufeff",
            "é",
            "\udce9",
            '"',
            '""',
            "\r",
            "+0300",
            "+99",
            "Local",
            "Europe/Prague",
        ),
    ]
)
CELLS = st.lists(PIECES, max_size=2).map("".join)
ROWS = st.lists(CELLS, min_size=1, max_size=5).map(",".join)
TEXTS = st.lists(ROWS, max_size=8).map(lambda rows: [f"{row}\n" for row in rows])


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_csv(lines: list[str]) -> None:
    table = CsvLines(CsvReader(lines), reject=lambda *_: None, note=lambda _: None, debug=True)
    try:
        for line in table:
            assert line.strip()
    except CsvError as error:
        assert str(error)


RESULT = st.lists(
    st.sampled_from(["#datatype", "#group", "#default", "", "string", "long", "double", "dateTime:RFC3339", "boolean", "true"])
    | st.sampled_from(["result", "table", "_result", "0", "1", "1.5", "x", "error", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05+01:00"]),
    min_size=1,
    max_size=5,
).map(",".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(RESULT, max_size=8))
def test_results(rows: list[str]) -> None:
    out: list[bytes] = []
    try:
        TablePrinter(out.append).print([f"{row}\r\n" for row in rows])
    except ResultError as error:
        assert str(error)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["yaml", "json"]), st.text("{}[]:-,\n \"'&*!|>?#%@`abk1.~\t", max_size=30))
def test_templates(encoding: str, text: str) -> None:
    try:
        for entry in entries(encoding, text):
            assert list(entry) == ["apiVersion", "kind", "metadata", "spec"]
    except ValueError as error:
        assert str(error)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.text("ab ,;\"\n\r'\\.é", max_size=6), min_size=1, max_size=4), max_size=4))
def test_rows_read_back_as_they_were_written(rows: list[list[str]]) -> None:
    text = "".join(csv_row(row) for row in rows)
    kept = [[cell.replace("\r\n", "\n") for cell in row] for row in rows if row != [""]]
    lines = io.BytesIO(text.encode()).readlines()
    found = list(CsvReader(line.decode() for line in lines))
    assert found == kept
    assert [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row] == [
        row for row in rows if row != [""]
    ]
