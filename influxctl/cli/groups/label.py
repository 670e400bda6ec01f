"""`influxctl label`: labels."""

from __future__ import annotations

from influxctl.cli.factories import LABEL_COLUMNS, NAME, Flag, Group

FLAGS = (
    NAME,
    Flag("properties.color", ("--color",), "Colour, such as ffb3b3.", metavar="RRGGBB"),
    Flag("properties.description", ("--description", "-d"), "Description.", metavar="TEXT"),
)

group = Group("label", "Labels.", id="labelID", kind="label", columns=LABEL_COLUMNS)
group.list("GetLabels", columns=LABEL_COLUMNS)
group.call("get", "GetLabelsID", "Show one label.", columns=LABEL_COLUMNS, field="label")
group.body("create", "PostLabels", FLAGS, org="orgID", positional="name", field="label", help="Create a label.")
group.body("update", "PatchLabelsID", FLAGS, field="label", help="Change a label's name, colour or description.")
group.edit("GetLabelsID", "PatchLabelsID", field="label")
group.delete("DeleteLabelsID")
