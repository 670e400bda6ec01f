"""Groups of commands, and the commands that an operation alone determines: list, get, delete, labels, members, owners,
bodies.

A `Group` is declared by the module of a noun; `build()` makes the Typer objects when the noun is used. Flags of a list
are the query parameters of its operation; help texts are ours.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

from typer.main import get_params_convertors_ctx_param_name_from_function as parameters_of

from influxctl.cli.bodies import read_body, skeleton_text
from influxctl.cli.context import Context
from influxctl.cli.lazy import Choice, Command, IntRange, Parameter, TyperArgument, TyperContext, TyperOption
from influxctl.cli.lazy import Group as TyperGroupOfOurs
from influxctl.cli.lookup import KINDS, checked_id, find, org_query
from influxctl.contract.flags import flag
from influxctl.contract.model import Param
from influxctl.contract.operations import OPERATIONS
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column, lookup

Action = Callable[..., "int | None"]

# What query parameters of lists mean, in our words; the key is the name on the wire.
PARAM_HELP = {
    "after": "Start after the item with this ID.",
    "afterTime": "Only runs scheduled after this time (RFC 3339).",
    "beforeTime": "Only runs scheduled before this time (RFC 3339).",
    "bucketID": "Only those of this bucket (ID).",
    "checkID": "Only rules for this check (ID).",
    "db": "Only mappings of this database.",
    "default": "Only mappings that are the default of their database.",
    "descending": "Largest first.",
    "id": "Only the one with this ID.",
    "include": "What to include beside the object itself.",
    "name": "Only the one with this name.",
    "offset": "Skip so many.",
    "owner": "Only those owned by this user (ID).",
    "rp": "Only mappings of this retention policy.",
    "sortBy": "Field to sort by.",
    "stackID": "Only the stack with this ID.",
    "status": "Only those with this status.",
    "tag": "Only rules with this tag, as key:value.",
    "token": "Only the authorization of this token.",
    "type": "Only those of this type.",
    "user": "Only those of this user (name).",
    "userID": "Only those of this user (ID).",
    "start": "Start of the time range (RFC 3339).",
    "stop": "End of the time range (RFC 3339).",
    "raw": "Usage as it was measured, not summed up.",
}
SHORT = {"name": "-n", "id": "-i"}
EXTRA_SPELLINGS = {"stack": ("--stack-id", "--stack-name"), "v1 auth": ("--username",)}  # of the influx tool
_TYPES: dict[str, type[Any] | None] = {"integer": int, "number": float}

USER_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Role", "role"),
    Column("Status", "status", kind="status"),
)
LABEL_COLUMNS = (Column("ID", "id"), Column("Name", "name"), Column("Properties", "properties"))


@dataclass(frozen=True, slots=True)
class Flag:
    """An option that sets one property of a body. `field` is its path (`retentionRules.0.everySeconds`)."""

    field: str
    decls: tuple[str, ...]
    help: str
    type: Callable[[str], object] | type[bool] = str
    choices: tuple[str, ...] = ()
    multiple: bool = False
    metavar: str = ""

    @property
    def dest(self) -> str:
        """The name under which the value is handed over."""
        return "body_" + self.field.replace(".", "_").replace("-", "_")

    def option(self) -> TyperOption:
        """The option itself."""
        is_flag = self.type is bool
        return TyperOption(
            param_decls=[self.dest, *self.decls],
            type=Choice(list(self.choices)) if self.choices else None if is_flag else int if self.type is int else str,
            is_flag=True if is_flag else None,
            default=None,
            multiple=self.multiple,
            metavar=self.metavar or (None if self.choices or is_flag else _metavar(self.field.rpartition(".")[2])),
            help=self.help,
        )


NAME = Flag("name", ("--name", "-n"), "Name.", metavar="NAME")
DESCRIPTION = Flag("description", ("--description", "-d"), "Description.", metavar="TEXT")
STATUS = Flag("status", ("--status",), "Whether it runs.", choices=("active", "inactive"))


class Group:
    """A noun: its commands, the columns of its tables, and how its resources are named.

    `kind` is a key of `lookup.KINDS` for resources that have names; `id` the path parameter that holds the ID.
    """

    def __init__(
        self,
        name: str,
        help: str,
        *,
        id: str = "",
        kind: str = "",
        columns: Sequence[Column] = (),
        aliases: Sequence[str] = (),
        noun: str = "",
    ) -> None:
        """`noun`: the resource in running text, where neither its kind nor the word of the group says it well."""
        self.name, self.help, self.id, self.kind, self.columns = name, help, id, kind, tuple(columns)
        self._noun = noun
        self.aliases = tuple(aliases)
        self.bare: dict[str, tuple[str, str]] = {}  # see lazy.Group
        self.commands: dict[str, Command | Group] = {}

    @property
    def noun(self) -> str:
        """The resource in running text."""
        return self._noun or (KINDS[self.kind].noun if self.kind else self.name.replace("-", " "))

    def build(self) -> TyperGroupOfOurs:
        """The Typer group with everything in it."""
        commands = {name: c.build() if isinstance(c, Group) else c for name, c in self.commands.items()}
        return TyperGroupOfOurs(
            name=self.name, help=self.help, commands=dict(commands), aliases=self.aliases, bare=self.bare
        )

    def sub(self, name: str, help: str, **options: Any) -> Group:
        """A group inside this one."""
        group = Group(name, help, **({"id": self.id, "kind": self.kind, "columns": self.columns} | options))
        self.commands[name] = group
        return group

    def add(
        self,
        name: str,
        action: Action,
        params: Iterable[Parameter],
        help: str,
        operations: Sequence[str],
        *,
        aliases: Sequence[str] = (),
    ) -> None:
        """A command from its parameters: `action(ctx, **values)`."""
        params = list(params)
        if any(param.name == "target_name" for param in params):
            action = _by_name(action)
        self.commands[name] = make_command(name, action, params, help, operations, aliases)

    def command(self, *operations: str, name: str = "", aliases: Sequence[str] = ()) -> Callable[[Action], Action]:
        """Decorator: a function `(ctx, …)` with annotated parameters becomes a command; its docstring is the help."""

        def register(function: Action) -> Action:
            word = name or function.__name__.strip("_").replace("_", "-")
            self.commands[word] = command_of(function, word, operations, aliases)
            return function

        return register

    # -- which resource ------------------------------------------------------------------------------------------

    def target(self, *, names: bool = True) -> list[Parameter]:
        """The parameters that say which resource is meant: a name or ID, or `--id`. `names`: `--name` too, where it is not a property."""
        meta = self.noun.split()[-1].upper() if self.kind else "ID"
        spelled = EXTRA_SPELLINGS.get(self.kind, ())
        by_name: list[Parameter] = [
            TyperOption(param_decls=["target_name", "--name", "-n", *(s for s in spelled if "id" not in s)], metavar=meta,
                        help=f"The {self.noun}, by name.", hidden=True),
        ]  # fmt: skip
        return [*(by_name if names and self.kind else ()),
            TyperArgument(param_decls=["target"], required=False, metavar=f"[{meta}]",
                          help=f"The {self.noun}, by {'name or ID' if self.kind else 'ID'}."),
            TyperOption(param_decls=["target_id", "--id", "-i", *(s for s in spelled if "id" in s)], metavar="ID",
                        help=f"The {self.noun}, by ID."),
        ]  # fmt: skip

    def resolve(self, ctx: Context, target: str | None, target_id: str | None) -> str:
        """The ID behind the parameters of `target`."""
        if target_id:
            return checked_id(target_id, "--id")
        if not target:
            raise UsageError(f"which {self.noun}?", hint=f"give its {'name or ID' if self.kind else 'ID'}")
        return find(ctx, self.kind, target) if self.kind else checked_id(target, f"the {self.noun}")

    # -- commands that an operation determines -------------------------------------------------------------------

    def list(self, operation: str, *, name: str = "list", columns: Sequence[Column] = (), help: str = "",
             rename: Mapping[str, str] | None = None, parent: bool = False) -> None:  # fmt: skip
        """All items, every page; filters are the operation's query parameters (`rename`: parameter to flag)."""
        op = OPERATIONS[operation]
        renamed = rename or {}
        given = {p.name: p for p in op.query_params if p.name not in ("limit", "org", "orgID") or p.name in renamed}
        params: list[Parameter] = self.target() if parent else []
        spelled = EXTRA_SPELLINGS.get(self.kind, ())
        params += [_query_option(p, renamed.get(p.name) or flag(p.name), spelled) for p in given.values()]
        taken = {spelling for param in params for spelling in param.opts}
        local = {} if parent else {key: f"only_{key}" for key in SHORT if f"--{key}" not in taken}
        params += [
            TyperOption(param_decls=[dest, f"--{key}", SHORT[key]], metavar=key.upper(), help=PARAM_HELP[key])
            for key, dest in local.items()
        ]
        params += [
            TyperOption(param_decls=["limit", "--limit"], type=IntRange(min=1), metavar="N", help="At most so many."),
            TyperOption(
                param_decls=["page_size", "--page-size"],
                type=IntRange(min=1),
                metavar="N",
                hidden=True,
                help="So many at once.",
            ),
        ]
        shown = tuple(columns) or self.columns

        def run(
            ctx: Context,
            limit: int | None,
            page_size: int | None = None,
            target: str | None = None,
            target_id: str | None = None,
            **filters: Any,
        ) -> None:
            from itertools import islice

            from influxctl.client.paging import pages

            query = org_query(ctx, operation) if not {"org", "orgID"} & renamed.keys() else {}
            query |= {n: v for n, v in _wire(filters, given).items() if v not in (None, ())}
            if page_size and op.param("limit") is not None:
                query["limit"] = page_size
            path = {op.path_params[0].name: self.resolve(ctx, target, target_id)} if parent else None
            wanted = {key: filters[dest] for key, dest in local.items() if filters[dest] is not None}
            if wanted:  # the operation has no such filter: every page is looked through
                rows = pages(ctx.client, operation, query, path=path)
                ctx.show(islice((row for row in rows if wanted.items() <= row.items()), limit), shown)
            else:
                ctx.show(pages(ctx.client, operation, query, limit, path=path), shown)

        self.add(name, run, params, help or f"List {plural(self.noun)}.", [operation])

    def get(
        self, operation: str, *, name: str = "get", help: str = "", columns: Sequence[Column] = (), field: str = ""
    ) -> None:
        """One resource by name or ID."""
        given = {p.name: p for p in OPERATIONS[operation].query_params if p.name not in ("org", "orgID")}
        params = [*self.target(), *(_query_option(p, flag(p.name)) for p in given.values())]

        def run(ctx: Context, target: str | None, target_id: str | None, **filters: Any) -> None:
            path = {self.id: self.resolve(ctx, target, target_id)}
            query = {**org_query(ctx, operation), **_wire(filters, given)}
            value = ctx.call(operation, path=path, query=query).json()
            ctx.show((lookup(value, field) or value) if field else value, tuple(columns) or self.columns)

        self.add(name, run, params, help or f"Show one {self.noun}.", [operation])

    def delete(self, operation: str, *, name: str = "delete", help: str = "") -> None:
        """One resource less; asks first on a terminal."""

        def run(ctx: Context, target: str | None, target_id: str | None) -> None:
            found = self.resolve(ctx, target, target_id)
            label = target if target and target != found else ""
            what = f"{self.noun} {label or found}"
            ctx.confirm(f"Delete {what}?")
            ctx.call(operation, path={self.id: found}, query=org_query(ctx, operation))
            ctx.note(f"Deleted {what}{f' ({found})' if label else ''}.")

        self.add(name, run, self.target(), help or f"Delete one {self.noun}.", [operation])

    def call(
        self, name: str, operation: str, help: str, *, columns: Sequence[Column] = (), note: str = "", field: str = ""
    ) -> None:
        """A command that calls one operation on one resource and shows the answer, or the list under `field` of it."""
        takes_id = bool(OPERATIONS[operation].path_params)

        def run(ctx: Context, target: str | None = None, target_id: str | None = None) -> None:
            path = {OPERATIONS[operation].path_params[0].name: self.resolve(ctx, target, target_id)} if takes_id else {}
            answer = ctx.call(operation, path=path, query=org_query(ctx, operation))
            if note:
                ctx.note(note)
            elif answer.status != 204:
                value = answer.json()
                ctx.show(lookup(value, field) or [] if field else value, tuple(columns) or self.columns)

        self.add(name, run, self.target() if takes_id else (), help, [operation])

    def body(self, name: str, operation: str, flags: Sequence[Flag] = (), *, help: str = "", org: str = "",
             fixed: Mapping[str, object] | None = None, columns: Sequence[Column] = (), positional: str = "",
             partial: bool = False, field: str = "", current: str = "",
             read: Callable[[Context, str | None], dict[str, Any]] = read_body, aliases: Sequence[str] = (),
             finish: Callable[[Context, dict[str, Any]], None] | None = None) -> None:  # fmt: skip
        """A command that sends a body: from `-f FILE`, from flags, or both (flags win).

        `org` is the property that gets the organization's ID, `positional` the property that an argument sets, `fixed`
        are defaults, `finish` completes the body before it is checked against the schema. `partial`: the body need not be
        whole. `field` is where the answer keeps the object. `current` reads the object that the body is laid over. `read` reads
        the file.
        """
        op = OPERATIONS[operation]
        takes_id = bool(op.path_params)
        params: list[Parameter] = self.target(names=False) if takes_id else []
        if positional:
            params.append(TyperArgument(param_decls=["positional"], required=False, metavar=f"[{positional.upper()}]",
                                        help=f"The {positional} of the new {self.noun}."))  # fmt: skip
        params += [f.option() for f in flags]
        params += body_params()

        def run(ctx: Context, file: str | None, skeleton: bool | None, target: str | None = None,
                target_id: str | None = None, **values: Any) -> None:  # fmt: skip
            schema = op.body.schema if op.body else ""
            if skeleton:
                ctx.stdout.write(skeleton_text(schema, ctx.format))
                return
            path = {op.path_params[0].name: self.resolve(ctx, target, target_id)} if takes_id else {}
            given = read(ctx, file)
            set_flags(given, flags, values)
            if positional and values.get("positional") is not None:
                given[positional] = values["positional"]
            if not given:
                raise UsageError(f"nothing to {name}", hint="give flags or -f FILE; --skeleton prints an example")
            body = {**(fixed or {}), **given}
            if current:
                body = {**ctx.call(current, path=path).json(), **body}
                body = {k: v for k, v in body.items() if k not in ("links", "labels")}
            if org and not body.get(org):
                body[org] = ctx.org_id()
            if finish is not None:
                finish(ctx, body)
            if not partial:
                check(schema, body, flags)
            answer = ctx.call(operation, path=path, query=org_query(ctx, operation), json=body)
            if answer.status != 204:
                value = answer.json()
                ctx.show((lookup(value, field) or value) if field else value, tuple(columns) or self.columns)

        self.add(name, run, params, help or f"{name.capitalize()} one {self.noun}.", [operation], aliases=aliases)

    def edit(
        self, read: str, update: str, *, field: str = "", whole: bool = False, without: Sequence[str] = ()
    ) -> None:
        """A command `edit`: the object that `read` gives, in an editor; `update` gets what was changed.

        `field` holds the object; `whole`: `update` gets all of it; the properties `without` have commands of their own.
        """

        def run(ctx: Context, target: str | None, target_id: str | None) -> None:
            from influxctl.cli.editing import edit

            path = {self.id: self.resolve(ctx, target, target_id)}
            value: dict[str, Any] = ctx.call(read, path=path, query=org_query(ctx, read)).json()
            value = {k: v for k, v in (value[field] if field else value).items() if k not in without}
            if edit(ctx, update, path, value, self.noun, whole=whole) is None:
                ctx.note("Nothing was changed.")
                return
            ctx.note(f"Changed {self.noun} {path[self.id]}.")

        help = f"Edit {article(self.noun)} as YAML in $EDITOR and send what was changed."
        self.add("edit", run, self.target(), help, [read, update])

    # -- labels, members, owners ---------------------------------------------------------------------------------

    def labels(self, stem: str, *, add: str = "") -> None:
        """Sub-group `labels` from `Get<stem>Labels`, `Post<stem>Labels`, `Delete<stem>LabelsID`."""
        operations = (f"Get{stem}Labels", add or f"Post{stem}Labels", f"Delete{stem}LabelsID")
        self._attached("labels", "label", operations, "label", LABEL_COLUMNS)

    def members(self, stem: str) -> None:
        """Sub-group `members`."""
        self._attached("members", "member", _three(stem, "Members"), "user", USER_COLUMNS)

    def owners(self, stem: str) -> None:
        """Sub-group `owners`."""
        self._attached("owners", "owner", _three(stem, "Owners"), "user", USER_COLUMNS)

    def _attached(
        self, name: str, word: str, operations: tuple[str, str, str], kind: str, columns: Sequence[Column]
    ) -> None:
        """list, add and remove of what hangs on a resource."""
        listing, adding, removing = operations
        group = self.sub(name, f"{name.capitalize()} of {article(self.noun)}.", aliases=(word,))
        group.list(listing, columns=columns, help=f"List the {name} of {article(self.noun)}.", parent=True)
        other_id = OPERATIONS[removing].path_params[-1].name
        both: list[Parameter] = [
            *self.target(),
            TyperArgument(param_decls=["other"], required=False, metavar=f"[{word.upper()}]", help=f"The {word}, by name or ID."),
            TyperOption(param_decls=["other_option", f"--{word}", "-m"], metavar=word.upper(), help=f"The {word}, by name or ID."),
        ]  # fmt: skip

        def pair(
            ctx: Context, target: str | None, target_id: str | None, other: str | None, option: str | None
        ) -> tuple[str, str]:
            if target_id and target and not other and not option:
                target, other = None, target
            chosen = option or other
            if not chosen:
                raise UsageError(f"which {word}?", hint=f"give the {self.noun} and the {word}, by name or ID")
            return self.resolve(ctx, target, target_id), find(ctx, kind, chosen)

        def run_add(
            ctx: Context,
            target: str | None,
            target_id: str | None,
            other: str | None,
            other_option: str | None,
            owner: bool | None = None,
        ) -> None:
            resource, found = pair(ctx, target, target_id, other, other_option)
            body = {"labelID": found} if kind == "label" else {"id": found}
            operation = adding.replace("Members", "Owners") if owner else adding
            ctx.call(operation, path={OPERATIONS[operation].path_params[0].name: resource}, json=body).json()
            ctx.note(f"Added {'owner' if owner else word} {found} to {self.noun} {resource}.")

        def run_remove(
            ctx: Context, target: str | None, target_id: str | None, other: str | None, other_option: str | None
        ) -> None:
            resource, found = pair(ctx, target, target_id, other, other_option)
            ctx.call(removing, path={OPERATIONS[removing].path_params[0].name: resource, other_id: found})
            ctx.note(f"Removed {word} {found} from {self.noun} {resource}.")

        as_owner: list[Parameter] = (
            [TyperOption(param_decls=["owner", "--owner"], is_flag=True, help="Make the user an owner instead.")]
            if word == "member"
            else []
        )
        group.add("add", run_add, [*both, *as_owner], f"Add {article(word)} to {article(self.noun)}.", [adding])
        group.add(
            "remove",
            run_remove,
            both,
            f"Remove {article(word)} from {article(self.noun)}.",
            [removing],
            aliases=("delete", "rm"),
        )


