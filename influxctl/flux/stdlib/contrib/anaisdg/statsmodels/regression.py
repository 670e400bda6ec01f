"""contrib/anaisdg/statsmodels: straight lines through values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import Table, read_tables
from influxctl.flux.tables import Stream


@builtin("contrib/anaisdg/statsmodels", "linearRegression")
@no_nulls
def linear_regression(tables: Stream) -> Stream:
    """Least squares of `_value` over the number of the row, table by table."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for table in read_tables(blocks):
            if table.height:
                yield _fitted(table).block()

    return tables.then("statsmodels.linearRegression", transform)


def _fitted(table: Table) -> Table:
    if table.columns.get("_value") not in ("float", "int", "uint"):
        raise Invalid('linearRegression needs a column "_value" of numbers')
    if any(v is None for v in table.values["_value"]):
        raise Invalid("linearRegression cannot use null values")
    y = np.array(table.values["_value"], dtype=np.float64)
    x = np.arange(1, len(y) + 1, dtype=np.float64)
    n, sx, sy, sxx, sxy = float(len(y)), x.sum(), y.sum(), (x * x).sum(), (x * y).sum()
    spread = n * sxx - sx * sx
    slope = (n * sxy - sx * sy) / spread if spread else np.nan
    line = slope * x + (sy - slope * sx) / n
    made = {"N": n, "slope": slope, "sx": sx, "sxx": sxx, "sxy": sxy, "sy": sy}
    columns = {label: [float(value)] * len(y) for label, value in made.items()}
    columns |= {"x": x.tolist(), "y": y.tolist(), "y_hat": line.tolist(), "errors": ((y - line) ** 2).tolist()}
    kinds: dict[str, ColumnType] = {k: t for k, t in table.columns.items() if k != "_value"}
    for label in columns:
        kinds[label] = "float"
    order = [*sorted(label for label in kinds if label not in ("y_hat", "errors")), "y_hat", "errors"]
    values = {label: columns[label] if label in columns else table.values[label] for label in order}
    return Table({label: kinds[label] for label in order}, values, table.key)
