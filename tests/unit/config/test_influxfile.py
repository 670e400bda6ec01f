"""The influx tool's file of configurations: what is written, and that what others wrote is read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from influxctl.config.influxfile import Configs, InfluxConfig, InfluxFile, activate
from influxctl.core.errors import Invalid

EXAMPLES = """\
# 
# [eu-central]
#   url = "https://eu-central-1-1.aws.cloud2.influxdata.com"
#   token = "XXX"
#   org = ""
# 
# [us-central]
#   url = "https://us-central1-1.gcp.cloud2.influxdata.com"
#   token = "XXX"
#   org = ""
# 
# [us-west]
#   url = "https://us-west-2-1.aws.cloud2.influxdata.com"
#   token = "XXX"
#   org = ""
"""  # noqa: W291


def test_the_file_is_written_as_influx_writes_it(tmp_path: Path) -> None:
    file = InfluxFile(tmp_path / "configs")

    def change(configs: Configs) -> None:
        configs["two"] = InfluxConfig("two", "http://two", cookie="dXNlcjpwYXNz")
        configs["one"] = InfluxConfig("one", "http://one", 'a"b', "acme")
        activate(configs, "two")
        activate(configs, "one")

    file.edit(change)
    assert file.path.read_text() == (
        '[one]\n  url = "http://one"\n  token = "a\\"b"\n  org = "acme"\n  active = true\n\n'
        '[two]\n  url = "http://two"\n  token = ""\n  org = ""\n  previous = true\n  cookie = "dXNlcjpwYXNz"\n'
        + EXAMPLES
    )
    read = file.read()
    assert read["two"].signin == "user:pass" and read["two"].previous
    assert file.active() == read["one"]


def test_without_a_mark_the_first_configuration_is_used(tmp_path: Path) -> None:
    file = InfluxFile(tmp_path / "configs")
    assert file.active() is None
    file.path.write_text('[b]\nurl = "http://b"\n# a remark\n[a]\nurl = "http://a"\nunknown = 1\n')
    assert file.active() == InfluxConfig("a", "http://a")


@pytest.mark.parametrize("text", ["[bad", 'name = "x"\n', "[a]\nurl = 5\n"])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    file = InfluxFile(tmp_path / "configs")
    file.path.write_text(text)
    with pytest.raises(Invalid, match="configs"):
        file.read()


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    file = InfluxFile(tmp_path / "configs")

    def add(number: int) -> None:
        name = f"c{number}"
        file.edit(lambda configs: configs.update({name: InfluxConfig(name, "http://x")}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert len(file.read()) == 40