def _by_name(action: Action) -> Action:
    """The action, the name of the resource being taken from `--name` as well."""

    def run(ctx: Context, target_name: str | None = None, target: str | None = None, **values: Any) -> int | None:
        if target_name is not None:
            if target is not None and values.get("other", "") is None:
                values["other"] = target  # `labels add --name RESOURCE LABEL`
            target = target_name
        return action(ctx, target=target, **values)

    return run


def _three(stem: str, what: Literal["Members", "Owners"]) -> tuple[str, str, str]:
    return f"Get{stem}{what}", f"Post{stem}{what}", f"Delete{stem}{what}ID"


def make_command(
    name: str,
    action: Action,
    params: Iterable[Parameter],
    help: str,
    operations: Sequence[str],
    aliases: Sequence[str] = (),
) -> Command:
    """A command that calls `action(context, **values)`."""
    return Command(
        name, params=list(params), help=help, callback=_with_context(action), operations=operations, aliases=aliases
    )


def command_of(function: Action, name: str, operations: Sequence[str], aliases: Sequence[str] = ()) -> Command:
    """A command from a function `(ctx, …)` whose parameters are annotated as Typer wants them."""
    signature = inspect.signature(function, eval_str=True)
    parameters = list(signature.parameters.values())[1:]

    def twin(**values: Any) -> int | None:
        raise AssertionError  # only its signature is read

    twin.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    twin.__annotations__ = {p.name: p.annotation for p in parameters}
    params, convertors, _ = parameters_of(twin)

    @wraps(function)
    def action(ctx: Context, **values: Any) -> int | None:
        return function(ctx, **{k: convertors[k](v) if k in convertors else v for k, v in values.items()})

    return make_command(name, action, params, inspect.getdoc(function) or "", operations, aliases)


