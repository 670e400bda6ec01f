"""Properties of the write path of the client: lines, batches, CSV, trace."""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from influxctl.client import trace
from influxctl.client.batch import BatchOptions, Writer
from influxctl.client.csv2lp import CsvReader
from influxctl.client.golayout import layout_parser
from influxctl.client.lines import Line, Rejected, Run, numbered_lines, numbered_pieces
from influxctl.core.errors import Invalid, TooLarge, Unprocessable
from influxctl.core.lineprotocol import LineError, parse_line, split_lines
from influxctl.core.redact import hide_body
from influxctl.core.stamps import lacks_timestamp

ALPHABET = 'mf=, "\\\n1i#\r\té'
bodies = st.text(ALPHABET, max_size=60).map(str.encode)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda text: not text.endswith("\\") and not text.startswith(("#", "_", "time")) and text.strip() == text
)


def cut(body: bytes, places: list[int]) -> list[bytes]:
    """The body in chunks."""
    edges = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[a:b] for a, b in pairwise(edges)]


@given(bodies, st.lists(st.integers(0, 100), max_size=5), st.integers(0, 40))
def test_lines_lose_nothing_and_do_not_depend_on_the_chunks(body: bytes, places: list[int], limit: int) -> None:
    found = list(numbered_lines([body], limit))
    assert b"\n".join(line for _, line in found) == body.removesuffix(b"\n")
    assert list(numbered_lines(cut(body, places), limit)) == found
    number = 1
    for at, line in found:
        assert at == number
        number += 1 + line.count(b"\n")


plain = st.from_regex(
    rb"[mf=, \\\\\"1\n#\r\t-]{1,6} (f=(1|\"a\"|\"a\n\") )?-?([0-9]{1,3}|[0-9]{10}|[0-9]{19})\n", fullmatch=True
)


@given(
    st.lists(plain | bodies, max_size=8).map(b"".join), st.lists(st.integers(0, 100), max_size=5), st.integers(0, 40)
)
def test_runs_hold_the_same_lines_and_only_plain_ones(body: bytes, places: list[int], limit: int) -> None:
    found: list[Line] = []
    for piece in numbered_pieces(cut(body, places), limit):
        if not isinstance(piece, Run):
            found.append(piece)
            continue
        lines = list(piece.lines())
        assert len(lines) == piece.count
        for _, line in lines:
            assert not lacks_timestamp(line) and line.strip() == line and line[:1] != b"#"
        if piece.count > 1:
            first, rest = piece.split(1)
            assert [*first.lines(), *rest.lines()] == lines
        found += lines
    assert found == list(numbered_lines([body], limit))


@st.composite
def points(draw: st.DrawFn) -> tuple[bytes, bool]:
    """(a valid line, whether it lacks its timestamp)."""

    def escaped(text: str, special: str) -> str:
        return "".join("\\" + c if c in special else c for c in text)

    head = escaped(draw(words), ", ")
    for tag in sorted(draw(st.sets(words, max_size=2))):
        head += f",{escaped(tag, ',= ')}={escaped(draw(words), ',= ')}"
    text = draw(st.text('ab "\\\n,=', max_size=8)).replace("\\", "\\\\").replace('"', '\\"')
    field = draw(st.sampled_from(["1.5", "3i", "t", f'"{text}"']))
    name = escaped(draw(words), ",= ").replace('"', "")
    line = f"{head} {name or 'f'}={field}"
    stamped = draw(st.booleans())
    return (f"{line} {draw(st.integers(-(10**18), 10**18))}" if stamped else line).encode(), not stamped


@given(st.lists(points(), max_size=6))
def test_valid_lines_are_split_and_judged_as_the_parser_does(items: list[tuple[bytes, bool]]) -> None:
    lines = [line for line, _ in items]
    for line, lacks in items:
        try:
            point = parse_line(line)
        except LineError:
            assume(False)  # a name that means something else where it stands
        assert lacks_timestamp(line) is lacks is (point.time is None)
    body = b"\n".join(lines)
    assert [line for _, line in numbered_lines([body])] == lines
    assert list(numbered_lines([body])) == list(split_lines(body))


class FakeServer:
    """Stands for a Client: knows which lines are bad and answers in one of the ways in which servers do."""

    def __init__(self, bad: set[bytes], manner: str, room: int) -> None:
        self.bad, self.manner, self.room = bad, manner, room
        self.kept: set[bytes] = set()

    def call(
        self, operation: str, *, query: Mapping[str, object], body: bytes, headers: Mapping[str, str]
    ) -> SimpleNamespace:
        assert operation == "PostWrite" and headers["Content-Encoding"] == "gzip"
        lines = [line for _, line in numbered_lines([zlib.decompress(body, 31)])]
        assert lines
        if len(lines) > self.room:
            raise TooLarge("too many bytes")
        wrong = [line for line in lines if line in self.bad]
        if wrong and self.manner == "quote":
            raise Invalid("\n".join(f"unable to parse '{line.decode()}': missing fields" for line in wrong))
        if wrong and self.manner == "first":
            raise Invalid(f"unable to parse '{wrong[0].decode()}': missing fields")
        if wrong and self.manner == "mute":
            raise Invalid("line protocol is malformed")
        self.kept |= set(lines) - set(wrong)
        if wrong and self.manner == "partial":
            raise Unprocessable(f"failure writing points to database: partial write: reason dropped={len(wrong)}")
        if wrong:
            raise Unprocessable("partial write")
        return SimpleNamespace(busy=0)


