"""Queries over files: every kind of file gives the same points, and what cannot be read is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from influxctl.core.errors import InfluxctlError
from influxctl.core.lineprotocol import parse
from influxctl.offline.datafiles import blocks_of
from influxctl.offline.dataquery import completed, named_buckets

LINES = ["air,host=a temp=1.5,n=1i 1577836800000000000", "air,host=b temp=2.5,n=2i 1577836860000000000"]


def points(path: Path) -> list[object]:
    return [point for _, body in blocks_of(path) for point in parse(body)]


def files(folder: Path) -> dict[str, Path]:
    """The same points in every kind of file."""
    made = {
        name: folder / name for name in ("air.lp", "air.lp.gz", "marked.csv", "air.csv", "air.parquet", "epoch.csv")
    }
    made["air.lp"].write_text("# two points\n" + "\n".join(LINES) + "\n")
    made["air.lp.gz"].write_bytes(gzip.compress(made["air.lp"].read_bytes()))
    made["marked.csv"].write_text(
        "#datatype measurement,tag,double,long,dateTime:RFC3339\nm,host,temp,n,time\n"
        "air,a,1.5,1,2020-01-01T00:00:00Z\nair,b,2.5,2,2020-01-01T00:01:00Z\n"
    )
    made["air.csv"].write_text("time,host,temp,n\n2020-01-01T00:00:00Z,a,1.5,1\n2020-01-01T00:01:00Z,b,2.5,2\n")
    pl.read_csv(made["air.csv"], try_parse_dates=True).write_parquet(made["air.parquet"])
    made["epoch.csv"].write_text("measurement,ts,host,temp,n\nair,1577836800,a,1.5,1\nair,1577836860,b,2.5,2\n")
    return made


@pytest.mark.parametrize("name", ["air.lp", "air.lp.gz", "marked.csv", "air.csv", "air.parquet", "epoch.csv"])
def test_every_kind_of_file_gives_the_same_points(name: str, tmp_path: Path) -> None:
    assert points(files(tmp_path)[name]) == parse("\n".join(LINES).encode())


def test_frames_with_awkward_names_and_values(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "a b,=": ["x y", "", None],
            "f=,": [float("nan"), 1e300, -0.5],
            "u": pl.Series([1, None, 3], dtype=pl.UInt8),
            "ok": [None, True, False],
            "time": [1, 2, 2 * 10**18],
        }
    )
    frame.write_parquet(tmp_path / "my file.parquet")
    assert points(tmp_path / "my file.parquet") == parse(
        rb"my\ file,a\ b\,\==x\ y u=1u 1" + b"\n" + rb"my\ file f\=\,=1e300,ok=t 2" + b"\n"
        + rb"my\ file f\=\,=-0.5,u=3u,ok=f 2000000000000000000"
    )  # fmt: skip


def test_long_tables_name_their_fields(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"_time": ["2020-01-01T00:00:00.000000001Z"], "_measurement": ["m"], "_field": ["a b"], "_value": ['say "hi"\\'],
         "host": ["x"], "table": [0], "result": ["_result"]}
    )  # fmt: skip
    frame.write_parquet(tmp_path / "t.parquet")
    assert points(tmp_path / "t.parquet") == parse(rb'm,host=x a\ b="say \"hi\"\\" 1577836800000000001')


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "host,temp\na,1\n", "no column of times"),
        ("a.csv", "time,host\n2020-01-01T00:00:00Z,a\n", "no column of numbers"),
        ("a.csv", "time,temp\n1.5,1\n", "holds no times"),
        ("a.csv", "m|measurement,v|long\nm,much\n", "line 2: .*much"),
        ("none.lp", None, "there is no file"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, text: str | None, words: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InfluxctlError, match=words):
        points(tmp_path / name)


def test_scripts_name_their_buckets_or_are_about_the_only_one() -> None:
    assert named_buckets('from(bucket: "a") |> to(bucket: "b")\nx = from(bucket: "a")') == ["a", "b"]
    assert completed("|> mean()", "data").startswith('from(bucket: "data") |> range(start: 1677')
    assert completed("|> range(start: 0)", "data") == 'from(bucket: "data") \n|> range(start: 0)'
    assert completed('from(bucket: "a")', "data") == 'from(bucket: "a")'
