"""`influxctl write`: placeholder"""

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of


def write(ctx: Context) -> None:
    """x"""


command = command_of(write, "write", ["PostWrite"])
