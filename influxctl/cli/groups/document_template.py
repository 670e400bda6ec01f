"""`influxctl document-template`: stored template documents (an older form of templates)."""

from __future__ import annotations

from influxctl.cli.factories import Flag, Group
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "meta.name"),
    Column("Type", "meta.type"),
    Column("Description", "meta.description"),
)
FLAGS = (
    Flag("meta.name", ("--name", "-n"), "Name.", metavar="NAME"),
    Flag("meta.version", ("--document-version",), "Version.", metavar="TEXT"),
    Flag("meta.description", ("--description", "-d"), "Description.", metavar="TEXT"),
)

group = Group(
    "document-template", "Stored template documents.", id="templateID", kind="document-template", columns=COLUMNS
)
group.list("GetDocumentsTemplates")
group.get("GetDocumentsTemplatesID")
group.body(
    "create", "PostDocumentsTemplates", FLAGS, org="orgID", fixed={"content": {}}, help="Store a template document."
)
group.body("update", "PutDocumentsTemplatesID", FLAGS, help="Replace a template document.")
group.delete("DeleteDocumentsTemplatesID")
group.labels("DocumentsTemplatesID")