def _with_context(action: Action) -> Callable[..., Any]:
    from typer._click.globals import get_current_context

    def callback(**values: Any) -> int | None:
        context: TyperContext = get_current_context()
        return action(context.find_root().obj, **values)

    return callback


def _query_option(param: Param, word: str, spelled: Sequence[str] = ()) -> TyperOption:
    kind: Any = _TYPES.get(param.type)
    if kind is int and (param.minimum is not None or param.maximum is not None):
        kind = IntRange(
            min=None if param.minimum is None else int(param.minimum),
            max=None if param.maximum is None else int(param.maximum),
        )
    decls = [_dest(param.name), f"--{word}", *(s for s in spelled if s.endswith(f"-{word}"))]
    if word in SHORT:
        decls.append(SHORT[word])
    return TyperOption(
        param_decls=decls if param.type != "boolean" else [decls[0], f"--{word}/--no-{word}"],
        type=Choice(list(param.enum)) if param.enum else kind or (None if param.type == "boolean" else str),
        is_flag=True if param.type == "boolean" else None,
        default=None,
        multiple=param.type == "array",
        required=param.required and param.name not in ("org", "orgID"),
        metavar=None if param.enum or param.type == "boolean" else _metavar(param.name, param.type),
        help=PARAM_HELP.get(param.name, f"Filter by {word}."),
    )


