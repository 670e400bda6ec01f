"""Telegraf configurations: TOML texts with a name, and the older form that lists plugins."""

from __future__ import annotations

import re
import tomllib

from influxctl.core.errors import Invalid
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

_SECTIONS = {"input": "inputs", "output": "outputs", "processor": "processors", "aggregator": "aggregators"}
_PLUGIN = re.compile(r"[A-Za-z0-9_-]+\Z")
_AGENT = {"collectionInterval": "interval", "roundInterval": "round_interval", "metricBatchSize": "metric_batch_size"}


def _from_plugins(fields: Doc) -> str:
    """The TOML of the older form: `agent.collectionInterval` in milliseconds, and plugins with their settings. The reference puts
    the sample texts of Telegraf's plugins here; ours holds what was asked for and nothing else."""
    import tomli_w

    agent: Doc = {new: fields["agent"][old] for old, new in _AGENT.items() if old in (fields.get("agent") or {})}
    if "interval" in agent:
        milliseconds = int(agent["interval"])
        agent["interval"] = f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"
    parts = [tomli_w.dumps({"agent": agent})] if agent else []
    for plugin in fields["plugins"]:
        section, name = _SECTIONS.get(plugin.get("type", "")), plugin.get("name", "")
        if section is None or not _PLUGIN.match(name):
            raise Invalid("a plugin needs a name and a type: input, output, processor or aggregator")
        settings = {key: value for key, value in (plugin.get("config") or {}).items() if value is not None}
        header = f"[{section}.{name}]\n"
        try:
            text = tomli_w.dumps({section: {name: settings}})
        except TypeError:
            raise Invalid(f"the settings of plugin {name} hold null, which TOML does not know") from None
        parts.append(f"[{header[:-1]}]\n{text.removeprefix(header)}")  # `[[…]]`: several plugins may have one name
    return "\n".join(parts)


def _content(fields: Doc) -> Doc:
    """What a request may set, checked: `config` must be TOML."""
    config = fields.get("config") or (_from_plugins(fields) if fields.get("plugins") else "")
    try:
        tomllib.loads(config)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"the configuration is not TOML: {error}") from None
    given = {"name": fields.get("name"), "description": fields.get("description"), "config": config}
    buckets = (fields.get("metadata") or {}).get("buckets") or []
    return {**{key: value for key, value in given.items() if value}, "metadata": {"buckets": buckets}}


class Telegrafs:
    """The Telegraf configurations of all organizations."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def create_telegraf(self, actor: Actor, fields: Doc) -> Doc:
        """A new configuration."""
        if not fields.get("orgID"):
            raise Invalid("orgID is required")
        actor.check("write", "telegrafs", fields["orgID"])
        return self.resources.create("telegrafs", {"orgID": fields["orgID"], **_content(fields)})

    def find_telegrafs(self, actor: Actor, *, org_id: str | None = None) -> list[Doc]:
        """The configurations that the caller may read."""
        return actor.readable("telegrafs", self.resources.find("telegrafs", org_id=org_id))

    def get_telegraf(self, actor: Actor, id: str) -> Doc:
        """One configuration."""
        doc = self.resources.get("telegrafs", id)
        actor.check_doc("read", "telegrafs", doc)
        return doc

    def replace_telegraf(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Replace all but ID and organization."""
        doc = self.resources.get("telegrafs", id)
        actor.check_doc("write", "telegrafs", doc)
        return self.resources.update("telegrafs", {"id": id, "orgID": doc["orgID"], **_content(fields)})

    def delete_telegraf(self, actor: Actor, id: str) -> None:
        """Remove a configuration."""
        doc = self.resources.get("telegrafs", id)
        actor.check_doc("write", "telegrafs", doc)
        self.resources.delete("telegrafs", id)
