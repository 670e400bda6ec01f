"""contrib/RohanSreerama5/naiveBayesClassifier: probabilities of classes, from counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import Table, read_tables
from influxctl.flux.tables import Stream
from influxctl.flux.values import Value, string_text


@builtin("contrib/RohanSreerama5/naiveBayesClassifier", "naiveBayes")
@no_nulls
def naive_bayes(tables: Stream, myClass: str, myField: Value, myMeasurement: Value) -> Stream:
    """One table: for every value of the field and every class, how likely the class is given the value."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        pairs: Counter[tuple[str, str]] = Counter()
        for table in read_tables(blocks):
            for row in table.rows():
                if row.get("_measurement") != myMeasurement or row.get("_field") != myField:
                    continue
                if row.get(myClass) is None or row.get("_value") is None:
                    raise Invalid(f'every row must have a value and the class column "{myClass}"')
                pairs[string_text(row["_value"]), string_text(row[myClass])] += 1
        if pairs:
            yield _probabilities(pairs, myClass).block()

    return tables.then("naiveBayes", transform)


def _probabilities(pairs: Counter[tuple[str, str]], label: str) -> Table:
    values = Counter[str]()
    for (value, _), count in pairs.items():
        values[value] += count
    rows: dict[str, list[Any]] = {label: [], "_value": [], "Probability": []}
    for value in sorted(values):
        for name in sorted({c for _, c in pairs}):
            rows[label].append(name)
            rows["_value"].append(value)
            rows["Probability"].append(pairs[value, name] / values[value])
    return Table({label: "string", "_value": "string", "Probability": "float"}, rows)
