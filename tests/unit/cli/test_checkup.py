"""Checks of `influxctl doctor` that need a server of a kind that the embedded one is not."""

from __future__ import annotations

import io
from email.utils import formatdate

import pytest
import responses

from influxctl.cli.app import main
from influxctl.cli.checkup import ERROR, OK, WARNING, certificate, clock
from influxctl.cli.context import Context

URL = "http://influx.example:8086"


@pytest.mark.parametrize(("skew", "level"), [(0, OK), (-1, OK), (30, WARNING), (-30, WARNING), (3600, ERROR)])
def test_clock(skew: int, level: str) -> None:
    now = 1_600_000_000.0
    [found] = clock(formatdate(now - skew, usegmt=True), now)
    assert found.level == level
    assert (f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'}" in found.message) is (level != OK)


def test_a_server_without_a_date_has_no_clock() -> None:
    assert list(clock("", 0.0)) == []


def test_plain_http_has_no_certificate() -> None:
    assert list(certificate(URL)) == []


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    env = {"INFLUX_HOST": URL, "INFLUX_TOKEN": "secret-token", "INFLUX_ORG": "o"}
    ctx = Context(stdin=io.StringIO(), stdout=out, stderr=err, env=env)
    return main([*words], ctx), out.getvalue(), err.getvalue()


@responses.activate
def test_a_server_that_is_not_set_up_is_all_there_is_to_say() -> None:
    responses.get(f"{URL}/ping", status=204, headers={"X-Influxdb-Version": "v2.7.1"})
    responses.get(f"{URL}/api/v2/setup", json={"allowed": True})
    code, out, err = run("doctor")
    assert (code, out) == (8, (
        "warn  profile: the token goes over the network unencrypted (http)\n      mend: use https://, or a tunnel\n"
        "FAIL  setup: the server has not been set up\n      mend: influxctl setup\n"))  # fmt: skip
    assert "2 findings." in err and "secret-token" not in out + err


@responses.activate
def test_permissions_that_are_missing_are_named_by_command_group() -> None:
    responses.get(f"{URL}/ping", status=204, headers={"X-Influxdb-Version": "v2.7.1"})
    responses.get(f"{URL}/api/v2/setup", json={"allowed": False})
    responses.get(f"{URL}/api/v2/me", json={"name": "ann", "status": "active"})
    some = [
        {"action": action, "resource": {"type": kind}} for action, kind in (("read", "buckets"), ("write", "buckets"))
    ]
    responses.get(f"{URL}/api/v2/authorizations", json={"authorizations": [{"id": "1", "permissions": some}]})
    responses.get(f"{URL}/api/v2/orgs", json={"orgs": [{"id": "0000000000000001", "name": "o"}]})
    responses.get(f"{URL}/health", json={"status": "pass", "message": "ready"})
    for path in (
        "buckets",
        "tasks",
        "checks",
        "notificationRules",
        "notificationEndpoints",
        "dbrps",
        "orgs/0000000000000001/secrets",
    ):
        responses.get(f"{URL}/api/v2/{path}", json={})
    code, out, _ = run("doctor", "--json", "--select", "[?check=='token'].message")
    assert code == 8
    assert "it may not read: authorization, org, task" in out and "('authorization create' will fail)" in out
