"""The drop-in mode at a terminal: what it asks, and what it never shows."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.influx_server import fresh_server

PASSWORD = "longenough1"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fresh_server(tmp_path_factory.mktemp("server")) as address:
        yield address


def talk(args: list[str], env: dict[str, str], *lines: tuple[str, str]) -> tuple[int, str]:
    """Runs a command at a terminal; each of `lines` is what to wait for and what to answer. Exit code and all that was shown."""
    process, terminal = pty.fork()
    if process == 0:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("INFLUX")}
        command = [sys.executable, "-m", "influxctl", *args]
        os.execve(sys.executable, command, {**clean, "INFLUXCTL_COMPAT": "influx", "NO_PROXY": "*", **env})
    shown = ""

    def read_until(text: str | None) -> None:
        nonlocal shown
        start, deadline = len(shown), time.monotonic() + 30
        while text is None or text not in shown[start:]:
            assert time.monotonic() < deadline, f"{text!r} never came: {shown!r}"
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                got = os.read(terminal, 4096)
            except OSError:  # so Linux says that the other end is gone
                return
            if not got:
                return
            shown += got.decode()

    for question, reply in lines:
        read_until(question)
        os.write(terminal, reply.encode() + b"\n")
    read_until(None)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.replace("\r\n", "\n")


def test_a_server_is_set_up_and_used_by_answering_questions(host: str, tmp_path: Path) -> None:
    env = {"INFLUX_CONFIGS_PATH": str(tmp_path / "configs"), "INFLUX_HOST": host}
    answers = (
        ("username: ", "dana"),
        ("password: ", PASSWORD),
        ("again: ", PASSWORD),
        ("organization name: ", "acme"),
        ("bucket name: ", "plant"),
        ("infinite: ", "0"),
        ("(y/n): ", "y"),
    )
    code, shown = talk(["setup"], env, *answers)
    assert code == 0 and shown.endswith("User\tOrganization\tBucket\ndana\tacme\t\tplant\n")
    assert PASSWORD not in shown

    code, shown = talk(["user", "password", "-n", "dana"], env, ('"dana": ', "brandnew99"), ("again: ", "other"))
    assert code == 1 and shown.endswith("Error: passwords do not match\n")

    statements = ("show databases", "use plant", "insert m v=1 7", "select v from m", "nonsense", "exit")
    code, shown = talk(["v1", "shell"], env, *(("> ", statement) for statement in statements))
    assert code == 0 and "time v\n---- -\n7    1\n" in shown and "ERR: 400 Bad Request: " in shown

    talk(["config", "create", "-n", "asks", "-u", host, "-p", "dana", "-o", "acme"], env)
    code, shown = talk(["bucket", "list", "-c", "asks", "--hide-headers", "-n", "plant"], env, ("dana: ", PASSWORD))
    assert code == 0 and "\tplant\tinfinite\t" in shown
