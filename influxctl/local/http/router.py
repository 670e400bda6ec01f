"""From method and path to a handler: a tree of path segments built from the contract's table of operations.

Handlers register themselves by operation (`@handles("PostBuckets")`) in modules of `http.routes`; a module is imported when a path
below one of its first segments is asked for. An operation without a handler is answered 501 with its name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field

from influxctl.contract.model import Operation
from influxctl.contract.operations import OPERATIONS
from influxctl.core.errors import NotImplementedHere
from influxctl.local.http.errors import method_not_allowed, page_not_found, path_not_found
from influxctl.local.http.request import Request
from influxctl.local.http.response import TEXT, Response
from influxctl.local.http.routes import MODULES

Handler = Callable[[Request], Response]
HANDLERS: dict[str, Handler] = {}

# First segments that the reference serves by its newer router: plain 404 and 405.
_PLAIN = frozenset((
    "authorizations", "buckets", "dashboards", "dbrps", "labels", "me", "orgs", "remotes", "replications", "setup", "signin", "signout",
    "stacks", "templates", "users",
))  # fmt: skip
# Operations that need no credentials.
PUBLIC = frozenset((
    "GetSetup", "PostSetup", "PostSignin", "GetPing", "HeadPing", "GetHealth", "GetReady", "GetMetrics", "GetRoutes",
))  # fmt: skip


def handles(*operations: str) -> Callable[[Handler], Handler]:
    """Registers a handler for one or more operations of the contract."""

    def register(handler: Handler) -> Handler:
        for operation in operations:
            if operation not in OPERATIONS:
                raise KeyError(f"{operation} is not an operation of the contract")
            if operation in HANDLERS:
                raise KeyError(f"{operation} has two handlers")
            HANDLERS[operation] = handler
        return handler

    return register


@dataclass
class _Node:
    fixed: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    operations: dict[str, tuple[Operation, tuple[tuple[int, str], ...]]] = field(default_factory=dict)


def _tree() -> _Node:
    root = _Node()
    for operation in OPERATIONS.values():
        node = root
        names = []
        for number, part in enumerate(operation.path[1:].rstrip("/").split("/")):
            if part.startswith("{"):
                names.append((number, part[1:-1]))
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.fixed.setdefault(part, _Node())
        node.operations[operation.method] = (operation, tuple(names))
    return root


_ROOT = _tree()


def _find(node: _Node, segments: list[str], at: int = 0) -> _Node | None:
    """The node of a path; a fixed segment is preferred to a parameter, which is never empty."""
    if at == len(segments):
        return node if node.operations else None
    found = node.fixed.get(segments[at])
    deeper = _find(found, segments, at + 1) if found is not None else None
    if deeper is None and node.parameter is not None and segments[at]:
        deeper = _find(node.parameter, segments, at + 1)
    return deeper


def first_segment(segments: list[str]) -> str:
    """What decides module and style: the segment after /api/v2, or `/` and the first one."""
    return segments[2] if segments[:2] == ["api", "v2"] and len(segments) > 2 else f"/{segments[0]}"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: an operation, or the answer that says that there is none."""

    operation: Operation | None
    refusal: Callable[[], Response] | None = None


def route(request: Request) -> Route:
    """Find the operation and set the request's path parameters. An unknown path below /api/v2 still needs credentials."""
    segments = request.segments
    if len(segments) > 3 and segments[-1] == "" and segments[2]:  # one slash at the end is forgiven
        segments = segments[:-1]
    if segments in (["api", "v2"], ["api", "v2", ""]):
        return Route(OPERATIONS["GetRoutes"])
    plain = first_segment(segments) in _PLAIN
    node = _find(_ROOT, segments)
    if node is None:
        if segments[:2] != ["api", "v2"]:
            return Route(None, lambda: Response(404, b"no assets included in binary\n", TEXT))
        return Route(None, page_not_found if plain else path_not_found)
    method = request.method
    found = node.operations.get(method) or (node.operations.get("GET") if method == "HEAD" else None)
    if found is None and segments == ["query"]:  # the reference takes any method here
        found = node.operations["POST"]
    if found is None:
        allowed = list(node.operations)
        return Route(None, lambda: method_not_allowed(allowed, plain=plain))
    operation, names = found
    request.path = {name: segments[number] for number, name in names}
    request.operation = operation
    return Route(operation)


def handler_of(operation: Operation) -> Handler:
    """The handler; its module is imported now. `NotImplementedHere` names the operation if there is none."""
    handler = HANDLERS.get(operation.id)
    if handler is None:
        for name in MODULES.get(first_segment(operation.path[1:].split("/")), ()):
            importlib.import_module(f"influxctl.local.http.routes.{name}")
        handler = HANDLERS.get(operation.id)
    if handler is None:
        raise NotImplementedHere(f"{operation.id} is not implemented by this server")
    return handler
