"""`version`, `ping` and `server-config`: what this program is, whether the server lives, and what it was started with."""

from __future__ import annotations

import influxctl
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command

COMPATIBLE = "2.8.0"  # whose behaviour this is


@command("version")
def version(call: Call) -> None:
    """Print the version whose behaviour this is, and our own where influx has its commit."""
    call.print(f"Influx CLI {COMPATIBLE} (git: influxctl-{influxctl.__version__}) build_date: -\n")


@command("ping")
def ping(call: Call) -> None:
    """Ask the server whether it is healthy."""
    health = call.json("", "GetHealth")
    if health.get("status") != "pass":
        raise Failed(f"health check failed: {health.get('message', '')}")
    call.print("OK\n")


@command("server-config")
def server_config(call: Call) -> None:
    """Print the server's settings as JSON, TOML or YAML."""
    if call.flags.switch("toml") and call.flags.switch("yaml"):
        raise Failed("only one of --yaml or --toml allowed")
    config = call.json("failed to retrieve config", "GetConfig")["config"]
    if call.flags.switch("toml"):
        import tomli_w

        call.print(tomli_w.dumps({key: config[key] for key in sorted(config) if config[key] is not None}))
    elif call.flags.switch("yaml"):
        import yaml

        call.print(yaml.safe_dump(config, sort_keys=True))
    else:
        call.print_json(config)
