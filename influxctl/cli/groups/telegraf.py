"""`influxctl telegraf`: Telegraf configurations."""

from __future__ import annotations

from typing import Any

from influxctl.cli.bodies import parse_body, read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import DESCRIPTION, NAME, Flag, Group
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Description", "description"),
    Column("Buckets", "metadata.buckets"),
)
CONFIG = Flag("_config", ("--config",), "File that holds the TOML configuration; - is standard input.", metavar="FILE")


def _read(ctx: Context, file: str | None) -> dict[str, Any]:
    """The body in a file: JSON or YAML as it is, or TOML as the configuration itself (the influx tool's `-f`)."""
    if file is None:
        return {}
    import tomllib

    text = read_text(ctx, file)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return parse_body(text, file)
    return {"config": text}


def _merged(ctx: Context, body: dict[str, Any]) -> None:
    """`--config FILE` becomes the property `config`."""
    file = body.pop("_config", None)
    if file is not None:
        body["config"] = read_text(ctx, str(file))
    body.setdefault("metadata", {"buckets": []})


group = Group("telegraf", "Telegraf configurations.", id="telegrafID", kind="telegraf", columns=COLUMNS)
group.bare = {"telegrafs": ("list", "list")}  # as in the influx tool
group.list("GetTelegrafs")
group.get("GetTelegrafsID")
group.body(
    "create",
    "PostTelegrafs",
    (NAME, DESCRIPTION, CONFIG),
    org="orgID",
    finish=_merged,
    read=_read,
    help="Create a Telegraf configuration.",
)
group.body("update", "PutTelegrafsID", (NAME, DESCRIPTION, CONFIG), org="orgID", finish=_merged, read=_read, current="GetTelegrafsID",
           help="Change a Telegraf configuration; what is not given stays.")  # fmt: skip
group.edit("GetTelegrafsID", "PutTelegrafsID")
group.delete("DeleteTelegrafsID")
group.labels("TelegrafsID")
group.members("TelegrafsID")
group.owners("TelegrafsID")
