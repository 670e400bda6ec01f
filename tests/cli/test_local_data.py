"""The data folder as a whole: snapshots, restore, export and import in three formats, check with repair, stats."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from calls import run as call

LINES = (
    'm,host=a,zone=ä\\ b f=1.5,i=1i,u=18446744073709551615u,b=true,s="a \\"quoted\\", text" 1577836800000000001\n'
    "m,host=b f=-0.25,i=-9223372036854775808i 1577836800000000002\n"
    'm,host=a s="two\nlines" 1577836801000000000\n'
    "m\\ 1\\,x y=2.5 1577836802000000000\n"
    "other,time\\=r=x v=1e+30,host=2 -5000000000\n"
)
ALL = 'from(bucket: "default") |> range(start: 1900-01-01T00:00:00Z)'


def run(env: dict[str, str], *argv: str, code: int = 0, stdin: str = "") -> tuple[str, str]:
    found, out, err = call(env, *argv, stdin=stdin)
    assert found == code, (argv, out, err)
    return out, err


def rows(env: dict[str, str], bucket: str = "default") -> list[str]:
    """All that a bucket holds, a text a value."""
    out, _ = run(env, "query", ALL.replace("default", bucket), "--json")
    kept = [
        {k: v for k, v in row.items() if k not in ("table", "result", "_start", "_stop")} for row in json.loads(out)
    ]
    return sorted(json.dumps({k: v for k, v in row.items() if v is not None}, sort_keys=True) for row in kept)


@pytest.fixture
def filled(env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    (tmp_path / "in.lp").write_text(LINES)
    run(env, "local", "import", str(tmp_path / "in.lp"))
    return env


@pytest.fixture
def served(filled: dict[str, str]) -> Iterator[dict[str, str]]:
    run(filled, "local", "start")
    yield filled
    run(filled, "local", "stop")


def test_export_and_import_in_three_formats(filled: dict[str, str], tmp_path: Path) -> None:
    before = rows(filled)
    assert len(before) == 11
    for name in ("out.lp", "out.lp.gz", "out.csv", "parquet"):
        target = str(tmp_path / name)
        more = ("--format", "parquet") if name == "parquet" else ()
        _, err = run(filled, "local", "export", "default", target, *more)
        assert f"Exported 5 points to {target}." in err
        bucket = f"copy-{name}"
        run(filled, "bucket", "create", bucket)
        run(filled, "local", "import", target, "--bucket", bucket)
        assert rows(filled, bucket) == before, name
    assert sorted((tmp_path / "out.lp").read_text().splitlines()) == sorted(
        gzip.decompress((tmp_path / "out.lp.gz").read_bytes()).decode().splitlines()
    )
    assert not list(tmp_path.glob(".*.part"))


def test_parquet_has_arrow_types_and_what_each_column_is(filled: dict[str, str], tmp_path: Path) -> None:
    run(filled, "local", "export", "default", str(tmp_path / "p"), "--format", "parquet")
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == ["m 1%2Cx.parquet", "m.parquet", "other.parquet"]
    frame = pl.read_parquet(tmp_path / "p" / "m.parquet")
    assert dict(frame.schema) == {
        "time": pl.Datetime("ns", "UTC"), "host": pl.String, "zone": pl.String,
        "b": pl.Boolean, "f": pl.Float64, "i": pl.Int64, "s": pl.String, "u": pl.UInt64,
    }  # fmt: skip
    assert json.loads(pl.read_parquet_metadata(tmp_path / "p" / "m.parquet")["influxctl"])["measurement"] == "m"
    other = pl.read_parquet(tmp_path / "p" / "other.parquet")
    assert other.columns == ["time", "time=r", "host", "v"]


def test_a_part_of_a_bucket(filled: dict[str, str]) -> None:
    out, _ = run(filled, "local", "export", "default", "--measurement", "m", "--since", "2020-01-01T00:00:01Z")
    assert out == 'm,host=a s="two\nlines" 1577836801000000000\n'
    out, _ = run(filled, "local", "export", "default", "--until", "1980-01-01T00:00:00Z")
    assert out == "other,time\\=r=x host=2.0,v=1e+30 -5000000000\n"
    out, _ = run(filled, "local", "export", "default", "--format", "csv", "--measurement", "other")
    assert list(csv.reader(io.StringIO(out))) == [
        ["#datatype measurement", "tag", "double", "double", "dateTime:number"],
        ["m", "time=r", "host", "v", "time"],
        ["other", "x", "2.0", "1e+30", "-5000000000"],
    ]
    assert "no points of 'x'" in run(filled, "local", "export", "default", "-m", "x", code=3)[1]
    assert "there is no bucket 'x'" in run(filled, "local", "export", "x", code=3)[1]
    assert "--format" in run(filled, "local", "export", "default", "x.bin", code=2)[1]
    assert "folder" in run(filled, "local", "export", "default", "--format", "parquet", code=2)[1]


def test_parquet_of_other_programs(filled: dict[str, str], tmp_path: Path) -> None:
    run(filled, "bucket", "create", "b")
    frame = pl.DataFrame(
        {"when": ["2024-05-01T00:00:00", "2024-05-01T00:00:01", None], "room": ["x y", None, "z"], "t": [1.5, float("nan"), 3.0],
         "n": pl.Series([1, 2, 3], dtype=pl.Int16)}
    ).with_columns(pl.col("when").str.to_datetime(time_unit="ms"))  # fmt: skip
    frame.write_parquet(tmp_path / "climate.parquet")
    run(filled, "local", "import", str(tmp_path / "climate.parquet"), "--bucket", "b")
    out, _ = run(filled, "local", "export", "b")
    assert out.splitlines() == ["climate n=2i 1714521601000000000", "climate,room=x\\ y n=1i,t=1.5 1714521600000000000"]
    frame.drop("when").write_parquet(tmp_path / "none.parquet")
    assert "--time-column" in run(filled, "local", "import", str(tmp_path / "none.parquet"), "-b", "b", code=2)[1]
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not really PAR1")
    assert "no Parquet file" in run(filled, "local", "import", str(tmp_path / "bad.parquet"), "-b", "b", code=2)[1]


def test_a_snapshot_is_a_data_folder_and_can_be_restored(filled: dict[str, str], tmp_path: Path) -> None:
    before = rows(filled)
    copy = tmp_path / "copy"
    run(filled, "local", "snapshot", str(copy))
    assert copy.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in copy.rglob("*"))
    assert rows({**filled, "INFLUXCTL_DATA_DIR": str(copy)}) == before
    assert "is there already" in run(filled, "local", "snapshot", str(copy), code=5)[1]
    run(filled, "write", "--bucket", "default", "later v=1 1577836800000000000")
    run(filled, "bucket", "create", "later")
    assert run(filled, "local", "restore", str(copy), code=2)[1]  # it asks, and there is nobody
    run(filled, "local", "restore", str(copy), "--yes")
    assert rows(filled) == before
    assert "later" not in run(filled, "bucket", "list")[0]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_all_of_it_with_a_running_server(served: dict[str, str], tmp_path: Path) -> None:
    before = rows(served)
    run(served, "local", "snapshot", str(tmp_path / "copy"))
    assert rows({**served, "INFLUXCTL_DATA_DIR": str(tmp_path / "copy")}) == before
    assert run(served, "local", "export", "default")[0].count("\n") == 6
    (row,) = [one for one in json.loads(run(served, "local", "stats", "--json")[0]) if one["bucket"] == "default"]
    assert (row["series"], row["points"], row["values"], row["measurements"]) == (5, 5, 11, 3)
    assert (row["first"], row["last"]) == ("1969-12-31T23:59:55Z", "2020-01-01T00:00:02Z")
    assert "is served by process" in run(served, "local", "check", code=5)[1]
    assert "is served by process" in run(served, "local", "restore", str(tmp_path / "copy"), "--yes", code=5)[1]
    run(served, "local", "import", "--bucket", "default", "-", stdin="late v=1 1577836800000000000\n")
    assert len(rows(served)) == 12


def test_stats_of_a_folder_at_rest(filled: dict[str, str]) -> None:
    (row,) = [one for one in json.loads(run(filled, "local", "stats", "--json")[0]) if one["bucket"] == "default"]
    assert {key: row[key] for key in ("org", "measurements", "series", "points", "values", "first", "last")} == {
        "org": "local", "measurements": 3, "series": 5, "points": 5, "values": 11,
        "first": "1969-12-31T23:59:55Z", "last": "2020-01-01T00:00:02Z",
    }  # fmt: skip


def test_check_and_repair(filled: dict[str, str], tmp_path: Path) -> None:
    assert "All is well" in run(filled, "local", "check")[1]
    from influxctl.engine.engine import Engine

    engine = Engine.open(tmp_path / "data" / "engine")
    engine.flush()
    engine.close()
    run(filled, "local", "snapshot", str(tmp_path / "copy"))
    shutil.copytree(tmp_path / "data", tmp_path / "kept")
    victim = max((tmp_path / "data").rglob("*.seg"), key=lambda path: path.stat().st_size)  # that of `m`
    victim.unlink()  # it may be linked from the copy
    shutil.copyfile(tmp_path / "kept" / victim.relative_to(tmp_path / "data"), victim)
    data = bytearray(victim.read_bytes())
    footer = json.loads(data[data.rindex(b'{"measurement"') : -16])
    block = footer["blocks"][2]
    data[block["at"] + 40] ^= 8
    victim.write_bytes(data)
    out, err = run(filled, "local", "check", code=1)
    assert str(victim) in out.replace("\n", "") or victim.name in out
    assert "--repair" in err
    out, _ = run(filled, "local", "check", "--repair", "--json")
    assert any("points between" in one["what"] for one in json.loads(out))
    assert "All is well" in run(filled, "local", "check")[1]
    assert 0 < len(rows(filled)) < 11
    run(filled, "local", "restore", str(tmp_path / "copy"), "--yes")
    assert len(rows(filled)) == 11


def test_a_damaged_snapshot_is_not_restored(filled: dict[str, str], tmp_path: Path) -> None:
    run(filled, "local", "snapshot", str(tmp_path / "copy"))
    database = tmp_path / "copy" / "influxctl.sqlite"
    data = bytearray(database.read_bytes())
    data[100:4000] = b"\xff" * 3900
    database.write_bytes(data)
    assert "damaged" in run(filled, "local", "restore", str(tmp_path / "copy"), "--yes", code=1)[1]
    assert len(rows(filled)) == 11
