"""`influx write` and `influx query` (cli.compat.write, inputs, query), on a fresh server."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from influxctl.cli.compat.call import Failed, Streams
from influxctl.cli.compat.main import main
from influxctl.cli.compat.write import batches
from influxctl.testing.server import LocalServer, local_server

BAD = "#datatype measurement,long\nm,v\nx,1\nx,no\nx,3\n"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


class Shell:
    """Runs influx in process against the server."""

    def __init__(self, server: LocalServer, folder: Path) -> None:
        self.env = {
            "INFLUX_HOST": server.url, "INFLUX_TOKEN": server.token, "INFLUX_ORG": server.org,
            "INFLUX_CONFIGS_PATH": str(folder / "configs"),
        }  # fmt: skip

    def __call__(self, *args: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> tuple[int, str, str]:
        out, err = io.BytesIO(), io.StringIO()
        code = main(args, Streams(out, err, io.BytesIO(stdin), self.env | (env or {})))
        return code, out.getvalue().decode(), err.getvalue()


@pytest.fixture
def influx(server: LocalServer, tmp_path: Path) -> Shell:
    return Shell(server, tmp_path)


def _count(influx: Shell, measurement: str) -> str:
    script = f'from(bucket:"my-bucket")|>range(start:0)|>filter(fn:(r)=>r._measurement=="{measurement}")|>count()'
    lines = influx("query", script)[1].splitlines()
    return lines[-1].split()[-1] if lines else ""


def test_written_lines_can_be_queried(influx: Shell) -> None:
    assert influx("write", "-b", "my-bucket", stdin=b"w v=1 1\n\nw v=2 2\n") == (0, "", "")
    assert _count(influx, "w") == "2"


def test_rows_that_nobody_asked_to_skip_make_the_command_fail(influx: Shell, tmp_path: Path) -> None:
    code, out, err = influx("write", "-b", "my-bucket", "--format", "csv", stdin=BAD.encode())
    assert (code, out) == (1, "")
    assert "line 4: column 'v': strconv.ParseInt: parsing \"no\": invalid syntax" in err
    assert "1 row was not written" in err
    assert _count(influx, "x") == "1"  # the others have one time: the server's
    assert influx("write", "-b", "my-bucket", "--format", "csv", "--skipRowOnError", stdin=BAD.encode())[0] == 0
    rejected = tmp_path / "rejected.csv"
    assert (
        influx("write", "-b", "my-bucket", "--format", "csv", "--errors-file", str(rejected), stdin=BAD.encode())[0]
        == 0
    )
    assert rejected.read_text() == (
        '"# error : line 4: column \'v\': strconv.ParseInt: parsing ""no"": invalid syntax"\nx,no\n'
    )


def test_the_errors_file_is_there_also_if_nothing_was_wrong(influx: Shell, tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    assert influx("write", "dryrun", "--errors-file", str(path), "a b=1")[0] == 0
    assert path.read_bytes() == b""
    code, _, err = influx("write", "dryrun", "--errors-file", "absent/errors.csv", "a b=1")
    assert code == 1
    assert "failed to open errors-file: open absent/errors.csv: no such file or directory" in err


def test_dryrun_prints_what_would_be_written_and_never_fails_for_a_row(influx: Shell) -> None:
    code, out, _ = influx(
        "write", "dryrun", "--format", "csv", stdin=BAD.encode(), env={"INFLUX_HOST": "http://127.0.0.1:9"}
    )
    assert (code, out) == (0, "my-org\nx v=1i\nx v=3i\n")


def test_inputs_are_one_stream(influx: Shell, tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv.gz"
    one.write_text("m|measurement,v|long\nx,1")
    two.write_bytes(gzip.compress(b"skipped\ny,2\n"))
    args = ["write", "dryrun", "--header", "#constant tag,k,h", "--skipHeader", "1", "-f", str(one), "-f", str(two)]
    # the one line that is skipped is that of the last file, and standard input is not read
    assert influx(*args, stdin=b"z,3") == (0, "my-org\nx,k=h v=1i\ny,k=h v=2i\n", "")


@pytest.mark.parametrize(
    ("args", "stdin", "out"),
    [
        (["a b=1\nc d=2"], b"", "a b=1\nc d=2\n"),
        (["-"], b"s v=1", "s v=1\n"),
        (["--compression", "gzip", "-"], gzip.compress(b"z v=1\n"), "z v=1\n\n"),
        (["--encoding", "ISO-8859-1", "-"], b"m s=\"\xe9\"\n", 'm s="é"\n\n'),
        (["--encoding", "UTF-16", "-"], "m s=\"é\"\n".encode("utf-16-be"), 'm s="é"\n\n'),
        (["--encoding", "UTF-16", "-"], "m s=\"é\"\n".encode("utf-16"), 'm s="é"\n\n'),
        (["--format", "csv", "--header", "m|measurement,v|long"], b"x,1\n", "x v=1i\n"),
    ],
)  # fmt: skip
def test_where_lines_come_from(influx: Shell, args: list[str], stdin: bytes, out: str) -> None:
    assert influx("write", "dryrun", *args, stdin=stdin)[:2] == (0, "my-org\n" + out)


def test_bytes_that_are_no_utf_8_are_kept(influx: Shell, tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(b"m|measurement,t\xe9|tag,v|long\nx,\xe8,1\n")
    out = io.BytesIO()
    assert main(["write", "dryrun", "-f", str(path)], Streams(out, io.StringIO(), io.BytesIO(), influx.env)) == 0
    assert out.getvalue() == b"my-org\nx,t\xe9=\xe8 v=1i\n"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ([], "must specify bucket ID or bucket name"),
        (["-b", "b", "-f", "absent.lp"], 'failed to open "absent.lp": open absent.lp: no such file or directory'),
        (["-b", "b", "--encoding", "klingon"], "ianaindex: invalid encoding name"),
        (["-b", "my-bucket", "--max-line-length", "5", "a_line v=1"], "failed to write data: batcher: line too long"),
        (["-b", "my-bucket", "not a line"], "failed to write data: 400 Bad Request"),
    ],
)
def test_refusals(influx: Shell, args: list[str], error: str) -> None:
    code, out, err = influx("write", *args)
    assert (code, out) == (1, "")
    assert f"Error: {error}" in err


def test_a_bucket_by_flag_beats_one_by_variable(influx: Shell, server: LocalServer) -> None:
    other = server.call("POST", "/api/v2/buckets", json={"orgID": server.org_id, "name": "other"}).json()
    env = {"INFLUX_BUCKET_ID": other["id"]}
    assert influx("write", "-b", "my-bucket", "flagged v=1 1", env=env)[0] == 0
    assert _count(influx, "flagged") == "1"
    assert influx("write", "flagged v=1 2", env=env)[0] == 0  # to the other bucket
    assert (
        influx(
            "delete", "-b", "my-bucket", "--start", "1970-01-01T00:00:00Z", "--stop", "1970-01-02T00:00:00Z", env=env
        )[0]
        == 0
    )
    assert _count(influx, "flagged") == ""
    assert influx("query", 'from(bucket:"other")|>range(start:0)|>count()')[1].split()[-1] == "1"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://busy.example"])
def test_a_write_is_tried_once(influx: Shell, url: str) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.post("http://busy.example/api/v2/write", status=503, headers={"Retry-After": "60"})
        mocked.add_passthru("http://127.0.0.1")
        code, out, err = influx("write", "-b", "b", "a b=1", env={"INFLUX_HOST": url})
    assert (code, out) == (1, "")
    assert err.startswith("Error: failed to write data: ")


def test_batches_hold_whole_lines_and_no_blank_ones() -> None:
    pieces = iter([b"\n", b"aa", b"a\nb\n", b"cccccc\nd", b"d\n", b"\n"])
    assert list(batches(pieces, 100, size=4)) == [b"\naaa\n", b"b\ncccccc\n", b"dd\n\n"]


def test_a_line_that_is_too_long_comes_after_those_before_it() -> None:
    found = []
    with pytest.raises(Failed, match="line too long"):
        for batch in batches(iter([b"ok\nmuch too long\n"]), 5):
            found.append(batch)
    assert found == [b"ok\n"]


def test_an_error_of_the_reader_comes_after_what_was_read() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"a v=1\n"
        raise Failed("broken")

    found = []
    with pytest.raises(Failed, match="broken"):
        for batch in batches(pieces(), 100):
            found.append(batch)
    assert found == [b"a v=1\n"]


def test_lines_that_wait_go_out_after_a_while() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"a v=1\n"
        import time

        time.sleep(0.2)
        yield b"b v=1\n"

    assert list(batches(pieces(), 100, interval=0.05)) == [b"a v=1\n", b"b v=1\n"]


@pytest.mark.parametrize("args", [["-"], [], ["-f", "QUERY"], ["@QUERY"]])
def test_where_queries_come_from(influx: Shell, tmp_path: Path, args: list[str]) -> None:
    script = 'import "array"\narray.from(rows:[{v: 7}])'
    path = tmp_path / "q.flux"
    path.write_text(script)
    args = [arg.replace("QUERY", str(path)) for arg in args]
    code, out, _ = influx("query", *args, stdin=b"" if "QUERY" in str(args) else script.encode())
    assert code == 0
    assert out.splitlines()[-1].strip() == "7"


def test_raw_results_are_untouched_and_profilers_add_theirs(influx: Shell) -> None:
    script = 'import "array"\narray.from(rows:[{v: 7}])'
    code, out, _ = influx("query", "--raw", script)
    assert code == 0
    assert out.endswith(",result,table,v\r\n,,0,7\r\n\r\n")
    out = influx("query", "-p", "query,nonsense", script)[1]
    assert "Result: _profiler" in out
    assert "TotalDuration:int" in out


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ([], "no query provided"),
        (["a", "b"], "at most 1 query string"),
        (["-f", "x.flux", "b"], "not both"),
        (["-f", "absent.flux"], 'failed to read query from "absent.flux": open absent.flux: no such file or directory'),
        (["nonsense()"], "failed to execute query: 400 Bad Request"),
    ],
)
def test_queries_that_are_refused(influx: Shell, args: list[str], error: str) -> None:
    code, out, err = influx("query", *args)
    assert (code, out) == (1, "")
    assert error in err


@pytest.mark.parametrize(
    ("path", "headers", "body", "out"),
    [
        ("/x.csv", {}, b"m|measurement,v|long\nx,1\n", "x v=1i\n"),
        ("/data", {"Content-Type": "text/csv; charset=utf-8"}, b"m|measurement,v|long\nx,1\n", "x v=1i\n"),
        ("/x.csv.gz", {}, gzip.compress(b"m|measurement,v|long\nx,1\n"), "x v=1i\n"),
        ("/x.lp?y=.csv", {}, b"x v=1i\n", "x v=1i\n\n"),
    ],
)
def test_lines_from_addresses(
    influx: Shell, mocked: responses.RequestsMock, path: str, headers: dict[str, str], body: bytes, out: str
) -> None:
    mocked.get(
        f"http://files.example{path}", body=body, headers={"Content-Type": "application/octet-stream", **headers}
    )
    assert influx("write", "dryrun", "-u", f"http://files.example{path}") == (0, f"my-org\n{out}", "")
    assert "Authorization" not in mocked.calls[0].request.headers


def test_addresses_that_answer_nothing_good(influx: Shell, mocked: responses.RequestsMock) -> None:
    mocked.get("http://files.example/x", status=404)
    code, out, err = influx("write", "dryrun", "-u", "http://files.example/x")
    assert (code, out) == (1, "my-org\n")
    assert err == 'Error: failed to open "http://files.example/x": response status_code=404\n'


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mocked:
        yield mocked
