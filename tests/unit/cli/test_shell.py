"""The shell: what is remembered, when Enter ends a line, what Tab offers, what commands do."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from influxctl.cli.context import Context
from influxctl.cli.shell.completing import completions
from influxctl.cli.shell.session import INFLUXQL, Session
from influxctl.core.errors import InfluxctlError
from influxctl.offline.fluxnames import parameters, pieces_of
from influxctl.offline.pieces import Program, is_complete


class Names:
    """A schema without a server."""

    def buckets(self) -> list[str]:
        return ["cpu", "cellar"]

    def measurements(self, bucket: str) -> list[str]:
        return [f"{bucket}-load"]

    def tags(self, bucket: str) -> list[str]:
        return ["host"]

    def fields(self, bucket: str) -> list[str]:
        return ["usage"]

    def values(self, bucket: str, tag: str) -> list[str]:
        return [f"{tag}-a"]


@pytest.fixture
def session(tmp_path: object) -> Session:
    env = {
        "INFLUXCTL_DATA_DIR": f"{tmp_path}/data",
        "INFLUXCTL_CONFIG_DIR": f"{tmp_path}/config",
        "HOME": str(tmp_path),
    }
    return Session(Context(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO(), env=env))


def offered(session: Session, text: str) -> list[str]:
    return [name for name, _ in completions(session, Names(), text)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("", True),
        ("1 + 1", True),
        ('from(bucket: "b")', False),  # it waits for its range
        ('from(bucket: "b")\n|> range(start: -1h)', True),
        ("f = (x) => {", False),
        ("f = (x) => {\n  return x\n}", True),
        ('"open', False),
        ("x = ", False),
        ("[1, 2,", False),
        ("from(bucket: )", True),  # wrong, but not unfinished
        ("buckets() |>", False),
    ],
)
def test_enter_ends_what_is_complete(text: str, done: bool) -> None:
    assert is_complete(text) is done


def test_definitions_stay_and_the_newest_counts() -> None:
    program = Program()
    assert not program.add("x = 1").runs
    assert not program.add('import "strings"').runs
    assert not program.add("x = 2").runs
    piece = program.add("buckets() |> limit(n: x)")
    assert piece.script == 'import "strings"\nx = 2\nbuckets() |> limit(n: x)' and piece.before == 2


def test_a_line_that_begins_with_a_pipe_goes_on_with_what_ran_well(session: Session) -> None:
    session.ctx.flags["output"] = "csv"
    typed = ['import "array"', "array.from(rows: [{_value: 1}])", "nothing", "|> count()", "|> wrong()"]
    _, err = run(session, "\n\\set\n".join(typed))
    assert "".join(session.program.last.split()) == "array.from(rows:[{_value:1}])|>count()"
    assert "|> wrong()\n     ^^^^^" in err
    program = Program()
    program.last = "buckets()"
    assert program.add("|> limit(n: 1)").script == "buckets()\n|> limit(n: 1)"


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("1 + 1", 'import "array"\narray.from(rows: [{value: display(v: 1 + 1)}])'),
        ("x = 2\nx * 3", 'import "array"\nx = 2\narray.from(rows: [{value: display(v: x * 3)}])'),
        ("buckets()", "buckets()"),
        ('import "math" math.abs(x: -1.5)', 'import "array"\nimport "math"\narray.from(rows: [{value: display(v: math.abs(x: -1.5))}])'),
    ],
)  # fmt: skip
def test_values_are_shown_and_tables_run(text: str, script: str) -> None:
    assert [line for line in Program().add(text).script.split("\n") if line.strip()] == script.split("\n")


def test_what_does_not_parse_is_not_remembered() -> None:
    program = Program()
    with pytest.raises(InfluxctlError):
        program.add("y = = 1")
    assert program.definitions == {}


def test_completion_knows_functions_packages_and_parameters(session: Session) -> None:
    assert "aggregateWindow" in offered(session, 'from(bucket: "cpu") |> aggr')
    assert "strings.title" in offered(session, 'import "strings"\nstrings.ti')
    assert "every: " in offered(session, "aggregateWindow(") and "every: " not in offered(
        session, "aggregateWindow(every: 1h, "
    )
    assert {"influxdata/influxdb/schema", "influxdata/influxdb/monitor"} <= set(
        offered(session, 'import "influxdata/influxdb/')
    )
    session.program.add("mine = 1")
    assert "mine" in offered(session, "mi")


def test_completion_knows_what_is_on_the_server(session: Session) -> None:
    assert offered(session, 'from(bucket: "c') == ["cpu", "cellar"]
    read = 'from(bucket: "cpu") |> filter(fn: (r) => '
    assert offered(session, read + 'r._measurement == "') == ["cpu-load"]
    assert offered(session, read + 'r._field == "u') == ["usage"]
    assert offered(session, read + 'r.host == "') == ["host-a"]
    assert offered(session, read + "r.ho") == ["r.host"]
    assert "host" in offered(session, 'from(bucket: "cpu") |> group(columns: ["')
    assert offered(session, "\\ti") == ["\\timing"]


def test_completion_of_influxql(session: Session) -> None:
    session.language, session.database = INFLUXQL, "cpu"
    assert offered(session, "use c") == ["cpu", "cellar"]
    assert offered(session, "SELECT us") == ["usage"]
    assert offered(session, "SELECT usage FROM ") == ["cpu-load"]
    assert offered(session, "SELECT usage FROM x WHERE h") == ["host"]
    assert "SHOW DATABASES" in offered(session, "sho")


def test_colours_cover_the_whole_line() -> None:
    line = 'x = "a b" |> f(y: 1h) // done'
    assert "".join(text for _, text in pieces_of(line)) == line
    assert {kind for kind, _ in pieces_of(line)} >= {"STRING", "DURATION", "PIPE_FORWARD", "COMMENT"}
    assert "".join(text for _, text in pieces_of('"open')) == '"open'
    assert parameters("", "range") == ["start", "stop"]


def run(session: Session, text: str) -> tuple[str, str]:
    session.run_script(text)
    out, err = session.ctx.stdout, session.ctx.stderr
    assert isinstance(out, io.StringIO) and isinstance(err, io.StringIO)
    session.ctx.close()
    return out.getvalue(), err.getvalue()


def test_a_script_of_commands_and_both_languages(session: Session) -> None:
    session.ctx.flags["output"] = "csv"
    out, err = run(
        session,
        "x = 20\nx + 1\n\\influxql\nSHOW DATABASES\n\\flux\n\\l\n\\set\n\\h strings.title\n\\timing on\n\\forget",
    )
    assert err == "" and session.exit == 0
    assert "21" in out and "default" in out and "defined    array, x" in out and "Timing is on." in out


def test_errors_point_at_what_was_typed(session: Session) -> None:
    _, err = run(session, "a = 1\n\\o csv\nbuckets()\n  |> nothing(n: a)")
    assert "undefined identifier nothing" in err and "    |> nothing(n: a)\n       ^^^^^^^" in err
    assert session.exit


@pytest.mark.parametrize(
    "line", ["\\nope", "\\o pie", "\\plot pie", "\\c", "\\c nowhere", "\\i", "\\i nothing.flux", "\\d nothing", "\\h"]
)
def test_wrong_commands_are_told(session: Session, line: str) -> None:
    _, err = run(session, line)
    assert err.startswith("Error: ") and session.exit


def test_a_file_that_reads_itself_ends(session: Session, tmp_path: object) -> None:
    path = f"{tmp_path}/loop.flux"
    with open(path, "w") as out:
        out.write(f"\\i {path}\n")
    _, err = run(session, f"\\i {path}")
    assert "is read by itself" in err


@pytest.mark.parametrize("word", ["exit", "quit", "\\q"])
def test_leaving(session: Session, word: str) -> None:
    assert session.execute("1") or True
    assert session.execute(word) is False


@pytest.fixture(autouse=True)
def closed(session: Session) -> Iterator[None]:
    yield
    session.ctx.close()
