"""experimental/mqtt: as InfluxDB OSS, which has no MQTT, answers it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Stream


@builtin("experimental/mqtt", "to")
def to(
    tables: Stream,
    broker: str,
    topic: str = "",
    qos: int = 0,
    retain: bool = False,
    clientid: str = "",
    username: str = "",
    password: str = "",
    name: str = "",
    timeout: Duration | None = None,
    timeColumn: str = "_time",
    tagColumns: Sequence[str] = (),
    valueColumns: Sequence[str] = ("_value",),
) -> Stream:
    """The stream as it is."""

    def transform(blocks: Iterable[Block]) -> Iterable[Block]:
        return blocks

    return tables.then("mqtt.to", transform)


@builtin("experimental/mqtt", "publish")
def publish(
    broker: str,
    topic: str,
    message: str,
    qos: int = 0,
    retain: bool = False,
    clientid: str = "",
    username: str = "",
    password: str = "",
    timeout: Duration | None = None,
) -> bool:
    """`Invalid`: no client."""
    raise Invalid("Dialer.Dial called on an error dependency")
