"""Where templates come from beside the request itself: YAML text, and addresses of http and https."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import InfluxctlError, Invalid, Unprocessable

_SECONDS = 10.0


def yaml_documents(data: bytes) -> list[Any]:
    """The documents of a YAML text (JSON is YAML too); `Invalid` if it is none."""
    import yaml

    try:
        return list(yaml.safe_load_all(data)) or [None]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid(f"the template is not YAML: {error}") from None


def fetched(url: str) -> list[Any]:
    """The objects behind an address."""
    from influxctl.local.query.network import Network

    try:
        found = Network().send("GET", url, {}, b"", _SECONDS)
        if found.status != 200:
            raise Invalid(f"the server answered {found.status}")
        documents = yaml_documents(found.body)
    except InfluxctlError as error:
        raise Unprocessable(f"template from url[{url}] had an issue: {error.message}") from None
    flat: list[Any] = []
    for one in documents:
        flat += one if isinstance(one, list) else one.get("contents", [one]) if isinstance(one, dict) else [one]
    return flat
