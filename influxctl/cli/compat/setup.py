"""`setup`: the first user, organization and bucket of a server, and a configuration with the token it gives."""

from __future__ import annotations

from influxctl.cli.compat import durations
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.user import new_password
from influxctl.config.influxfile import Configs, InfluxConfig, activate


@command("setup")
def setup(call: Call) -> None:
    """Set the server up. With `--force` nothing is asked and the server judges what is given."""
    if not call.json("failed to check if already set up", "GetSetup")["allowed"]:
        raise Failed("instance has already been set up")
    name = _config_name(call)
    body = _body(call) if call.flags.switch("force") else _asked(call)
    made = call.json("failed to setup instance", "PostSetup", json=body)
    token, org = made["auth"]["token"], made["org"]["name"]

    def change(configs: Configs) -> None:
        configs[name] = InfluxConfig(name, call.host, token, org)
        activate(configs, name)

    call.configs.edit(change)
    user, bucket = made["user"]["name"], made["bucket"]["name"]
    if call.wants_json:
        call.print_json({"user": user, "organization": org, "bucket": bucket})
    else:
        call.table(("User", "Organization", "Bucket"), [(user, org, bucket)])


def _config_name(call: Call) -> str:
    """The name of the configuration to make; one must be given when there are others."""
    name, configs = call.flags.text("name"), call.configs.read()
    if name in configs:
        raise Failed(f'config name "{name}" already exists')
    if not name and configs:
        raise Failed("flag name is required if you already have existing configs")
    return name or "default"


def _body(call: Call) -> dict[str, object]:
    body: dict[str, object] = {key: call.flags.text(key) for key in ("username", "password", "org", "bucket")}
    if call.flags.text("token"):
        body["token"] = call.flags.text("token")
    seconds = _seconds(call.flags.text("retention"))
    if seconds:
        body["retentionPeriodSeconds"] = seconds
    return {key: value for key, value in body.items() if value != ""}


def _asked(call: Call) -> dict[str, object]:
    """The same, with questions for what is missing and a last one before it is sent."""
    body: dict[str, object] = {}
    given = _body(call)
    for key, question in (("username", "Please type your primary username"), ("password", "Please type your password"),
                          ("org", "Please type your primary organization name"),
                          ("bucket", "Please type your primary bucket name")):  # fmt: skip
        ask = new_password if key == "password" else Call.ask
        body[key] = given.get(key) or ask(call, question)
    if call.flags.text("retention"):
        body["retentionPeriodSeconds"] = given.get("retentionPeriodSeconds", 0)
    else:
        hours = call.ask("Please type your retention period in hours, or 0 for infinite")
        body["retentionPeriodSeconds"] = _seconds(f"{hours or 0}h")
    body |= {key: value for key, value in given.items() if key == "token"}
    retention = body["retentionPeriodSeconds"] or "infinite"
    answer = call.ask(
        f"Setup with these parameters? {body['username']}, {body['org']}, {body['bucket']}, {retention} (y/n)"
    )
    if answer.lower() not in ("y", "yes"):
        raise Failed("setup was canceled")
    return body


def _seconds(text: str) -> int:
    try:
        return durations.parse(text) // durations.UNITS["s"]
    except ValueError as error:
        raise Failed(f'failed to parse "{text}": {error}') from None
