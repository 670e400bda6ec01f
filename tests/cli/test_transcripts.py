"""Runs the transcripts of this folder, each on a fresh embedded server in this process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import transcripts
from calls import folders

FILES = sorted(Path(__file__).parent.glob("*.txt"))
RECIPES = sorted((Path(__file__).parents[2] / "influxctl" / "cli" / "recipes").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_server: object) -> None:
    perform_all(path, tmp_path, monkeypatch, folders(tmp_path))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_recipe(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Recipes run as a reader types them: nothing but a home of their own."""
    for name in list(os.environ):
        if name.startswith(("XDG_", "INFLUX")) and name != "INFLUXCTL_UPDATE_TRANSCRIPTS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    if "influxctl local restore" not in path.read_text(encoding="utf-8"):  # which needs the data folder to itself
        request.getfixturevalue("one_server")
    perform_all(path, tmp_path, monkeypatch, {"HOME": str(tmp_path)})


def perform_all(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    """Run the steps of a transcript one after the other and compare what they give."""
    steps, files = transcripts.read(path)
    work = tmp_path / "work"
    work.mkdir()
    for name, text in files.items():
        (work / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(work)
    results = []
    kept: dict[str, str] = {}
    for step in steps:
        result = transcripts.perform(step, env, kept)
        results.append(result)
        if os.environ.get("INFLUXCTL_UPDATE_TRANSCRIPTS"):
            continue
        where = f"{path.name}:{step.line}: $ {step.command}"
        assert (result.code, result.err) == (step.code, result.err), f"{where}\n{result.err}"
        assert transcripts.matches(step.out, result.out, str(tmp_path)), f"{where}\n" + "\n".join(result.out)
        assert transcripts.matches(step.err, result.err, str(tmp_path)), f"{where}\n" + "\n".join(result.err)
    if os.environ.get("INFLUXCTL_UPDATE_TRANSCRIPTS"):
        path.write_text(transcripts.render(steps, results, str(tmp_path)), encoding="utf-8")