def _metavar(name: str, kind: str = "string") -> str:
    """A placeholder that says what is wanted."""
    if kind in ("integer", "number"):
        return "N"
    lower = name.lower()
    return (
        "ID"
        if lower.endswith("id")
        else "TIME"
        if lower.endswith("time")
        else "NAME"
        if lower in ("name", "user", "db", "rp")
        else "TEXT"
    )


def _dest(name: str) -> str:
    return "query_" + name


def _wire(values: Mapping[str, Any], params: Iterable[str]) -> dict[str, Any]:
    """The values of query options under their names on the wire."""
    found = {name: values[_dest(name)] for name in params if values.get(_dest(name)) is not None}
    for name, value in found.items():
        if _metavar(name) == "ID" or name == "after":
            for text in value if isinstance(value, tuple) else (value,):
                checked_id(str(text), f"--{flag(name)}")
    return found


def body_params() -> list[Parameter]:
    """`--file` and `--skeleton`."""
    return [
        TyperOption(param_decls=["file", "--file", "-f"], metavar="FILE",
                    help="Read the body from a JSON or YAML file; - is standard input."),
        TyperOption(param_decls=["skeleton", "--skeleton"], is_flag=True, help="Print an example of the body and stop."),
    ]  # fmt: skip


def set_flags(body: dict[str, Any], flags: Sequence[Flag], values: Mapping[str, Any]) -> None:
    """Put the values of flags into the body."""
    for each in flags:
        value = values.get(each.dest)
        if value is None or value == ():
            continue
        if each.multiple:
            converted: object = [each.type(item) for item in value]
        else:
            converted = value if each.type is bool else each.type(value)
        place: Any = body
        *parents, last = each.field.split(".")
        for part in parents:
            place = place.setdefault(part, {})
        place[last] = converted


def check(schema: str, body: object, flags: Sequence[Flag] = ()) -> None:
    """The body against the contract, as a usage error; what is missing is named by the flag that gives it, where there is one."""
    from influxctl.contract.schemas import validator
    from influxctl.core.errors import Invalid

    if not schema:
        return
    try:
        validator(schema)(body)
    except Invalid as error:
        missing = error.details.get("missing")
        spelled = {each.field: each.decls[0].partition("/")[0] for each in flags}
        if isinstance(missing, list) and not error.details.get("path") and spelled.keys() & set(missing):
            wanted = " and ".join(spelled.get(name, f"{name} in -f FILE") for name in missing)
            raise UsageError(f"{wanted} must be given", hint="--skeleton prints an example of the whole body") from None
        raise UsageError(
            f"the body is not a valid {schema}: {error.message}", hint="--skeleton prints an example"
        ) from None


def article(noun: str) -> str:
    """The noun with `a` or `an`; a user is no open vowel."""
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def plural(noun: str) -> str:
    """The plural of a noun."""
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2] not in "aeiou" else noun + "s"
