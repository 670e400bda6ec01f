"""Where files live on each platform: our configuration, the data of the local server, the influx tool's configurations.

Every function takes the environment as a mapping, so that tests need not change the real one. platformdirs is imported only
when no variable decides: the import costs as much as the rest of a short command.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

APP = "influxctl"


def config_dir(env: Mapping[str, str]) -> Path:
    """Our configuration folder: `$INFLUXCTL_CONFIG_DIR`, else the platform's.

    Another vendor's tool of the same name may keep a `config.toml` in the platform's folder; we never touch that file.
    """
    if env.get("INFLUXCTL_CONFIG_DIR"):
        return Path(env["INFLUXCTL_CONFIG_DIR"]).expanduser()
    from platformdirs import user_config_path

    return user_config_path(APP)


def data_dir(env: Mapping[str, str]) -> Path:
    """The data folder of the local server: `$INFLUXCTL_DATA_DIR`, else the platform's."""
    if env.get("INFLUXCTL_DATA_DIR"):
        return Path(env["INFLUXCTL_DATA_DIR"]).expanduser()
    from platformdirs import user_data_path

    return user_data_path(APP)


def state_dir(env: Mapping[str, str]) -> Path:
    """What commands remember between calls (how far they came, queues): `$INFLUXCTL_STATE_DIR`, else the platform's."""
    if env.get("INFLUXCTL_STATE_DIR"):
        return Path(env["INFLUXCTL_STATE_DIR"]).expanduser()
    from platformdirs import user_state_path

    return user_state_path(APP)


def profiles_file(env: Mapping[str, str]) -> Path:
    """Our profiles."""
    return config_dir(env) / "profiles.toml"


def influx_configs(env: Mapping[str, str], given: str | None = None) -> Path:
    """The configurations of the influx tool: `given` (a flag), `$INFLUX_CONFIGS_PATH`, else `~/.influxdbv2/configs`."""
    chosen = given or env.get("INFLUX_CONFIGS_PATH")
    if chosen:
        return Path(chosen).expanduser()
    home = env.get("HOME")
    return (Path(home) if home else Path.home()) / ".influxdbv2" / "configs"
