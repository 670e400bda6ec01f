"""Settings of a call: where host, token and organization come from, and how the server is reached."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from influxctl.cli.compat import table
from influxctl.cli.compat.call import Call, Failed, Streams
from influxctl.cli.compat.flags import parse

CONFIGS = """\
[base]
  url = "https://base.test:1/"
  token = "base-token"
  org = "base-org"
  active = true
[other]
  url = "http://other.test"
  token = "other-token"
  org = ""
"""


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    path = tmp_path / "configs"
    path.write_text(CONFIGS)
    return path


def call(configs: Path, *args: str, **env: str) -> Call:
    node = table.tree(table.GROUPS[2]).child("list")
    assert node is not None and node.command is not None
    env = {"INFLUX_CONFIGS_PATH": str(configs), **env}
    values = parse(node.command.all_flags, args, env)
    return Call(node.command, values, Streams(io.BytesIO(), io.StringIO(), io.BytesIO(), env))


def test_each_value_comes_from_a_flag_its_variable_the_configuration_or_a_default(configs: Path) -> None:
    made = call(configs)
    assert (made.host, made.token, made.org()) == ("https://base.test:1", "base-token", {"org": "base-org"})
    made = call(configs, INFLUX_HOST="http://env.test/path", INFLUX_ORG_ID="1" * 16)
    assert (made.host, made.token, made.org()) == ("http://env.test", "base-token", {"orgID": "1" * 16})
    made = call(configs, "--host", "http://flag.test", "-o", "flag-org", INFLUX_HOST="http://env.test", INFLUX_ORG="x")
    assert (made.host, made.org()) == ("http://flag.test", {"org": "flag-org"})
    made = call(configs, "-c", "other", "-t", "flag-token")
    assert (made.host, made.token, made.org(required=False)) == ("http://other.test", "flag-token", {})
    made = call(configs.with_name("absent"))
    assert (made.host, made.token) == ("http://localhost:8086", "")
    with pytest.raises(Failed, match="must specify org ID or org name"):
        made.org()
    with pytest.raises(Failed, match='config "nowhere" is not found'):
        _ = call(configs, "-c", "nowhere").host


@pytest.mark.parametrize(
    ("host", "direct"),
    [
        ("http://localhost:1", True),
        ("http://127.0.0.9", True),
        ("http://[::1]:1", True),
        ("http://127.example.test", False),
    ],
)
def test_no_proxy_stands_before_a_server_on_this_machine(configs: Path, host: str, direct: bool) -> None:
    made = call(configs, "--host", host)
    assert made.client.session.trust_env is not direct
    made.close()


def test_certificates_of_the_system_are_trusted(configs: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "authorities.pem"
    bundle.write_text("")
    made = call(configs, SSL_CERT_FILE=str(bundle))
    assert made.client.session.verify == str(bundle)
    made = call(configs, "--skip-verify", SSL_CERT_FILE=str(bundle))
    assert made.client.session.verify is False
    made = call(configs, SSL_CERT_FILE=str(bundle), REQUESTS_CA_BUNDLE="mine.pem")
    assert made.client.session.verify is True  # then the client takes that bundle


def test_headers_of_the_hidden_flags_are_sent(configs: Path) -> None:
    made = call(
        configs, "--extra-http-header", "X-One:1", "--extra-http-header", "X-Two: 2", INFLUX_TRACE_DEBUG_ID="t:1"
    )
    assert made.client.headers == {"Zap-Trace-Span": "t:1", "X-One": "1", "X-Two": "2"}
