"""Batched writes: every good line arrives, every bad one is named with its line in the source."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator

import pytest
import requests
import responses

from influxctl.client.batch import BatchOptions, Progress, Writer, parse_rate
from influxctl.client.client import Client
from influxctl.client.lines import Rejected, numbered_lines, numbered_pieces
from influxctl.client.transport import make_session
from influxctl.core.errors import InfluxctlError, NotFound, TooManyRequests, UsageError

URL = "http://influx.test:8086"
NOW = 1_700_000_000_123_456_789
Reply = tuple[int, dict[str, object]] | None


class Server:
    """Remembers the bodies that it was sent and the lines that it accepted; `judge` says what it answers to lines."""

    def __init__(self, judge: Callable[[list[str]], Reply] = lambda lines: None) -> None:
        self.judge = judge
        self.bodies: list[list[str]] = []
        self.kept: list[str] = []
        self.queries: list[str] = []

    def __call__(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        body = request.body if isinstance(request.body, bytes) else b""
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = [line.decode(errors="replace") for _, line in numbered_lines([body])]
        self.bodies.append(lines)
        self.queries.append(str(request.url).partition("?")[2])
        reply = self.judge(lines)
        if reply is None:
            self.kept += lines
            return 204, {}, ""
        status, document = reply
        if status == 422:
            refused = document.pop("refused")
            assert isinstance(refused, list)
            self.kept += [line for line in lines if line not in refused]
        return status, {}, json.dumps(document)


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


class Run:
    """One write against a `Server`."""

    def __init__(self, mocked: responses.RequestsMock, server: Server, options: BatchOptions | None = None) -> None:
        mocked.add_callback(responses.POST, f"{URL}/api/v2/write", callback=server)
        self.rejected: list[Rejected] = []
        self.progress: list[Progress] = []
        self.pauses: list[float] = []
        self.time = 0.0
        client = Client(URL, make_session(), token="t", sleep=lambda seconds: None)
        self.writer = Writer(
            client,
            {"org": "o", "bucket": "b"},
            options or BatchOptions(),
            reject=self.rejected.append,
            progress=lambda done: self.progress.append(Progress(**vars(done))),
            sleep=self.sleep,
            clock=lambda: self.time,
            now=lambda: NOW,
        )

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    def write(self, text: bytes) -> Progress:
        return self.writer.write(numbered_pieces([text]))

    @property
    def bad(self) -> list[tuple[int, str]]:
        return sorted((r.line, r.reason) for r in self.rejected)


def quoting(lines: list[str]) -> Reply:
    """A server that quotes every line that it cannot parse, as InfluxDB 2 does."""
    bad = [line for line in lines if "bad" in line]
    if not bad:
        return None
    return 400, {"code": "invalid", "message": "\n".join(f"unable to parse '{line}': missing fields" for line in bad)}


def mute(lines: list[str]) -> Reply:
    """A server that only says that something is wrong."""
    return (400, {"code": "invalid", "message": "parse error on line 1"}) if any("bad" in x for x in lines) else None


def numbered(count: int, bad: tuple[int, ...] = ()) -> bytes:
    return b"".join(b"%s f=%d %d\n" % (b"bad" if i in bad else b"m", i, i) for i in range(1, count + 1))


def test_batches_by_lines_and_bytes_with_progress(mocked: responses.RequestsMock) -> None:
    server = Server()
    run = Run(mocked, server, BatchOptions(lines=4, bytes=1000))
    done = run.write(b"# comment\n\n" + numbered(10))
    assert [len(body) for body in server.bodies] == [4, 4, 2]
    assert (done.lines, done.written, done.rejected, done.batches, done.last_line) == (10, 10, 0, 3, 12)
    assert [p.written for p in run.progress] == [4, 8, 10]
    small = Server()
    Run(mocked, small, BatchOptions(bytes=20)).write(b"m f=1 1\nm f=2 2\nm f=3 3\n")
    assert server.queries[0] == "org=o&bucket=b&precision=ns"


def test_bytes_bound_a_batch(mocked: responses.RequestsMock) -> None:
    server = Server()
    Run(mocked, server, BatchOptions(bytes=20)).write(b"m f=1 1\nm f=2 2\nm f=3 3\n")
    assert [len(body) for body in server.bodies] == [2, 1]


@pytest.mark.parametrize(
    ("precision", "stamp"),
    [("ns", NOW), ("us", NOW // 1000), ("ms", NOW // 1_000_000), ("s", NOW // 1_000_000_000)],
)
def test_lines_without_timestamp_are_stamped_when_read(
    mocked: responses.RequestsMock, precision: str, stamp: int
) -> None:
    server = Server()
    run = Run(mocked, server, BatchOptions(precision=precision, gzip=False))
    run.write(b'm f=1\r\n  m f="a b"\nm f=2 5\nm,t=a\\ b f=3\n')
    assert server.kept == [f"m f=1 {stamp}", f'm f="a b" {stamp}', "m f=2 5", f"m,t=a\\ b f=3 {stamp}"]
    assert f"precision={precision}" in server.queries[0]


def test_repeated_write_carries_the_same_timestamps(mocked: responses.RequestsMock) -> None:
    replies: list[Reply] = [(503, {}), (503, {}), None]
    server = Server(lambda lines: replies.pop(0))
    Run(mocked, server).write(b"m f=1\n")
    assert server.bodies == [[f"m f=1 {NOW}"]] * 3


@pytest.mark.parametrize("judge", [quoting, mute])
@pytest.mark.parametrize("bad", [(), (1,), (37,), (1, 2, 3, 50, 100), tuple(range(1, 101))])
def test_unparsable_lines_are_named_and_the_others_written(
    mocked: responses.RequestsMock, judge: Callable[[list[str]], Reply], bad: tuple[int, ...]
) -> None:
    server = Server(judge)
    run = Run(mocked, server, BatchOptions(lines=40))
    done = run.write(b"# first\n" + numbered(100, bad))
    assert [line for line, _ in run.bad] == [number + 1 for number in bad]
    assert sorted(server.kept) == sorted(f"m f={i} {i}" for i in range(1, 101) if i not in bad)
    assert (done.written, done.rejected) == (100 - len(bad), len(bad))
    if judge is quoting and bad:
        assert {reason for _, reason in run.bad} == {"missing fields"}
        assert len(server.bodies) <= 6  # no search where the server says which lines it means


def test_quoted_line_may_hold_the_words_around_it(mocked: responses.RequestsMock) -> None:
    server = Server(quoting)
    run = Run(mocked, server)
    run.write(b"bad': x,t='y': z\nm f=1 1\nbad\xff 2\n")
    assert run.bad[0] == (1, "missing fields")
    assert [line for line, _ in run.bad] == [1, 3] and server.kept == ["m f=1 1"]


def swallowing(lines: list[str]) -> Reply:
    """A server that reads on behind a stray quote, up to the end, and quotes all that."""
    for index, line in enumerate(lines):
        if line.count('"') % 2:
            return 400, {
                "code": "invalid",
                "message": "unable to parse '" + "\n".join(lines[index:]) + "': unbalanced quotes",
            }
    return None


def test_stray_quotes_cost_no_other_line(mocked: responses.RequestsMock) -> None:
    text = numbered(50) + b'm f="stray\n' + numbered(50) + b'm f="stray too\n' + b'm f="two\nlines" 7\n'
    server = Server(swallowing)
    run = Run(mocked, server)
    done = run.write(text)
    assert run.bad == [(51, "unbalanced quotes"), (102, "unbalanced quotes")]
    assert (done.written, len(server.bodies)) == (101, 3) and server.kept[-1] == 'm f="two\nlines" 7'


def test_line_that_the_server_quotes_shortened(mocked: responses.RequestsMock) -> None:
    long = "m f=" + "x" * 3000

    def short(lines: list[str]) -> Reply:
        return (
            (400, {"code": "invalid", "message": f"unable to parse '{long[:2000]}': bad"})
            if f"{long} 1" in lines
            else None
        )

    server = Server(short)
    run = Run(mocked, server)
    run.write(numbered(9) + long.encode() + b" 1\n" + numbered(9))
    assert run.bad == [(10, "bad")] and len(server.bodies) == 2


def conflicting(lines: list[str]) -> Reply:
    """A field f of measurement `m x` that is an integer already; other types are dropped, as InfluxDB does."""
    bad = [line for line in lines if line.startswith("m\\ x") and not re.search(r"f=\d+i", line)]
    if not bad:
        return None
    message = (
        'failure writing points to database: partial write: field type conflict: input field "f" on measurement "m x" is '
        f"type float, already exists as type integer dropped={len(bad)}"
    )
    return 422, {"code": "unprocessable entity", "message": message, "refused": bad}


def test_type_conflicts_are_found_from_the_message(mocked: responses.RequestsMock) -> None:
    server = Server(conflicting)
    run = Run(mocked, server)
    text = b'm\\ x f=1i 1\nm\\ x f=1.5 2\nm\\ x,t=a g=3,f="s" 3\nother f=1.5 4\nm\\ x f=t 5\nm\\ x f=7i,g="f=1.5" 6\n'
    done = run.write(text)
    assert [line for line, _ in run.bad] == [2, 3, 5]
    assert "field type conflict" in run.bad[0][1] and "dropped=" not in run.bad[0][1]
    assert (done.written, done.rejected) == (3, 3)
    assert len(server.bodies) == 2


def old(lines: list[str]) -> Reply:
    bad = [line for line in lines if int(line.rsplit(" ", 1)[1]) < 1_600_000_000]
    if not bad:
        return None
    message = (
        f"failure writing points to database: partial write: dropped {len(bad)} points outside retention policy of duration "
        "1h0m0s - oldest point r at 2019-01-01T00:00:00Z dropped because it violates a Retention Policy Lower Bound at "
        f"2020-09-13T12:26:39.5Z, newest … dropped={len(bad)} for database: x for retention policy: autogen"
    )
    return 422, {"code": "unprocessable entity", "message": message, "refused": bad}


def test_points_outside_the_retention_are_found_by_its_bound(mocked: responses.RequestsMock) -> None:
    server = Server(old)
    run = Run(mocked, server, BatchOptions(precision="s"))
    run.write(b"r f=1 1599999999\nr f=2 1600000001\nr f=3 5\nr f=4\n")
    assert [line for line, _ in run.bad] == [1, 3] and "older than the bucket's retention" in run.bad[0][1]
    assert len(server.bodies) == 2


def test_batch_that_is_refused_whole_is_not_searched(mocked: responses.RequestsMock) -> None:
    server = Server(old)
    run = Run(mocked, server, BatchOptions(precision="s"))
    done = run.write(b"".join(b"r f=1 %d\n" % i for i in range(500)))
    assert done.rejected == 500 and len(server.bodies) == 1


def test_partial_write_without_details_is_searched(mocked: responses.RequestsMock) -> None:
    def vague(lines: list[str]) -> Reply:
        bad = [line for line in lines if "bad" in line]
        return (422, {"code": "unprocessable entity", "message": "partial write", "refused": bad}) if bad else None

    server = Server(vague)
    run = Run(mocked, server)
    done = run.write(numbered(64, (7, 40)))
    assert [line for line, _ in run.bad] == [7, 40] and (done.written, done.rejected) == (62, 2)


def test_too_large_batches_are_halved_and_later_ones_smaller(mocked: responses.RequestsMock) -> None:
    def narrow(lines: list[str]) -> Reply:
        size = sum(len(line) + 1 for line in lines)
        return (413, {"code": "request too large", "message": "too large"}) if size > 3000 else None

    server = Server(narrow)
    run = Run(mocked, server, BatchOptions(bytes=10_000))
    text = b"".join(b"m f=%d %d\n" % (i, i + 10**9) for i in range(2000)) + b'm f="' + b"x" * 3000 + b'" 1\n'
    done = run.write(text)
    assert (done.written, done.rejected) == (2000, 1) and run.bad[0][0] == 2001
    refused = [i for i, body in enumerate(server.bodies) if narrow(body)]
    assert max(refused[:-1]) < 20  # after those that were on their way only the long line is refused


def test_line_that_is_too_long_is_rejected_without_a_request(mocked: responses.RequestsMock) -> None:
    server = Server()
    run = Run(mocked, server, BatchOptions(max_line=10))
    run.write(b"m f=1 1\nm f=1000000000 1\n")
    assert run.bad == [(2, "the line has more than 10 bytes")] and server.kept == ["m f=1 1"]


@pytest.mark.parametrize(
    ("status", "document", "error"),
    [
        (404, {"code": "not found", "message": 'bucket "b" not found'}, NotFound),
        (400, {"code": "invalid", "message": "Please provide either orgID or org"}, InfluxctlError),
        (429, {"code": "too many requests", "message": "slow down"}, TooManyRequests),
    ],
)
def test_error_about_the_request_ends_the_write_and_says_how_far_it_came(
    mocked: responses.RequestsMock, status: int, document: dict[str, object], error: type[InfluxctlError]
) -> None:
    server = Server(lambda lines: (status, document) if "m f=5 5" in lines else None)
    run = Run(mocked, server, BatchOptions(lines=2))
    with pytest.raises(error) as caught:
        run.write(numbered(9))
    assert caught.value.details["written"] == 4 and caught.value.details["last_line"] == 4


def test_rate_limit_spreads_the_batches(mocked: responses.RequestsMock) -> None:
    run = Run(mocked, Server(), BatchOptions(lines=1, rate=8))
    run.write(b"m f=1 1\nm f=2 2\nm f=3 3\n")  # 8 bytes each
    assert run.pauses == [1.0, 1.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500B", 500),
        ("1kB/s", 1024),
        ("5MB/5min", 5 * 1024 * 1024 / 300),
        ("1.5MB / 2 sec", 1.5 * 1024 * 512),
        ("6kB/m", 102.4),
    ],
)
def test_rates(text: str, expected: float) -> None:
    assert parse_rate(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["fast", "", "5", "5GB/s", "0B/s", "1MB/0s", "-1MB"])
def test_wrong_rates(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rate(text)


def test_wrong_precision(mocked: responses.RequestsMock) -> None:
    with pytest.raises(UsageError, match="hours"):
        Run(mocked, Server(), BatchOptions(precision="hours"))


def test_batches_of_a_busy_server_get_smaller_and_grow_again(mocked: responses.RequestsMock) -> None:
    answers = [(429, {"code": "too many requests", "message": "slow down"})] * 2

    def busy(lines: list[str]) -> Reply:
        return answers.pop() if answers else None

    server = Server(busy)
    run = Run(mocked, server, BatchOptions(lines=1000))
    done = run.write(numbered(20_000))
    assert done.written == 20_000 and server.kept == numbered(20_000).decode().splitlines()
    sizes = [len(body) for body in server.bodies]
    assert sizes[:2] == [1000, 1000]  # the tries
    assert min(sizes[3:-1]) <= 600 and max(sizes[-4:-1]) > 800


def test_several_connections_report_in_order(mocked: responses.RequestsMock) -> None:
    server = Server(quoting)
    run = Run(mocked, server, BatchOptions(lines=10, parallel=4))
    done = run.write(numbered(500, (3, 250, 251, 499)))
    assert [rejected.line for rejected in run.rejected] == [3, 250, 251, 499]
    assert [seen.last_line for seen in run.progress] == list(range(10, 501, 10))
    assert (done.written, len(server.kept)) == (496, 496)


def test_lines_without_timestamp_get_the_same_when_read_again(mocked: responses.RequestsMock) -> None:
    server = Server()
    run = Run(mocked, server)
    run.writer.base = 1000
    run.write(b"m f=1\n\nm f=2\n")
    assert server.kept == ["m f=1 1001", "m f=2 1003"]


def test_the_next_line_is_behind_the_last_one_whatever_it_holds(mocked: responses.RequestsMock) -> None:
    run = Run(mocked, Server(), BatchOptions(max_line=20))
    done = run.write(b'm f=1 1\nm f="a\nb\nc" 2\n# end\n')
    assert (done.last_line, done.next_line) == (2, 5)
    done = Run(mocked, Server(), BatchOptions(max_line=5)).write(b'm f="a\nb" 2\n')
    assert (done.last_line, done.next_line, done.rejected, done.batches) == (1, 3, 1, 0)
