"""kafka: refused when the query starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.tables import Stream

_BALANCERS = ("hash", "round-robin", "least-bytes", "")


@builtin("kafka", "to")
@no_nulls
def to(
    tables: Stream,
    brokers: Sequence[str],
    topic: str,
    balancer: str = "hash",
    name: str = "",
    nameColumn: str = "_measurement",
    timeColumn: str = "_time",
    tagColumns: Sequence[str] = (),
    valueColumns: Sequence[str] = ("_value",),
) -> Stream:
    """A stream that cannot start; `Invalid` at once for arguments that make no sense."""
    if not brokers:
        raise Invalid("at least one broker is required")
    if not topic:
        raise Invalid("invalid topic name")
    if balancer not in _BALANCERS:
        raise Invalid(f"invalid balancer: {balancer}")

    def refuse() -> None:
        raise Invalid(
            f"failed to initialize execute state: invalid kafka broker url: {brokers[0]}: no Kafka client here"
        )

    def transform(blocks: Iterable[Block]) -> Iterable[Block]:
        refuse()
        return blocks

    return tables.then("kafka.to", transform, prepare=refuse, plain_errors=True)