@settings(deadline=None)
@given(
    st.integers(0, 40),
    st.sets(st.integers(1, 40)),
    st.sampled_from(["quote", "first", "mute", "partial", "vague"]),
    st.integers(1, 12),
    st.integers(1, 12),
)
def test_every_line_is_written_or_rejected(count: int, bad: set[int], manner: str, size: int, room: int) -> None:
    lines = [b"m,t=%d f=%d %d" % (i, i, i) for i in range(1, count + 1)]
    bad = {i for i in bad if i <= count}
    server: Any = FakeServer({lines[i - 1] for i in bad}, manner, room)
    rejected: list[Rejected] = []
    done = Writer(server, {}, BatchOptions(lines=size), reject=rejected.append).write(enumerate(lines, 1))
    assert server.kept == {line for i, line in enumerate(lines, 1) if i not in bad}
    assert sorted(r.line for r in rejected) == sorted(bad)
    assert (done.lines, done.written, done.rejected) == (count, count - len(bad), len(bad))


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
names = cells.filter(lambda text: bool(text) and not text.endswith("\\") and not text.startswith("#"))


@given(
    st.lists(st.tuples(names, names, cells, st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1),
                       st.booleans(), st.integers(-(10**18), 10**18)), max_size=5)
)  # fmt: skip
def test_rows_of_csv_arrive_as_the_points_that_they_say(rows: list[tuple[Any, ...]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["m|measurement", "k|tag", "s|string", "d|double", "l|long", "b|boolean", "t|dateTime:number"])
    writer.writerows(rows)
    stream.seek(0)
    rejected: list[Rejected] = []
    found = [parse_line(line) for _, line in CsvReader(reject=rejected.append).lines(stream)]
    assert rejected == [] and len(found) == len(rows)
    for point, (measurement, tag, text, number, whole, flag, time) in zip(found, rows, strict=True):
        assert point.measurement == measurement and point.tags == (("k", tag),) and point.time == time
        fields = {name: value for name, (_, value) in point.fields.items()}
        assert fields == ({"s": text} if text else {}) | {"d": number, "l": whole, "b": flag}


@given(st.text(ALPHABET + "|;$", max_size=60))
def test_no_csv_makes_the_reader_fall_over(text: str) -> None:
    rejected: list[Rejected] = []
    try:
        found = list(CsvReader(reject=rejected.append).lines(io.StringIO("m|measurement,v|long\n" + text, newline="")))
    except Invalid as error:
        assert error.message.startswith("line ")
        return
    assert all(line for _, line in found)


@given(st.datetimes(datetime(1678, 1, 1), datetime(2262, 1, 1)))
def test_layouts_read_what_strftime_writes(moment: datetime) -> None:
    expected = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    for layout, form in (
        ("2006-01-02 15:04:05.000000", "%Y-%m-%d %H:%M:%S.%f"),
        ("Monday, January 2 2006 03:04:05.000000 PM", "%A, %B %d %Y %I:%M:%S.%f %p"),
        ("02/Jan/2006:15:04:05.999999 -0700", "%d/%b/%Y:%H:%M:%S.%f +0000"),
    ):
        assert layout_parser(layout)(moment.strftime(form)) == expected * 1000


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(documents, st.sampled_from(["token", "password", "newPassword", "apiToken", "client_secret", "routingKey"]))
def test_trace_and_curl_show_no_secret(document: Any, key: str) -> None:
    secret = "s3cr3t-t0ken"
    body = json.dumps({"deep": [document, {key: secret}], "said": f"x {secret} y"})
    request = requests.Request(
        "POST", f"http://u:{secret}@h/api?p={secret}&q=1", headers={"Authorization": f"Token {secret}", "Cookie": secret}, data=body
    ).prepare()  # fmt: skip
    shown = "\n".join([*trace.request_lines(request, [secret]), trace.curl(request, [secret])])
    assert secret not in shown and "http://" in shown


@pytest.mark.parametrize("key", ["token", "password", "remoteAPIToken"])
def test_secrets_are_hidden_even_when_the_client_does_not_know_them(key: str) -> None:
    assert "abc123" not in hide_body(json.dumps([{key: "abc123"}]).encode(), "application/json")
    assert "abc123" not in hide_body(b'{"%s": "abc123' % key.encode(), "application/json")


def test_secrets_in_scripts_and_forms_are_hidden() -> None:
    script = 'from(bucket: "b", host: "h", token: "abc123") |> to(password= \'abc123\')'
    assert "abc123" not in hide_body(script.encode(), "application/vnd.flux")
    shown = hide_body(json.dumps({"query": script}).encode(), "application/json")
    assert "abc123" not in shown and 'bucket: \\"b\\"' in shown
    form = hide_body(b"u=ada&p=abc123&q=show+databases", "application/x-www-form-urlencoded")
    assert "abc123" not in form and "show" in form
