"""InfluxQL text to statements and back."""

from __future__ import annotations

import pytest

from influxctl.influxql import ast
from influxctl.influxql.errors import InfluxQLSyntaxError
from influxctl.influxql.parser import parse
from influxctl.influxql.printer import print_statements
from influxctl.influxql.scanner import parse_duration

SAME = [
    "SELECT * FROM cpu",
    "SELECT mean(usage) AS m, max(usage) - min(usage) FROM db.rp.cpu, /mem.*/ WHERE host = 'a' AND time > now() - 1h GROUP BY "
    "time(5m, -1m), host, /r/ fill(previous) ORDER BY time DESC LIMIT 3 OFFSET 1 SLIMIT 2 SOFFSET 1 tz('Europe/Berlin')",
    "SELECT value::float, host::tag, *::field FROM db..cpu",
    'SELECT "select", "a b", "q\\"q" FROM "my measurement"',
    "SELECT mean(x) FROM (SELECT max(v) AS x FROM m GROUP BY host) WHERE x > 1.5 GROUP BY time(1h) fill(-1)",
    "SELECT DISTINCT v FROM m",
    "SELECT v INTO db.rp.:MEASUREMENT FROM m",
    "SELECT v FROM m WHERE a =~ /x\\/y/ AND b !~ /z/ OR NOT_A = 'it\\'s'",
    "SHOW TAG VALUES ON db FROM cpu WITH KEY IN (host, region) WHERE dc = 'eu' LIMIT 5",
    "SHOW TAG VALUES EXACT CARDINALITY FROM cpu WITH KEY =~ /h/",
    "SHOW MEASUREMENTS ON db WITH MEASUREMENT =~ /c.*/ LIMIT 2",
    "SHOW RETENTION POLICIES ON db",
    "SHOW GRANTS FOR joe",
    "EXPLAIN ANALYZE SELECT v FROM m",
    "DELETE FROM m WHERE time < '2021-01-01T00:00:00Z'",
    "DROP MEASUREMENT m",
    "DROP SERIES FROM m WHERE host = 'a'",
    "CREATE DATABASE x WITH DURATION 86400000000000ns REPLICATION 1 NAME rp",
    "CREATE USER joe WITH PASSWORD 'secret' WITH ALL PRIVILEGES",
    "GRANT READ ON db TO joe",
    "REVOKE ALL PRIVILEGES FROM joe",
    "SET PASSWORD FOR joe = 'x'",
    "KILL QUERY 7 ON host",
    "CREATE CONTINUOUS QUERY q ON db BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(1h) END",
    "CREATE SUBSCRIPTION s ON db . rp DESTINATIONS ANY 'http://a', 'http://b'",
    "ALTER RETENTION POLICY rp ON db DURATION 3600000000000ns DEFAULT",
]


@pytest.mark.parametrize("text", SAME)
def test_canonical_text_is_printed_as_it_was(text: str) -> None:
    assert print_statements(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("select Mean(v)from m-- comment\n;;", "SELECT mean(v) FROM m"),
        ("SELECT v /* c */ FROM m WHERE v <> 1", "SELECT v FROM m WHERE v != 1"),
        ("SELECT 90s FROM m", "SELECT 90s FROM m"),
        ("SELECT -v, 2 - -1 FROM m", "SELECT (-1 * v), 2 - -1 FROM m"),
        ("SELECT a / b / 2 FROM m", "SELECT a / b / 2 FROM m"),
        ("SELECT v FROM m GROUP BY time(1h30m)", "SELECT v FROM m GROUP BY time(90m)"),
        ("SELECT 'a' FROM m; SHOW SERIES", "SELECT 'a' FROM m; SHOW SERIES"),
    ],
)
def test_other_spellings_have_one_canonical_text(text: str, printed: str) -> None:
    assert print_statements(parse(text)) == printed


@pytest.mark.parametrize(
    "text",
    [
        "SELEC v FROM m", "SELECT FROM m", "SELECT v m", "SELECT v FROM", "SELECT v FROM m WHERE", "SELECT v FROM m LIMIT -1",
        "SELECT v FROM m LIMIT x", "SELECT v FROM m ORDER BY v", "SELECT v FROM m GROUP BY", "SELECT v FROM m fill(what)",
        "SELECT v FROM m fill(1, 2)", "SELECT v FROM m tz('No/Where')", "SELECT v FROM m GROUP BY time(1x)", "SELECT \"v FROM m",
        "SELECT v FROM m WHERE a =~ /(/", "SELECT v FROM m /* open", "SELECT v FROM m WHERE a = 'open", "SELECT v > 1 FROM m",
        "SELECT v FROM a.b.c.d", "EXPLAIN nothing", "SHOW TAG VALUES FROM m", "SHOW NOTHING", "DELETE", "DROP nothing", "SELECT v FROM m m",
        "CREATE USER u WITH PASSWORD p", "GRANT READ TO u", "SELECT v::text FROM m", "SELECT v FROM m WHERE a =~ 'x'", "SELECT $ FROM m",
        "SELECT v FROM m; SELEC", "SELECT f( FROM m", "SHOW TAG VALUES WITH KEY = 'x'", "SELECT v FROM m WHERE room = $r",
    ],
)  # fmt: skip
def test_what_is_no_influxql_is_a_400(text: str) -> None:
    with pytest.raises(InfluxQLSyntaxError) as caught:
        parse(text)
    assert caught.value.status == 400


def test_the_error_names_line_and_character() -> None:
    with pytest.raises(InfluxQLSyntaxError, match=r"line 2, character 6"):
        parse("SELECT v\nFROM !")


def test_parameters_are_bound() -> None:
    (select,) = parse("SELECT v FROM m WHERE a = $x AND b =~ $r LIMIT $n", {"x": "it", "r": {"regex": "^a"}, "n": 3})
    assert isinstance(select, ast.Select)
    assert select.page.limit == 3
    assert select.condition == ast.Binary(
        "AND",
        ast.Binary("=", ast.VarRef("a"), ast.String("it")),
        ast.Binary("=~", ast.VarRef("b"), ast.Regex("^a")),
    )


DEEP = [
    "(" * 3000 + "v",
    "SELECT " + "(" * 500 + "v" + ")" * 500 + " FROM m",
    "SELECT v FROM " + "(SELECT v FROM " * 400,
    "SELECT v" + " + v" * 5000 + " FROM m",
    "SELECT " + "abs(" * 400 + "v FROM m",
    "SELECT " + "(" * 50 + "v" + (" + v" * 80 + ")") * 50 + " FROM m",
]


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack(text: str) -> None:
    with pytest.raises(InfluxQLSyntaxError):
        parse(text)


def test_long_conditions_are_fine() -> None:
    text = "SELECT v FROM m WHERE " + " OR ".join(f"host = 'h{i}'" for i in range(5000))
    assert parse(print_statements(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "ns"),
    [("0s", 0), ("1h30m", 5_400_000_000_000), ("10u", 10_000), ("3µ", 3_000), ("2w", 1_209_600_000_000_000)],
)
def test_durations(text: str, ns: int) -> None:
    assert parse_duration(text) == ns
