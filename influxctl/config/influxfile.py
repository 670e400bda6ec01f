"""The influx tool's own file of configurations, read and written as that tool does, for the drop-in mode.

    [base]
      url = "http://localhost:8086"
      token = "…"
      org = "acme"
      active = true

At most one is active, at most one is the one that was active before. The file is replaced whole, never seen half written.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from influxctl.config.files import parse_toml, read_text, replaced
from influxctl.core.errors import Invalid

EXAMPLES = (
    ("eu-central", "https://eu-central-1-1.aws.cloud2.influxdata.com"),
    ("us-central", "https://us-central1-1.gcp.cloud2.influxdata.com"),
    ("us-west", "https://us-west-2-1.aws.cloud2.influxdata.com"),
)


@dataclass(slots=True)
class InfluxConfig:
    """One configuration. `cookie` is user and password in base64, in place of a token."""

    name: str
    url: str = ""
    token: str = ""
    org: str = ""
    active: bool = False
    previous: bool = False
    cookie: str = ""

    @property
    def signin(self) -> str:
        """`user:password`, or the user alone."""
        try:
            return base64.b64decode(self.cookie, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return self.cookie

    def as_dict(self) -> dict[str, Any]:
        """Its values as the file and JSON have them: url, token and org always, the others when they say something."""
        found: dict[str, Any] = {"url": self.url, "token": self.token, "org": self.org}
        if self.active:
            found["active"] = True
        if self.previous:
            found["previous"] = True
        if self.cookie:
            found["cookie"] = self.cookie
        return found


Configs = dict[str, InfluxConfig]


class InfluxFile:
    """The file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Configs:
        """All configurations by name, sorted; none if there is no file."""
        text = read_text(self.path)
        found: Configs = {}
        for name, table in sorted(parse_toml(text, self.path).items()) if text is not None else ():
            if not isinstance(table, dict):
                raise Invalid(f"{self.path}: {name!r} must be a table like [{name}]")
            values = {key: table[key] for key in ("url", "token", "org", "cookie") if key in table}
            if not all(isinstance(value, str) for value in values.values()):
                raise Invalid(f"{self.path}: the values of {name!r} must be text in quotes")
            found[name] = InfluxConfig(
                name, **values, active=table.get("active") is True, previous=table.get("previous") is True
            )
        return found

    def active(self) -> InfluxConfig | None:
        """The active configuration; the first if none is marked; None if there is none."""
        configs = self.read()
        marked = [config for config in configs.values() if config.active]
        return next(iter(marked or configs.values()), None)

    def edit(self, change: Callable[[Configs], None]) -> None:
        """Reads the file, lets `change` alter the configurations, and writes it; nobody else writes meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(self.path) as write:
            configs = self.read()
            change(configs)
            write(_document(configs))


def activate(configs: Configs, name: str) -> None:
    """Makes a configuration the active one, and the one that was it the previous; nothing changes if it is active."""
    if configs[name].active:
        return
    for config in configs.values():
        config.previous = config.active
        config.active = config.name == name


def _document(configs: Configs) -> bytes:
    import tomli_w

    tables = []
    for name in sorted(configs):
        head, *values = tomli_w.dumps({name: configs[name].as_dict()}).splitlines()
        tables.append("\n".join([head, *(f"  {line}" for line in values), ""]))
    examples = (f'# \n# [{name}]\n#   url = "{url}"\n#   token = "XXX"\n#   org = ""\n' for name, url in EXAMPLES)
    return "".join(["\n".join(tables), *examples]).encode()
