"""Which value counts and where it comes from: flags, environment, profiles, defaults."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from influxctl.config.files import KEYS, Profiles, edit_profiles, read_profiles
from influxctl.config.profiles import DEFAULT_URL, LOCAL_URL, SETTINGS, load
from influxctl.core.errors import Conflict, InfluxctlError, Invalid, NotFound, Unauthorized, UsageError

OURS = """
active = "prod"

[profiles.prod]
url = "https://prod.example.org/"
token = "prod-token"
org = "plant"

[profiles.lab]
url = "http://lab:8086"
timeout = 5
verify_ssl = false
"""
THEIRS = """
[default]
  url = "http://theirs:8086"
  token = "their-token"
  org = "theirs"
  active = true
[signed]
  url = "http://signed:8086"
  cookie = "YWRhOnNlY3JldA=="
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment whose folders are all under tmp_path."""
    (tmp_path / "config").mkdir()
    return {
        "INFLUXCTL_CONFIG_DIR": str(tmp_path / "config"),
        "INFLUXCTL_DATA_DIR": str(tmp_path / "data"),
        "HOME": str(tmp_path),
    }


def ours(env: dict[str, str], text: str = OURS) -> Path:
    path = Path(env["INFLUXCTL_CONFIG_DIR"]) / "profiles.toml"
    path.write_text(text)
    return path


def theirs(env: dict[str, str], text: str = THEIRS) -> Path:
    path = Path(env["HOME"]) / ".influxdbv2" / "configs"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_without_any_profile_the_embedded_server_is_meant(env: dict[str, str]) -> None:
    settings = load(env)
    assert (settings.profile, settings.profile_origin, settings.is_local) == ("local", "default", True)
    assert settings.url == LOCAL_URL
    assert settings.data_dir == Path(env["INFLUXCTL_DATA_DIR"])
    assert settings.token is None and settings.timeout == 30 and settings.verify_ssl


def test_flag_beats_environment_beats_profile_value_by_value(env: dict[str, str]) -> None:
    ours(env)
    settings = load(env | {"INFLUX_HOST": "http://env:1", "INFLUX_TOKEN": "env-token"}, {"host": "http://flag:2/"})
    assert (settings.url, settings.origin("url")) == ("http://flag:2", "--host")
    assert (settings.token, settings.origin("token")) == ("env-token", "INFLUX_TOKEN")
    assert (settings.org, settings.origin("org")) == ("plant", "profile prod")
    assert (settings.timeout, settings.origin("timeout")) == (30, "default")


def test_empty_variable_is_not_set(env: dict[str, str]) -> None:
    ours(env)
    assert load(env | {"INFLUX_TOKEN": ""}).token == "prod-token"


@pytest.mark.parametrize(
    ("variables", "flags", "expected"),
    [
        ({}, {}, "prod"),
        ({"INFLUX_ACTIVE_CONFIG": "lab"}, {}, "lab"),
        ({"INFLUX_ACTIVE_CONFIG": "lab", "INFLUXCTL_PROFILE": "prod"}, {}, "prod"),
        ({"INFLUXCTL_PROFILE": "prod"}, {"profile": "lab"}, "lab"),
        ({}, {"profile": "local"}, "local"),
        ({}, {"profile": "signed"}, "signed"),
    ],
)
def test_choice_of_profile_never_writes(
    env: dict[str, str], variables: dict[str, str], flags: dict[str, object], expected: str
) -> None:
    files = [ours(env), theirs(env)]
    before = [file.read_bytes() for file in files]
    assert load(env | variables, flags).profile == expected
    assert [file.read_bytes() for file in files] == before


def test_unknown_profile_names_the_known_ones(env: dict[str, str]) -> None:
    ours(env)
    with pytest.raises(NotFound) as caught:
        load(env | {"INFLUXCTL_PROFILE": "prdo"})
    assert "INFLUXCTL_PROFILE" in caught.value.message and "lab, local, prod" in (caught.value.hint or "")


def test_influx_tools_active_configuration_is_used_when_we_have_none(env: dict[str, str]) -> None:
    theirs(env)
    settings = load(env)
    assert (settings.profile, settings.url, settings.token) == ("default", "http://theirs:8086", "their-token")


def test_influx_tools_file_can_be_elsewhere(env: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(THEIRS)
    assert load(env | {"INFLUX_CONFIGS_PATH": str(other)}).url == "http://theirs:8086"
    assert load(env, {"configs_path": str(other)}).url == "http://theirs:8086"


def test_sign_in_of_an_influx_configuration_gives_way_to_a_token(env: dict[str, str]) -> None:
    theirs(env)
    assert load(env, {"profile": "signed"}).signin == ("ada", "secret")
    settings = load(env | {"INFLUX_TOKEN": "t"}, {"profile": "signed"})
    assert settings.signin is None and settings.token == "t"


def test_org_id_from_environment_beats_name_in_profile(env: dict[str, str]) -> None:
    ours(env)
    settings = load(env | {"INFLUX_ORG_ID": "0000000000000001"})
    assert (settings.org, settings.org_id) == (None, "0000000000000001")


def test_a_flag_beats_a_variable_of_the_other_kind(env: dict[str, str]) -> None:
    settings = load(env | {"INFLUX_ORG_ID": "0000000000000001"}, {"org": "plant"})
    assert (settings.org, settings.org_id) == ("plant", None)


def test_name_and_id_of_one_kind_contradict(env: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="--org and --org-id"):
        load(env, {"org": "plant", "org_id": "0000000000000001"})
    with pytest.raises(UsageError, match="INFLUX_BUCKET_NAME and INFLUX_BUCKET_ID"):
        load(env | {"INFLUX_BUCKET_ID": "0000000000000001", "INFLUX_BUCKET_NAME": "b"})


def test_local_token_is_not_sent_to_another_server(env: dict[str, str]) -> None:
    ours(env, '[profiles.local]\ntoken = "local-token"\norg = "local-org"\noutput = "json"\n')
    assert load(env).token == "local-token"
    settings = load(env | {"INFLUX_HOST": "http://elsewhere:8086"})
    assert settings.token is None and settings.org is None and settings.output == "json" and not settings.is_local
    assert load(env | {"INFLUX_HOST": "http://elsewhere:8086"}, {"profile": "local"}).token == "local-token"


def test_profile_without_url(env: dict[str, str]) -> None:
    ours(env, '[profiles.plain]\norg = "x"\n[profiles.two]\ndata_dir = "/tmp/two"\n')
    assert load(env, {"profile": "plain"}).url == DEFAULT_URL
    two = load({key: value for key, value in env.items() if key != "INFLUXCTL_DATA_DIR"}, {"profile": "two"})
    assert two.is_local and two.data_dir == Path("/tmp/two")


@pytest.mark.parametrize(
    ("variables", "key", "value"),
    [
        ({"INFLUX_SKIP_VERIFY": "true"}, "verify_ssl", False),
        ({"INFLUX_SKIP_VERIFY": "0"}, "verify_ssl", True),
        ({"INFLUXCTL_VERIFY_SSL": "F"}, "verify_ssl", False),
        ({"INFLUX_OUTPUT_JSON": "1"}, "output", "json"),
        ({"INFLUX_OUTPUT_JSON": "1", "INFLUXCTL_OUTPUT": "yaml"}, "output", "yaml"),
        ({"INFLUXCTL_TIMEOUT": "2.5"}, "timeout", 2.5),
        ({"INFLUX_HIDE_HEADERS": "TRUE"}, "hide_headers", True),
        ({"INFLUX_EXTRA_HTTP_HEADER": "a:b"}, "extra_http_header", ("a:b",)),
    ],
)
def test_typed_variables(env: dict[str, str], variables: dict[str, str], key: str, value: object) -> None:
    assert load(env | variables).get(key) == value


@pytest.mark.parametrize(
    "variables", [{"INFLUX_SKIP_VERIFY": "maybe"}, {"INFLUXCTL_TIMEOUT": "soon"}, {"INFLUX_HIDE_HEADERS": "2"}]
)
def test_wrong_variable_is_a_usage_error_naming_it(env: dict[str, str], variables: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=next(iter(variables))):
        load(env | variables)


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf"])
def test_impossible_timeouts(env: dict[str, str], seconds: str) -> None:
    with pytest.raises(UsageError, match="INFLUXCTL_TIMEOUT"):
        _ = load(env | {"INFLUXCTL_TIMEOUT": seconds}).timeout


def test_linked_file_stays_a_link(env: dict[str, str], tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    path = Path(env["INFLUXCTL_CONFIG_DIR"]) / "profiles.toml"
    path.symlink_to(real)
    edit_profiles(path, lambda p: p.add("a", {"url": "http://a"}))
    assert path.is_symlink() and read_profiles(real).active == "a"


def test_skip_verify_flag(env: dict[str, str]) -> None:
    assert load(env, {"skip_verify": True}).verify_ssl is False
    assert load(env, {"skip_verify": False}).verify_ssl is True


@pytest.mark.parametrize(
    "url", ["localhost:8086", "ftp://x", "http://", "  ", "http://:80", "http://h:x", "http://[::1", "http://h:0"]
)
def test_url_must_be_http(env: dict[str, str], url: str) -> None:
    with pytest.raises(UsageError, match="--host"):
        _ = load(env, {"host": url}).url


def test_token_command_runs_once_and_only_when_needed(env: dict[str, str], tmp_path: Path) -> None:
    count = tmp_path / "count"
    script = tmp_path / "token.py"
    script.write_text(f"open({str(count)!r}, 'a').write('x')\nprint('from-command')\nprint('second line')\n")
    ours(env, f"""[profiles.p]\ntoken_command = "{sys.executable} {script}"\n""")
    settings = load(env, {"profile": "p"})
    assert not count.exists()
    assert (settings.token, settings.token) == ("from-command", "from-command")
    assert count.read_text() == "x"
    assert load(env | {"INFLUX_TOKEN": "t"}, {"profile": "p"}).token == "t"
    assert count.read_text() == "x"


@pytest.mark.parametrize(
    ("code", "error"), [("import sys; sys.exit(3)", Unauthorized), ("pass", Unauthorized), ("", InfluxctlError)]
)
def test_token_command_that_fails(env: dict[str, str], code: str, error: type[InfluxctlError]) -> None:
    command = f"{sys.executable} -c '{code}'" if code else "/no/such/program"
    with pytest.raises(error, match="token_command"):
        _ = load(env | {"INFLUXCTL_TOKEN_COMMAND": command}).token


def test_token_and_token_command_in_one_profile(env: dict[str, str]) -> None:
    ours(env, '[profiles.p]\ntoken = "a"\ntoken_command = "b"\n')
    with pytest.raises(UsageError, match="both"):
        load(env, {"profile": "p"})


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("active = \n", 1, "TOML"),
        ('active = "a"\n[profiles.a]\nurl = "x\n', 3, "TOML"),
        ("[profiles.a]\nurl = 1\n", 2, "'url'"),
        ('[profiles.a]\nurl = "x"\n\n[profiles.b]\n  tokn = "x"\n', 5, "'tokn'"),
        ("[profiles.a]\ntimeout = true\n", 2, "'timeout'"),
        ('[profiles.a]\nverify_ssl = "yes"\n', 2, "true or false"),
        ("[profiles]\na = 3\n", 2, "'a'"),
        ("active = 1\n", 1, "'active'"),
        ("[other]\n", 1, "'other'"),
        ("profiles = 3\n", 1, "tables"),
    ],
)
def test_wrong_file_is_named_with_the_line(env: dict[str, str], text: str, line: int, message: str) -> None:
    path = ours(env, text)
    with pytest.raises(Invalid) as caught:
        load(env)
    assert caught.value.message.startswith(f"{path}, line {line}: ") and message in caught.value.message


def test_wrong_influx_file_and_wrong_encoding(env: dict[str, str]) -> None:
    path = theirs(env, "[default]\nurl = \n")
    with pytest.raises(Invalid, match=f"{path}, line 2"):
        load(env)
    ours(env).write_bytes(b'active = "a"\n# \xff\n')
    with pytest.raises(Invalid, match="line 2: the file is not UTF-8"):
        load(env)


def test_edit_writes_whole_private_files(env: dict[str, str]) -> None:
    path = Path(env["INFLUXCTL_CONFIG_DIR"]) / "deep" / "profiles.toml"

    def change(profiles: Profiles) -> None:
        profiles.add("a", {"url": "http://a"})
        profiles.add("b", {"url": "http://b", "token": 'q"uo\\te', "timeout": 2})

    edit_profiles(path, change)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = read_profiles(path)
    assert again.active == "a" and again.profiles["b"] == {"url": "http://b", "token": 'q"uo\\te', "timeout": 2}
    edit_profiles(path, lambda p: p.update("b", {"timeout": None, "org": "o"}))
    edit_profiles(path, lambda p: p.activate("b"))
    assert read_profiles(path).active == "b"
    assert read_profiles(path).profiles["b"] == {"url": "http://b", "token": 'q"uo\\te', "org": "o"}
    edit_profiles(path, lambda p: p.remove("b") and None)
    assert read_profiles(path).active is None
    assert [file.name for file in path.parent.iterdir() if not file.name.endswith(".lock")] == ["profiles.toml"]


def test_edit_that_fails_leaves_the_file_as_it_was(env: dict[str, str]) -> None:
    path = ours(env)
    before = path.read_bytes()
    with pytest.raises(Conflict):
        edit_profiles(path, lambda p: p.add("prod", {}))
    with pytest.raises(NotFound):
        edit_profiles(path, lambda p: p.activate("nope"))
    with pytest.raises(UsageError):
        edit_profiles(path, lambda p: p.add("-", {}))
    assert path.read_bytes() == before


def test_local_profile_can_be_updated_before_it_exists(env: dict[str, str]) -> None:
    path = Path(env["INFLUXCTL_CONFIG_DIR"]) / "profiles.toml"
    edit_profiles(path, lambda p: p.update("local", {"token": "t"}))
    assert load(env).token == "t"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder_is_one_clear_error(env: dict[str, str]) -> None:
    folder = Path(env["INFLUXCTL_CONFIG_DIR"])
    folder.chmod(0o500)
    with pytest.raises(InfluxctlError, match="cannot write"):
        edit_profiles(folder / "profiles.toml", lambda p: None)


def test_every_key_and_variable_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()
    names = [f"| `{key}` |" for key in KEYS] + [f"`{name}`" for setting in SETTINGS for name in setting.env]
    assert [name for name in names if name not in text] == []
