"""`influxctl demo`: real data into an embedded server, three queries, tables and a plot, and the commands to go on with.

The data: daily weather of Seattle, 2012 to 2015 (NOAA, public domain; see NOTICE).
"""

from __future__ import annotations

import csv
import io
import shlex
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.core.times import parse_time

BUCKET = "weather"
MONTHLY = """from(bucket: "weather")
  |> range(start: 2015-01-01T00:00:00Z, stop: 2016-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "daily" and r._field == "temp_max")
  |> aggregateWindow(every: 1mo, fn: mean, timeSrc: "_start")
  |> keep(columns: ["_time", "_value"])"""
HOTTEST = """from(bucket: "weather")
  |> range(start: 2012-01-01T00:00:00Z, stop: 2016-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "daily" and r._field == "temp_max")
  |> top(n: 5)
  |> keep(columns: ["_time", "_value"])"""
PIVOT = """from(bucket: "weather")
  |> range(start: 2015-12-25T00:00:00Z, stop: 2016-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "daily" and r._field != "condition")
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> keep(columns: ["_time", "precipitation", "temp_max", "temp_min", "wind"])"""
STEPS = (
    ("The mean of the daily maximum temperature (°C), month by month", MONTHLY, True),
    ("The five hottest days of four years", HOTTEST, False),
    ("The last week of 2015, a column for each field", PIVOT, False),
)
BAR = " ▏▎▍▌▋▊▉█"
WIDTH = 40  # characters of the longest bar


def demo(
    ctx: Context,
    keep: Annotated[
        str | None, Option("--keep", metavar="DIR", help="Keep the data in this folder, to go on with.")
    ] = None,
    data: Annotated[
        bool, Option("--data", help="Only print the data as line protocol, timestamps in seconds.")
    ] = False,
) -> None:
    """Write real data into an embedded server, query and plot it: offline, in a temporary folder, in this process."""
    if data:
        ctx.stdout.writelines(line + "\n" for line in weather_lines())
        return
    if keep is not None:
        _show(ctx, Path(keep).expanduser().absolute(), kept=True)
        return
    with tempfile.TemporaryDirectory(prefix="influxctl-demo-") as folder:
        _show(ctx, Path(folder), kept=False)


def weather_lines() -> Iterator[str]:
    """The data as line protocol, a line a day."""
    text = files("influxctl.cli").joinpath("demo", "seattle-weather.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        values = ",".join(f"{name}={row[name]}" for name in ("precipitation", "temp_max", "temp_min", "wind"))
        time = parse_time(row["date"].replace("/", "-")) // 1_000_000_000
        yield f'daily,city=Seattle {values},condition="{row["weather"]}" {time}'


def _show(ctx: Context, folder: Path, *, kept: bool) -> None:
    out = ctx.stdout
    typed = f"influxctl --data-dir {shlex.quote(str(folder))}" if kept else "influxctl"
    inner = _inside(ctx, folder)
    try:
        lines = list(weather_lines())
        org = inner.org_id()
        if not any(b["name"] == BUCKET for b in inner.call("GetBuckets", query={"orgID": org}).json()["buckets"]):
            out.write(f"$ {typed} bucket create {BUCKET}\n")
            inner.call("PostBuckets", json={"name": BUCKET, "orgID": org, "retentionRules": []})
        out.write(f"$ influxctl demo --data | {typed} write --bucket {BUCKET} --precision s\n")
        body = "\n".join(lines).encode()
        inner.call("PostWrite", query={"orgID": org, "org": org, "bucket": BUCKET, "precision": "s"}, body=body)
        out.write(f"{len(lines)} days of weather in Seattle written.\n")
        for title, query, plotted in STEPS:
            out.write(f"\n# {title}\n$ {typed} query '\n{query}'\n")
            _query(inner, ctx, org, query, plotted)
    finally:
        inner.close()
    _go_on(ctx, folder, kept)


def _inside(ctx: Context, folder: Path) -> Context:
    """A context whose server is the one in `folder`, whatever the profile says."""
    env = {name: value for name, value in ctx.env.items() if not name.startswith("INFLUX")}
    env |= {"INFLUXCTL_CONFIG_DIR": str(folder / "no-config"), "INFLUX_CONFIGS_PATH": str(folder / "no-configs")}
    inner = Context(stdin=ctx.stdin, stdout=ctx.stdout, stderr=ctx.stderr, env=env)
    inner.flags["data_dir"] = str(folder)
    return inner


def _query(inner: Context, ctx: Context, org: str, query: str, plotted: bool) -> None:
    from influxctl.cli.groups.query import DIALECT
    from influxctl.output.annotated import rows_of
    from influxctl.output.query import render_query

    answer = inner.call("PostQuery", query={"orgID": org}, json={"query": query, "type": "flux", "dialect": DIALECT})
    chunks = [answer.content]
    if plotted:
        found = ((dict(zip(s.names, cells, strict=False))) for s, cells in rows_of(chunks))
        points = [(row["_time"][:7], float(row["_value"])) for row in found if row["_value"]]
        ctx.stdout.writelines(plot(points))
    else:
        render_query(ctx.stdout, chunks, format="table", style=ctx.style)


def plot(points: list[tuple[str, float]]) -> Iterator[str]:
    """Horizontal bars, one a line: label, bar in eighths of a character, value."""
    most = max((value for _, value in points), default=0.0) or 1.0
    for label, value in points:
        eighths = round(max(value, 0.0) / most * WIDTH * 8)
        bar = BAR[8] * (eighths // 8) + (BAR[eighths % 8] if eighths % 8 else "")
        yield f"{label}  {bar.ljust(WIDTH)}  {value:.1f}\n"


def _go_on(ctx: Context, folder: Path, kept: bool) -> None:
    typed = f"influxctl --data-dir {shlex.quote(str(folder))}" if kept else "influxctl"
    if kept:
        ctx.stdout.write(f"\nThe data stays in {folder}. Go on with:\n")
    else:
        ctx.stdout.write(
            "\nThat was in a temporary folder, which is gone now. The same commands do it in your own local data, then:\n"
        )
    schema = f'import "influxdata/influxdb/schema" schema.fieldKeys(bucket: "{BUCKET}", start: 2012-01-01T00:00:00Z)'
    ctx.stdout.writelines(f"  {line}\n" for line in (
        f"{typed} bucket list",
        f"{typed} query '{schema}'",
        f"{typed} local start",
        "influxctl --help",
    ))  # fmt: skip


command = command_of(demo, "demo", [])
