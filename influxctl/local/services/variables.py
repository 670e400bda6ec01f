"""Variables of dashboards: constants, maps and queries under a name that is unique in its organization."""

from __future__ import annotations

from influxctl.core.errors import Conflict, Invalid, NotFound
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.orgs import stamp
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

# Names that would read as a keyword of Flux (contract: the variables of `v`).
PROTECTED_NAMES = frozenset(
    ["and", "import", "not", "return", "option", "test", "empty", "in", "or", "package", "builtin"]
)


def check_name(name: str) -> str:
    """The name, or `Invalid` if a variable may not have it."""
    if not name:
        raise Invalid("a variable needs a name")
    if not name[0].isalpha():
        raise Invalid("the name of a variable must start with a letter")
    if name in PROTECTED_NAMES:
        raise Invalid(f'"{name}" is a word of Flux and cannot name a variable')
    return name


def check_arguments(arguments: Doc | None) -> Doc:
    """`{type, values}` with values of the right shape; `Invalid` otherwise."""
    kind = (arguments or {}).get("type")
    if not arguments or not kind:
        raise Invalid("the arguments of a variable need a type: constant, map or query")
    values = arguments.get("values")
    if kind == "constant":
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise Invalid("the values of a constant variable must be a list of texts")
    elif kind == "map":
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise Invalid("the values of a map variable must be an object of texts")
    elif kind == "query":
        known = isinstance(values, dict) and {"query", "language"} <= values.keys()
        if not known or not all(isinstance(value, str) for value in values.values()):  # type: ignore[union-attr]
            raise Invalid("the values of a query variable must be {query, language}")
    else:
        raise Invalid(f"unknown type of variable {kind!r}: it is constant, map or query")
    return {"type": kind, "values": values}


class Variables:
    """The variables of all organizations."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def create_variable(self, actor: Actor, fields: Doc) -> Doc:
        """A new variable."""
        org_id = fields.get("orgID")
        if not org_id:
            raise Invalid("orgID is required")
        actor.check("write", "variables", org_id)
        doc: Doc = {
            "orgID": org_id,
            "name": check_name(fields.get("name", "")),
            "description": fields.get("description", ""),
            "selected": fields.get("selected"),
            "arguments": check_arguments(fields.get("arguments")),
            **stamp(),
        }
        try:
            return self.resources.create("variables", doc)
        except Conflict:
            raise Conflict(f"there is a variable {doc['name']} already") from None

    def find_variables(self, actor: Actor, *, org_id: str | None = None) -> list[Doc]:
        """The variables that the caller may read."""
        return actor.readable("variables", self.resources.find("variables", org_id=org_id))

    def get_variable(self, actor: Actor, id: str) -> Doc:
        """One variable."""
        doc = self.resources.get("variables", id)
        actor.check_doc("read", "variables", doc)
        return doc

    def update_variable(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change what is given and not empty; `Invalid` if that is nothing."""
        doc = self.get_variable(actor, id)  # the reference asks for the right to read it too
        actor.check_doc("write", "variables", doc)
        given = {key: fields[key] for key in ("name", "description", "selected", "arguments") if fields.get(key)}
        if not given:
            raise Invalid("no fields supplied in update")
        if "name" in given:
            check_name(given["name"])
        if "arguments" in given:
            given["arguments"] = check_arguments(given["arguments"])
        return self._store({**doc, **given, "updatedAt": format_time(now_ns())})

    def replace_variable(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Put another variable under the ID. The reference forgets the times and the description then, and so does this."""
        if not fields.get("orgID"):
            raise Invalid("orgID is required")
        arguments = check_arguments(fields.get("arguments"))
        name = check_name(fields.get("name", ""))
        old = self.resources.get("variables", id)
        actor.check_doc("write", "variables", old)
        if fields["orgID"] != old["orgID"]:
            raise NotFound("variable not found")
        never = "0001-01-01T00:00:00Z"
        doc = {**old, "name": name, "arguments": arguments, "createdAt": never, "updatedAt": never}
        return self._store({**doc, "description": fields.get("description", ""), "selected": fields.get("selected")})

    def _store(self, doc: Doc) -> Doc:
        try:
            return self.resources.update("variables", doc)
        except Conflict:
            raise Conflict(f"there is a variable {doc['name']} already") from None

    def delete_variable(self, actor: Actor, id: str) -> None:
        """Remove a variable."""
        doc = self.get_variable(actor, id)  # the reference asks for the right to read it too
        actor.check_doc("write", "variables", doc)
        self.resources.delete("variables", id)
