#!/usr/bin/env python3
"""A second opinion on InfluxQL: the same points and the same queries to this server and to InfluxDB 1.x, and where they differ.

    influxd -config conf &                      # Debian package influxdb, any address
    influxctl local serve --port 9999 &         # set up; its token in $INFLUX_TOKEN
    python tools/influxql_opinion.py --ours http://127.0.0.1:9999 --theirs http://127.0.0.1:8086

Never part of the build or the tests: where InfluxDB 1.6 and the recordings of 2.9.1 differ, the recordings are right.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

START = 1_614_556_800  # 2021-03-01
RANGE = "time >= '2021-03-01T00:00:00Z' AND time < '2021-03-01T06:00:00Z'"


def points() -> str:
    """Series with gaps, nulls, equal times, and every type that 1.6 knows."""
    lines = []
    for k in range(60):
        for number, host in enumerate("abc"):
            if (k + number) % 7 == 3:
                continue
            value = round(20 + 8 * math.sin(k / 5 + number), 2)
            fields = [f"v={value}", f"n={(k * 13 + number * 7) % 41 - 20}i"]
            if k % 4 == number:
                fields.append(f"w={value * 3}")
            if k % 3 == 0:
                fields += [f's="{("ok", "warn", "crit")[(k // 3 + number) % 3]}"', f"b={'true' if k % 2 else 'false'}"]
            dc = "eu" if number < 2 else "us"
            lines.append(f"m,dc={dc},host={host} {','.join(fields)} {START + k * 300}")
        if k % 5 == 0:
            lines.append(f"m,host=d v={k} {START + k * 300 + 7}")
        lines.append(f"o,host=a,only=x v={k}i,z={k * 2.5} {START + k * 420}")
    return "\n".join(lines)


def queries() -> Iterator[str]:
    """Statements over those points."""
    numbers = ("count", "sum", "mean", "median", "mode", "spread", "stddev", "min", "max", "first", "last", "integral")
    groups = ("", " GROUP BY host", " GROUP BY dc, host", " GROUP BY *", " GROUP BY time(1h)", " GROUP BY time(37m), host",
              " GROUP BY time(2h, 25m), dc", " GROUP BY time(2h, -25m)", " GROUP BY time(20m) fill(previous)",
              " GROUP BY time(11m), host fill(linear)", " GROUP BY time(13m) fill(0)", " GROUP BY time(13m), host fill(none)",
              " GROUP BY host ORDER BY time DESC", " GROUP BY time(50m), host ORDER BY time DESC",
              " GROUP BY time(9m) fill(previous) ORDER BY time DESC", " GROUP BY time(9m) fill(linear) ORDER BY time DESC")  # fmt: skip
    for name in numbers:
        for field in ("v", "n", "w"):
            for group in groups:
                yield f"SELECT {name}({field}) FROM m WHERE {RANGE}{group}"
    for name in ("count", "mode", "first", "last", "min", "max"):
        for field in ("s", "b"):
            for group in groups:
                yield f"SELECT {name}({field}) FROM m WHERE {RANGE}{group}"
    calls = ("percentile(v, 33)", "percentile(n, 90)", "top(v, 3)", "bottom(n, 4)", "top(v, host, 2)", "bottom(n, dc, host, 3)",
             "distinct(n)", "distinct(s)", "count(distinct(n))", "derivative(v)", "derivative(n, 1m)", "difference(n)", "difference(v)",
             "non_negative_difference(v)", "non_negative_derivative(n)", "elapsed(v)", "elapsed(v, 1m)", "elapsed(s, 1s)",
             "moving_average(v, 3)", "cumulative_sum(n)", "cumulative_sum(v)", "integral(v, 1m)", "max(v), host, n", "first(v), *",
             "max(v), min(v), count(s)", "mean(v) + max(n)", "mean(*)", "count(*)", "last(*)", "max(v) - min(w)",
             "percentile(v, 50), host, s")  # fmt: skip
    for call in calls:
        for group in (
            "",
            " GROUP BY host",
            " ORDER BY time DESC",
            " GROUP BY dc ORDER BY time DESC",
            " LIMIT 5 OFFSET 2",
        ):
            yield f"SELECT {call} FROM m WHERE {RANGE}{group}"
    for call in ("derivative(mean(v))", "derivative(max(n), 1m)", "difference(mean(v))", "non_negative_difference(last(n))",
                 "moving_average(mean(v), 3)", "cumulative_sum(sum(n))", "elapsed(max(v), 1m)", "top(v, 2)", "bottom(v, 1), host",
                 "distinct(s)", "percentile(v, 80)", "mean(v), max(w), count(s)", "max(v), host", "count(distinct(s))",
                 "holt_winters(mean(v), 2, 0)", "holt_winters_with_fit(first(v), 2, 3)"):  # fmt: skip
        for group in (
            "time(30m)",
            "time(30m), host",
            "time(7m), host fill(none)",
            "time(45m) fill(previous)",
            "time(40m) fill(3)",
        ):
            yield f"SELECT {call} FROM m WHERE {RANGE} GROUP BY {group}"
            narrow = "time >= '2021-03-01T01:00:00Z' AND time < '2021-03-01T03:10:00Z'"
            yield f"SELECT {call} FROM m WHERE {narrow} GROUP BY {group} ORDER BY time DESC"
    yield from PLAIN


PLAIN = (
    "SELECT * FROM m LIMIT 20",
    "SELECT v FROM m LIMIT 40",
    "SELECT v, host FROM m ORDER BY time DESC LIMIT 30",
    "SELECT *::tag, v FROM m LIMIT 9",
    "SELECT * FROM m GROUP BY host LIMIT 3",
    "SELECT * FROM m GROUP BY * LIMIT 2",
    "SELECT * FROM m, o LIMIT 6",
    "SELECT * FROM /./ LIMIT 3",
    "SELECT v FROM m, o LIMIT 6",
    "SELECT mean(v) FROM m, o",
    "SELECT mean(v) FROM /./ GROUP BY host",
    "SELECT v::integer FROM m LIMIT 5",
    "SELECT v * 2, n / 4, n % 6, -n, v + w, v - n FROM m LIMIT 25",
    "SELECT n / 0, v / 0, n % 0 FROM m LIMIT 3",
    "SELECT n & 6, n | 9, n ^ 3 FROM m LIMIT 5",
    "SELECT v FROM m WHERE v > 22 AND n < 0 LIMIT 10",
    "SELECT w FROM m WHERE v > 22",
    "SELECT v FROM m WHERE w > 0",
    "SELECT v FROM m WHERE host = 'a' OR n > 10",
    "SELECT v FROM m WHERE dc = ''",
    "SELECT v FROM m WHERE dc != 'eu'",
    "SELECT v FROM m WHERE dc !~ /e/",
    "SELECT v FROM m WHERE dc =~ /.*/ LIMIT 3",
    "SELECT v FROM m WHERE s != 'ok'",
    "SELECT v FROM m WHERE s =~ /w|c/",
    "SELECT v FROM m WHERE s !~ /w|c/",
    "SELECT v FROM m WHERE b = false",
    "SELECT v FROM m WHERE b != true",
    "SELECT v FROM m WHERE v + n > 20",
    "SELECT v FROM m WHERE v = n",
    "SELECT v FROM m WHERE n = 5.0",
    "SELECT v FROM m WHERE host = dc",
    "SELECT v FROM m WHERE 20 < v LIMIT 4",
    "SELECT time, v FROM m LIMIT 2",
    "SELECT time AS t, v FROM m LIMIT 2",
    "SELECT v AS a, v AS a, v FROM m LIMIT 1",
    "SELECT v, v, n AS v FROM m LIMIT 1",
    "SELECT v FROM m SLIMIT 1",
    "SELECT v FROM m GROUP BY host SLIMIT 2 SOFFSET 1",
    "SELECT mean(v) FROM m GROUP BY host SLIMIT 1 SOFFSET 3",
    "SELECT v FROM m GROUP BY host SLIMIT 2 LIMIT 1 ORDER BY time DESC",
    "SELECT host FROM m",
    "SELECT host, dc FROM m",
    "SELECT nope FROM m",
    "SELECT mean(x) FROM (SELECT max(v) AS x FROM m GROUP BY host)",
    "SELECT x, host FROM (SELECT max(v) AS x FROM m GROUP BY host)",
    "SELECT max(x) FROM (SELECT mean(v) AS x FROM m GROUP BY time(1h), host) WHERE time >= '2021-03-01' GROUP BY host",
    "SELECT mean(x) FROM (SELECT max(v) AS x FROM m) WHERE time >= '2021-03-01' AND time < '2021-03-01 03:00:00' GROUP BY time(1h)",
    "SELECT mean(x) FROM (SELECT max(v) AS x FROM m) GROUP BY host",
    "SELECT * FROM (SELECT v, n FROM m) LIMIT 5",
    "SELECT * FROM (SELECT v, host FROM m) LIMIT 5",
    "SELECT * FROM (SELECT v, n FROM m GROUP BY host) LIMIT 5",
    "SELECT v FROM (SELECT * FROM m) GROUP BY host LIMIT 1",
    "SELECT a + b FROM (SELECT mean(v) AS a, max(n) AS b FROM m GROUP BY host)",
    "SELECT max(d) FROM (SELECT difference(v) AS d FROM m GROUP BY host)",
    "SELECT count(v), sum(n) FROM (SELECT v, n FROM m WHERE host = 'a')",
    "SELECT v FROM (SELECT v FROM m LIMIT 3)",
    "SELECT top(x, 2), host FROM (SELECT mean(v) AS x FROM m GROUP BY host)",
    "SELECT mean(v) FROM m WHERE time > '2021-03-01T05:00:00Z' AND time < '2021-03-01T04:00:00Z'",
    "SELECT mean(v) FROM m WHERE time = '2021-03-01T01:00:00Z'",
    "SELECT first(v), last(v) FROM m",
    "SELECT mean(v) FROM m WHERE time >= '2021-03-01T02:00:00Z'",
    "SELECT mean(v) FROM m WHERE time < '2021-03-01T02:00:00Z'",
    "SELECT mean(v) FROM m WHERE time < '2021-03-01T02:00:00Z' GROUP BY time(30m)",
    "SELECT mean(v) FROM m WHERE time < '2021-03-01T02:00:00Z' GROUP BY time(30m), host fill(0)",
    "SELECT mean(v) FROM m WHERE time < '2021-03-01T02:00:00Z' GROUP BY time(30m) ORDER BY time DESC",
    "SELECT mean(v) FROM m GROUP BY time(12h) LIMIT 3",
    "SELECT count(v) FROM m WHERE time >= '2021-03-01T00:00:00Z' AND time < '2021-03-02' GROUP BY time(1d) tz('America/New_York')",
    "SELECT v FROM m LIMIT 2 tz('Asia/Kolkata')",
    "SELECT abs(n), round(v), floor(v), ceil(v), sqrt(v), pow(v, 2), exp(n), ln(v), log2(v), log10(v), log(v, 3) FROM m LIMIT 4",
    "SELECT sin(v), cos(v), tan(v), atan(v), atan2(v, n) FROM m LIMIT 3",
    "SELECT abs(mean(n)), round(max(v)) FROM m GROUP BY host",
    "SELECT mean(v) * 2 + 1 FROM m",
    "SELECT sum(n) / count(n) FROM m",
    "SELECT DISTINCT s FROM m",
    "SELECT DISTINCT(n) FROM m LIMIT 4",
    "SELECT count(DISTINCT s) FROM m",
    "SELECT mean(/^[vn]$/) FROM m",
    "SELECT /^[vw]$/ FROM m LIMIT 3",
    "SELECT max(/./) FROM m",
    "SELECT v FROM m WHERE host =~ /a|b/ AND time > now() - 10000w LIMIT 3",
    "SELECT mean(v), n FROM m",
    "SELECT mean(nope) FROM m",
    "SELECT top(v, 2), bottom(v, 2) FROM m",
    "SELECT sum(s) FROM m",
    "SELECT mean(b) FROM m",
    "SELECT derivative(s) FROM m",
    "SELECT max(s) FROM m",
    "SELECT distinct(v), mean(v) FROM m",
    "SELECT derivative(mean(v)) FROM m",
    "SELECT derivative(v) FROM m GROUP BY time(1h)",
    "SELECT v FROM m fill(none)",
    "SELECT mean(mean(v)) FROM m",
    "SELECT percentile(v) FROM m",
    "SELECT moving_average(v, 1) FROM m",
    "SELECT mean(v) FROM m GROUP BY time(1h), time(2h)",
    "SELECT max(v), n FROM m GROUP BY time(1h), host",
    "SELECT last(v), s, b FROM m GROUP BY host",
    "SELECT first(w), v FROM m",
    "SELECT max(w) FROM m WHERE v > 25",
    "SELECT v FROM m WHERE nope = 'x'",
    "SELECT v FROM m WHERE nope = '' LIMIT 2",
    "SELECT v FROM m WHERE nope != 'x' LIMIT 2",
    "SELECT v FROM m WHERE s = 'ok' AND host = 'a' LIMIT 2",
    "SELECT integral(v) FROM m WHERE host = 'a'",
    "SELECT integral(n, 1h) FROM m WHERE host = 'a' GROUP BY time(1h)",
    "SELECT mean(v) FROM m GROUP BY nope",
    "SHOW MEASUREMENTS",
    "SHOW TAG KEYS",
    "SHOW TAG KEYS FROM m WHERE host = 'd'",
    "SHOW TAG VALUES WITH KEY = host",
    "SHOW TAG VALUES WITH KEY IN (dc, only)",
    "SHOW TAG VALUES WITH KEY =~ /./ WHERE host = 'a'",
    "SHOW TAG VALUES WITH KEY = host LIMIT 2 OFFSET 1",
    "SHOW FIELD KEYS",
    "SHOW SERIES",
    "SHOW SERIES FROM m WHERE dc = 'eu'",
    "SHOW SERIES WHERE dc = ''",
    "SHOW SERIES LIMIT 2 OFFSET 2",
    "SHOW MEASUREMENTS WHERE only = 'x'",
    "SHOW MEASUREMENTS WITH MEASUREMENT =~ /o/",
    "SHOW TAG KEYS LIMIT 1 OFFSET 1",
    "SHOW TAG KEYS SLIMIT 1",
    "SHOW FIELD KEYS FROM m LIMIT 2",
    "SHOW SERIES EXACT CARDINALITY",
    "SHOW MEASUREMENT EXACT CARDINALITY",
    "SHOW TAG KEY CARDINALITY",
    "SHOW TAG VALUES CARDINALITY WITH KEY = host",
    "SHOW FIELD KEY CARDINALITY",
    "SHOW TAG VALUES EXACT CARDINALITY WITH KEY IN (host, dc)",
    "SHOW TAG VALUES FROM m WITH KEY != host",
)


def ask(url: str, path: str, args: dict[str, str], body: bytes | None = None, token: str = "") -> Any:
    """One request; the JSON of the answer, or its status."""
    headers = {"Authorization": f"Token {token}"} if token else {}
    request = urllib.request.Request(f"{url}{path}?{urllib.parse.urlencode(args)}", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            data = answer.read()
            return json.loads(data) if data.strip() else None
    except ValueError:
        return {"status": "not JSON"}
    except urllib.error.HTTPError as error:
        return {"status": error.code}


def same(a: Any, b: Any) -> bool:
    """Equal but for the last digits of numbers and the wording of errors."""
    if isinstance(a, dict) and isinstance(b, dict):
        keys = set(a) | set(b)
        return all((key == "error" and key in a and key in b) or same(a.get(key), b.get(key)) for key in keys)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) or isinstance(b, float):
        if isinstance(a, (int, float)) and isinstance(b, (int, float)):
            return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12)
        return False
    return bool(a == b)


def main() -> int:
    parser = argparse.ArgumentParser(description="compare InfluxQL answers of two servers")
    parser.add_argument("--ours", required=True)
    parser.add_argument("--theirs", required=True)
    parser.add_argument("--token", default=os.environ.get("INFLUX_TOKEN", ""))
    parser.add_argument("--db", default="opinion")
    parser.add_argument("--only", default="", help="part of a query")
    args = parser.parse_args()
    ask(args.theirs, "/query", {"q": f"DROP DATABASE {args.db}"}, b"")
    ask(args.theirs, "/query", {"q": f"CREATE DATABASE {args.db}"}, b"")
    for url, token in ((args.ours, args.token), (args.theirs, "")):
        ask(url, "/write", {"db": args.db, "precision": "s"}, points().encode(), token)
    total = different = 0
    for query in queries():
        if args.only not in query:
            continue
        total += 1
        ours = ask(args.ours, "/query", {"db": args.db, "q": query}, None, args.token)
        theirs = ask(args.theirs, "/query", {"db": args.db, "q": query})
        if not same(ours, theirs):
            different += 1
            print(f"{query}\n  ours   {json.dumps(ours)[:700]}\n  theirs {json.dumps(theirs)[:700]}")
    print(f"{total - different} of {total} agree")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
