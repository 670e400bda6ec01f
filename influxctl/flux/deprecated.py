"""Packages and functions of Flux that others have taken the place of, with what to use instead."""

from __future__ import annotations

DEPRECATED = {
    "experimental/array": 'package "array" (concat, filter, map) and the conversions of universe',
    "experimental/bitwise": 'package "bitwise"',
    "experimental/csv": "requests.get() and csv.from(csv: string(v: response.body))",
    "experimental/date/boundaries": 'package "date/boundaries"',
    "experimental/http": 'package "http/requests"',
    "experimental/http/requests": 'package "http/requests"',
    "experimental.addDuration": "date.add()",
    "experimental.subDuration": "date.sub()",
    "experimental.alignTime": "timeShift() by the difference of the starts",
    "experimental.join": 'join.inner() of package "join"',
    "experimental.set": "set() or map()",
    "experimental.to": "to() or wideTo()",
    "influxdata/influxdb/v1.fieldKeys": "schema.fieldKeys()",
    "influxdata/influxdb/v1.fieldsAsCols": "schema.fieldsAsCols()",
    "influxdata/influxdb/v1.measurementFieldKeys": "schema.measurementFieldKeys()",
    "influxdata/influxdb/v1.measurementTagKeys": "schema.measurementTagKeys()",
    "influxdata/influxdb/v1.measurementTagValues": "schema.measurementTagValues()",
    "influxdata/influxdb/v1.measurements": "schema.measurements()",
    "influxdata/influxdb/v1.tagKeys": "schema.tagKeys()",
    "influxdata/influxdb/v1.tagValues": "schema.tagValues()",
    "influxdata/influxdb/v1.json": 'parse() of package "experimental/json"',
}  # fmt: skip
