"""The shapes of the generated operation table: `Operation`, `Param`, `Body`, `Answer`.

Names are those on the wire (`bucketID`), paths are from the server's root (`/api/v2/buckets/{bucketID}`, `/ping`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Where = Literal["path", "query", "header"]
Type = Literal["string", "integer", "number", "boolean", "array"]
Contract = Literal["cloud", "oss", "v1"]
Default = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an operation. `minimum` and `maximum` are inclusive; an array is a repeated parameter."""

    name: str
    where: Where
    type: Type = "string"
    required: bool = False
    enum: tuple[str, ...] = ()
    default: Default = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: media types, and the name of the schema of its JSON form ('' if there is none: text, bytes)."""

    media: tuple[str, ...]
    required: bool = False
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A possible answer: status or `default`, media types, and the schema of its JSON form ('' if there is none)."""

    status: str
    media: tuple[str, ...] = ()
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API. `contract`: of the cloud contract (OSS has most of those), of OSS only, or of v1."""

    id: str
    method: str
    path: str
    tags: tuple[str, ...]
    params: tuple[Param, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    contract: Contract = "cloud"

    @property
    def path_params(self) -> tuple[Param, ...]:
        """The parameters in the path, in the order in which they stand there (the contract lists some the other way round)."""
        found = (p for p in self.params if p.where == "path")
        return tuple(sorted(found, key=lambda param: self.path.index("{" + param.name + "}")))

    @property
    def query_params(self) -> tuple[Param, ...]:
        """The parameters in the query string, in the order of the contract."""
        return tuple(p for p in self.params if p.where == "query")

    def param(self, name: str) -> Param | None:
        """The parameter of that name, or None."""
        return next((p for p in self.params if p.name == name), None)
