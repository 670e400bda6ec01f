"""Commands and flags of the influx tool: templates and stacks."""

from __future__ import annotations

from influxctl.cli.compat.flags import many, switch, text
from influxctl.cli.compat.table.checks import template_encoding
from influxctl.cli.compat.table.model import ORG, ORG_ID, Command

SOURCE = (  # where templates are read from
    many("file f", "Path to template file; Supports file paths or (deprecated) HTTP(S) URLs"),
    many("template-url u", "HTTP(S) URL to template file"),
    switch(
        "recurse R",
        "Process the directory used in -f, --file recursively. "
        "Useful when you want to manage related templates organized within the same directory.",
    ),
    text(
        "encoding e",
        "Encoding for the input stream. If a file is provided will gather encoding type from file extension. "
        "If extension provided will override.",
        default="unknown",
        shown="unknown",
        check=template_encoding,
    ),
)
LOOK = (  # how summaries are printed
    switch("disable-color", "Disable color in output"),
    switch("disable-table-borders", "Disable table borders"),
)
TARGET = text("file f", "Output file for the template; the extension decides between YAML and JSON")

COMMANDS = (
    Command(
        "apply",
        "Apply a template to manage resources",
        "HTCJ",
        ORG_ID,
        ORG,
        text("stack-id", "ID of the stack"),
        *SOURCE,
        *LOOK,
        switch("quiet q", "Disable output printing"),
        text("force", "Apply without asking: yes, or conflict to go on when resources would be overwritten"),
        many("secret", "Secret for the template, as name=value"),
        many("env-ref", "Value of an environment reference, as name=value"),
        many("filter", "Resources to skip, as kind=Kind or resource=Kind:name"),
    ),
    Command(
        "export",
        "Export existing resources as a template",
        "HTC",
        TARGET,
        text("stack-id", "ID for stack to include in export"),
        text("resource-type", "The resource type of the IDs given as arguments or on standard input"),
        text("buckets", "List of bucket IDs comma separated"),
        text("checks", "List of check IDs comma separated"),
        text("dashboards", "List of dashboard IDs comma separated"),
        text("endpoints", "List of endpoint IDs comma separated"),
        text("labels", "List of label IDs comma separated"),
        text("rules", "List of rule IDs comma separated"),
        text("tasks", "List of task IDs comma separated"),
        text("telegraf-configs", "List of telegraf config IDs comma separated"),
        text("variables", "List of variable IDs comma separated"),
        text("bucket-names", "List of bucket names comma separated"),
        text("check-names", "List of check names comma separated"),
        text("dashboard-names", "List of dashboard names comma separated"),
        text("endpoint-names", "List of endpoint names comma separated"),
        text("label-names", "List of label names comma separated"),
        text("rule-names", "List of rule names comma separated"),
        text("task-names", "List of task names comma separated"),
        text("telegraf-config-names", "List of telegraf config names comma separated"),
        text("variable-names", "List of variable names comma separated"),
        arguments=True,
    ),
    Command(
        "export all",
        "Export all existing resources for an organization as a template",
        "HTC",
        ORG_ID,
        ORG,
        TARGET,
        many("filter", "Resources to export, as labelName=name or resourceKind=Kind"),
    ),
    Command(
        "export stack",
        "Export all existing resources associated with a stack as a template",
        "HTC",
        TARGET,
        arguments=True,
        takes="<stack-id>",
    ),
    Command(
        "stacks",
        "List stack(s) and associated templates. Subcommands manage stacks.",
        "HTCJ",
        ORG_ID,
        ORG,
        many("stack-id", "The ID of the stack", shown=""),
        many("stack-name", "Name of the stack", shown=""),
    ),
    Command(
        "stacks init",
        "Initialize a stack",
        "HTCJ",
        ORG_ID,
        ORG,
        text("stack-name n", "Name given to created stack"),
        text("stack-description d", "Description given to created stack"),
        many("template-url u", "Template urls to associate with new stack", shown=""),
    ),
    Command(
        "stacks rm",
        "Remove a stack(s) and all associated resources",
        "HTCJ",
        ORG_ID,
        ORG,
        many("stack-id", "The ID of the stack", required=True, shown=""),
        switch("force", "Remove stack without confirmation prompt"),
        aliases="remove uninstall",
    ),
    Command(
        "stacks update",
        "Update a stack",
        "HTCJ",
        text("stack-id i", "The ID of the stack", required=True),
        text("stack-name n", "Name of the stack"),
        text("stack-description d", "Description of the stack"),
        many("template-url u", "HTTP(S) URL to template file", shown=""),
        many("addResource", "Additional resources to associate with the stack, as Kind=ID", shown=""),
        text("export-file f", "Destination of the exported template of the stack"),
    ),
    Command(
        "template",
        "Summarize the provided template",
        "HTCJ",
        ORG_ID,
        ORG,
        *SOURCE,
        *LOOK,
    ),
    Command(
        "template validate",
        "Validate the provided template",
        "HTC",
        ORG_ID,
        ORG,
        *SOURCE,
    ),
)
