"""Tokens in the system's keyring, and tokens that are asked for."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from fake import ID, Terminal, run
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

URL = "http://server.test"


class Memory(KeyringBackend):
    """A keyring for one test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("the keyring is locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[Memory]:
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"INFLUXCTL_CONFIG_DIR": str(tmp_path), "INFLUX_TOKEN": "", "INFLUX_HOST": ""}


def sent(env: dict[str, str], *words: str) -> str:
    ran = run(*words, "org", "get", ID, env=env)
    assert ran.code == 0, ran.err
    return str(ran.requests[-1].headers["Authorization"])


def test_a_token_goes_to_the_keyring_and_comes_from_there(ring: Memory, env: dict[str, str], tmp_path: Path) -> None:
    ran = run("config", "create", "prod", "--url", URL, "--token-stdin", "--keyring", stdin="tok-1\n", env=env)
    assert ran.code == 0
    assert ring.kept == {("influxctl", "prod"): "tok-1"}
    text = (tmp_path / "profiles.toml").read_text()
    assert "tok-1" not in text and "keyring = true" in text
    assert sent(env) == "Token tok-1"
    assert sent(env | {"INFLUX_TOKEN": "other"}) == "Token other"
    assert "tok-1" not in run("config", "show", "--origin", env=env).out
    assert run("config", "rm", "prod", env=env).code == 0
    assert ring.kept == {}


def test_a_token_moves_from_the_file_to_the_keyring(ring: Memory, env: dict[str, str], tmp_path: Path) -> None:
    run("config", "create", "prod", "--url", URL, "--token", "tok-2", env=env)
    assert run("config", "set", "prod", "--keyring", env=env).code == 0
    assert ring.kept == {("influxctl", "prod"): "tok-2"}
    assert "tok-2" not in (tmp_path / "profiles.toml").read_text()


def test_what_goes_wrong_is_said(ring: Memory, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("config", "create", "prod", "--url", URL, "--keyring", env=env)
    assert (ran.code, ring.kept) == (2, {})
    run("config", "create", "prod", "--url", URL, "--token", "t", "--keyring", env=env)
    ring.kept.clear()
    ran = run("org", "get", ID, env=env)
    assert ran.code == 4 and "the keyring has no token for profile 'prod'" in ran.err
    ring.locked = True
    ran = run("org", "get", ID, env=env)
    assert ran.code == 1 and "the keyring is locked" in ran.err
    monkeypatch.setitem(sys.modules, "keyring", None)
    ran = run("org", "get", ID, env=env)
    assert ran.code == 2 and "influxctl[keyring]" in ran.err


def test_a_token_is_asked_for_on_a_terminal(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed: list[Any] = ["tok-3", ""]
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: typed.pop(0))
    ran = run("config", "create", "a", "--url", URL, stdin=Terminal(), err=Terminal(), env=env)
    assert ran.code == 0 and sent(env, "-c", "a") == "Token tok-3"
    run("config", "create", "b", "--url", URL, stdin=Terminal(), err=Terminal(), env=env)
    assert typed == [] and (tmp_path / "profiles.toml").read_text().count("token") == 1
    assert run("config", "create", "c", "--url", URL, stdin=io.StringIO(), env=env).code == 0
