"""`influxctl telegraf-plugin`: plugins that Telegraf configurations can use."""

from __future__ import annotations

from influxctl.cli.factories import Group
from influxctl.output.columns import Column

COLUMNS = (Column("Type", "type"), Column("Name", "name"), Column("Description", "description"))

group = Group("telegraf-plugin", "Plugins that Telegraf configurations can use.", columns=COLUMNS)
group.list("GetTelegrafPlugins")
