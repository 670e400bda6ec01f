"""Recipes: each has a title, says what it prints, and its script is what a shell would run."""

from __future__ import annotations

from influxctl.cli.cookbook import Recipe, recipes


def test_there_are_twenty_and_they_are_whole() -> None:
    found = recipes()
    assert len(found) >= 20
    for one in found:
        assert one.title and any(line.startswith("$ influxctl ") for line in one.lines), one.name


def test_files_become_here_documents() -> None:
    one = Recipe("x", "X", ("= a.lp", "  m f=1", "## look", "$ influxctl write -f a.lp", "! done", "? 7"))
    assert list(one.session()) == [
        "$ cat > a.lp <<'END'", "m f=1", "END", "# look", "$ influxctl write -f a.lp", "done", "# exit code 7"]  # fmt: skip
    assert list(one.script()) == ["cat > a.lp <<'END'", "m f=1", "END", "influxctl write -f a.lp"]


def test_output_that_looks_like_a_file_is_no_part_of_the_script() -> None:
    one = Recipe("x", "X", ("= a.lp", "  m f=1", "$ cat a.lp", "m f=1", "END"))
    assert list(one.script()) == ["cat > a.lp <<'END'", "m f=1", "END", "cat a.lp"]
