"""Every command that calls the server, against a real one: without permission, for what is not there, and with bad input.

One line on standard error, nothing on standard output, and the exit code of docs/exit-codes.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from calls import folders
from calls import run as call
from fake import ID, OTHER
from lines import LINES, OSS

from influxctl.testing.server import LocalServer, local_server

ALL = {**LINES, **OSS}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as running:
        yield running


def run(server: LocalServer, line: str, folder: Path, token: str = "", *more: str) -> tuple[int, str, str]:
    words, _, stdin = line.partition("|")
    server_env = {"INFLUX_HOST": server.url, "INFLUX_TOKEN": token or server.token, "INFLUX_ORG": server.org}
    return call(folders(folder) | server_env, *words.split(), *more, stdin=stdin)


# Commands that need no permission.
OPEN = {"GetPing", "HeadPing", "GetHealth", "GetReady", "GetMetrics", "GetSetup", "PostSetup"}
# Where InfluxDB 2.9.1 does not answer 404: permissions may name any ID, and it tells nobody which users there are.
OTHERWISE = {"PostAuthorizations": 0, "PostLegacyAuthorizations": 0, "PostUsersIDPassword": 4}


@pytest.mark.parametrize("operation", [name for name in ALL if name not in OPEN])
def test_a_wrong_token_is_exit_4(operation: str, server: LocalServer, tmp_path: Path) -> None:
    code, out, err = run(server, ALL[operation], tmp_path, "wrong")
    assert (code, out, err.count("\n")) == (4, "", 1), err
    assert err.startswith("Error: ")


MISSING = [name for name, line in ALL.items() if ID in line or OTHER in line]


@pytest.mark.parametrize("operation", MISSING)
def test_what_is_not_there_is_exit_3(operation: str, server: LocalServer, tmp_path: Path) -> None:
    code, out, err = run(server, ALL[operation], tmp_path)
    if operation in OTHERWISE:
        assert code == OTHERWISE[operation]
        return
    assert (code, out, err.count("\n")) == (3, "", 1), err
    assert err.startswith("Error: ")


@pytest.mark.parametrize("operation", ALL)
def test_an_unknown_option_is_exit_2(operation: str, server: LocalServer, tmp_path: Path) -> None:
    code, out, err = run(server, ALL[operation], tmp_path, "", "--no-such-option")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "No such option" in err and "--help" in err
