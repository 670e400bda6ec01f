"""Whether a command failed because a server answered in another shape than the contract gives: looked at only after it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from influxctl.core.errors import InfluxctlError, Invalid

if TYPE_CHECKING:
    from influxctl.cli.context import Context

_KINDS = {type(None): "null", str: "a text", bool: "a truth value"}


def odd_answer(context: Context, error: Exception) -> InfluxctlError | None:
    """The error that tells what is odd about the last answer, or None: then the fault is ours."""
    client = context.__dict__.get("client")
    if (
        client is None
        or client.last is None
        or not isinstance(error, TypeError | AttributeError | LookupError | ValueError)
    ):
        return None
    operation, value = client.last
    odd = _odd(operation, value)
    if (
        odd is None
        and isinstance(error, KeyError)
        and isinstance(value, dict)
        and error.args
        and error.args[0] not in value
    ):
        odd = f"it lacks {error.args[0]}"
    if odd is None:
        return None
    return InfluxctlError(
        f"{client.host} answered {operation} with JSON of another shape: {odd}",
        hint="is this the address of an InfluxDB server, of a version that has this?",
        details={"operation": operation},
    )


def _odd(operation: str, value: object) -> str | None:
    """What the contract says against an answer."""
    from influxctl.contract.operations import OPERATIONS
    from influxctl.contract.schemas import schema as schema_of
    from influxctl.contract.schemas import validator

    known = OPERATIONS.get(operation)
    answers = [answer for answer in known.answers if answer.status.startswith("2")] if known else []
    if not isinstance(value, dict | list):
        return f"it is {_KINDS.get(type(value), 'a number')}"
    for schema in [answer.schema for answer in answers if answer.schema]:
        try:
            validator(schema)(value)
        except Invalid as error:
            return error.message
        for name, part in (
            schema_of(schema).get("properties", {}).items()
        ):  # one that only servers set is free in a validator
            if (
                part.get("type") == "array"
                and isinstance(value, dict)
                and not isinstance(value.get(name), list | type(None))
            ):
                return f"{name} must be array"
    if isinstance(value, list) and not any(answer.schema for answer in answers):
        return "it is a list"
    return None
