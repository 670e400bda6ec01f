"""`influxctl variable`: variables of dashboards."""

from __future__ import annotations

from typing import Any

from influxctl.cli.context import Context
from influxctl.cli.factories import DESCRIPTION, NAME, Flag, Group
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Type", "arguments.type"),
    Column("Values", "arguments.values"),
    Column("Selected", "selected"),
)
SELECTED = Flag("selected", ("--selected",), "Value that is chosen at first.", multiple=True, metavar="VALUE")
CONSTANT = Flag("_values", ("--value",), "One of the constant values.", multiple=True, metavar="VALUE")
QUERY = Flag("_query", ("--query",), "Flux script whose result gives the values.", metavar="FLUX")
FLAGS = (NAME, DESCRIPTION, CONSTANT, QUERY, SELECTED)


def _arguments(ctx: Context, body: dict[str, Any]) -> None:
    """`--value` and `--query` become the property `arguments`."""
    values, query = body.pop("_values", None), body.pop("_query", None)
    if values is not None:
        body["arguments"] = {"type": "constant", "values": values}
    elif query is not None:
        body["arguments"] = {"type": "query", "values": {"query": query, "language": "flux"}}


group = Group("variable", "Variables of dashboards.", id="variableID", kind="variable", columns=COLUMNS)
group.list("GetVariables")
group.get("GetVariablesID")
group.body(
    "create", "PostVariables", FLAGS, org="orgID", positional="name", finish=_arguments, help="Create a variable."
)
group.body("replace", "PutVariablesID", FLAGS, org="orgID", finish=_arguments, help="Replace a variable.")
group.body("update", "PatchVariablesID", FLAGS, finish=_arguments, partial=True, help="Change a variable.")
group.edit("GetVariablesID", "PatchVariablesID")
group.delete("DeleteVariablesID")
group.labels("VariablesID")
