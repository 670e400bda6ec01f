"""`config`: the file of configurations: print, switch, make, change, remove."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import urlsplit

from influxctl.cli.compat.call import DEFAULT_HOST, Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.config.influxfile import Configs, InfluxConfig, activate

RESERVED = frozenset({"-", "list", "update", "set", "delete", "switch", "create"})


@command("config")
def show(call: Call) -> None:
    """Print the active configuration, or make another one active and print that."""
    if len(call.arguments) > 1:
        raise Failed("usage: influx config [config name]")
    if not call.arguments:
        _print(call, call.configs.active() or InfluxConfig("default", DEFAULT_HOST, active=True))
        return
    wanted = call.arguments[0]

    def change(configs: Configs) -> None:
        name = wanted
        if name == "-":
            name = next((config.name for config in configs.values() if config.previous), "")
        if name not in configs:
            raise Failed(f'config "{wanted}" is not found')
        activate(configs, name)

    call.configs.edit(change)
    active = call.configs.active()
    assert active is not None
    _print(call, active)


@command("config ls")
def list_(call: Call) -> None:
    """Print all configurations."""
    _print_all(call, call.configs.read())


@command("config create")
def create(call: Call) -> None:
    """Add a configuration."""
    name = call.flags.text("config-name")
    if name in RESERVED:
        raise Failed(f'failed to create config "{name}": "{name}" is a reserved name')
    made = InfluxConfig(name)
    _fill(call, made)

    def change(configs: Configs) -> None:
        if name in configs:
            raise Failed(f'failed to create config "{name}": config "{name}" already exists')
        configs[name] = made
        if call.flags.switch("active"):
            activate(configs, name)

    call.configs.edit(change)
    _print(call, made)


@command("config set")
def set_(call: Call) -> None:
    """Change a configuration; what is not given stays."""
    name = call.flags.text("config-name")

    def change(configs: Configs) -> None:
        if name not in configs:
            raise Failed(f'failed to update config "{name}": config "{name}" is not found')
        _fill(call, configs[name])
        if call.flags.switch("active"):
            activate(configs, name)

    call.configs.edit(change)
    _print(call, call.configs.read()[name])


@command("config rm")
def remove(call: Call) -> None:
    """Remove configurations and print them; names that are not there are passed over."""
    gone: Configs = {}

    def change(configs: Configs) -> None:
        for name in call.arguments:
            if name in configs:
                gone[name] = configs.pop(name)
        if configs and any(config.active for config in gone.values()):
            activate(configs, next(iter(configs)))  # influx picks any of the others

    call.configs.edit(change)
    _print_all(call, gone, deleted=True)


def _fill(call: Call, config: InfluxConfig) -> None:
    """Puts what the flags say into a configuration."""
    url, token, signin = (call.flags.text(name) for name in ("host-url", "token", "username-password"))
    if token and signin:
        raise Failed("cannot specify `--token` and `--username-password` together, please choose one")
    if url:
        if urlsplit(url).scheme not in ("http", "https"):
            reason = "a scheme of http or https must be provided for host url"
            raise Failed(f'host URL "{url}" is invalid: {reason}')
        config.url = url
    if token:
        config.token, config.cookie = token, ""
    if signin:
        config.token, config.cookie = "", base64.b64encode(signin.encode()).decode()
    if call.flags.text("org"):
        config.org = call.flags.text("org")


def _print(call: Call, config: InfluxConfig) -> None:
    if call.wants_json:
        call.print_json(config.as_dict(), sort=False)
    else:
        _table(call, [config])


def _print_all(call: Call, configs: Configs, *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json({name: configs[name].as_dict() for name in sorted(configs)}, sort=False)
    else:
        _table(call, configs.values(), deleted=deleted)


def _table(call: Call, configs: Iterable[InfluxConfig], *, deleted: bool = False) -> None:
    rows = [("*" if config.active else "", config.name, config.url, config.org) for config in configs]
    if deleted:
        call.table(("Active", "Name", "URL", "Org", "Deleted"), [(*row, True) for row in rows])
    else:
        call.table(("Active", "Name", "URL", "Org"), rows)
