"""The demo: what it shows is right, and the commands that it prints work as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from calls import folders
from calls import run as call

from influxctl.cli.groups.demo import plot, weather_lines


def run(argv: list[str], env: dict[str, str], stdin: str = "") -> tuple[int, str, str]:
    return call(env, *argv, stdin=stdin)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {**folders(tmp_path), "INFLUX_HOST": "http://127.0.0.1:1"}  # it uses its own server, whatever else is set


def printed(text: str) -> list[str]:
    """The commands after `$`, several lines long where a query is quoted, and those at the end."""
    found = re.findall(r"^\$ (influxctl (?:'[^']*'|[^'\n])*)$", text, re.MULTILINE)
    return [*found, *re.findall(r"^  (influxctl .*)$", text, re.MULTILINE)]


def test_the_data_is_four_years_of_days() -> None:
    lines = list(weather_lines())
    assert len(lines) == 1461
    assert (
        lines[0]
        == 'daily,city=Seattle precipitation=0.0,temp_max=12.8,temp_min=5.0,wind=4.7,condition="drizzle" 1325376000'
    )


def test_it_runs_and_leaves_nothing(env: dict[str, str], tmp_path: Path) -> None:
    code, out, err = run(["demo"], env)
    assert (code, err) == (0, "")
    assert "1461 days of weather in Seattle written." in out
    assert "2015-07  " + "█" * 40 + "  28.1" in out  # the warmest month fills its line
    assert "2014-08-11T00:00:00Z    35.6" in out  # the hottest day
    assert re.search(r"_time +precipitation +temp_max +temp_min +wind", out)
    assert "2015-12-31T00:00:00Z" in out
    assert list(tmp_path.iterdir()) == []


def test_its_commands_work_as_printed(env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "kept data"
    code, out, _ = run(["demo", "--keep", str(folder)], env)
    assert code == 0
    shown = 0
    for command in printed(out):
        if command.endswith(("local start", "bucket create weather")):
            continue  # a daemon, and what the demo has done already
        text = ""
        for part in command.split(" | ") if "--data |" in command else [command]:
            words = shlex.split(part)
            assert words.pop(0) == "influxctl"
            code, text, err = run(words, {k: v for k, v in env.items() if k != "INFLUX_HOST"}, text)
            assert (code, err) == (0, ""), command
        if "top(n: 5)" in command or "pivot" in command:
            for line in text.strip().splitlines()[1:]:
                assert line.split(",")[2][:10] in out
            shown += 1
    assert shown == 2


def test_bars_have_eighths() -> None:
    assert list(plot([("a", 8.0), ("b", 4.1), ("c", -1.0), ("d", 0.0)])) == [
        f"a  {'█' * 40}  8.0\n",
        f"b  {('█' * 20 + '▌').ljust(40)}  4.1\n",
        f"c  {' ' * 40}  -1.0\n",
        f"d  {' ' * 40}  0.0\n",
    ]
    assert list(plot([])) == []
