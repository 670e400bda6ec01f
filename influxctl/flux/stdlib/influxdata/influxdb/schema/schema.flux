// What is in a bucket: measurements, fields, tags and their values. The answers are one table with the column `_value`.
package schema


// _from is the source that the functions here read; tests replace it.
option _from = from

// _startDefault is how far back the functions here look.
_startDefault = -30d

// _stopDefault is the time up to which the functions here look: now.
_stopDefault = now()

// fieldsAsCols makes a column of each field: rows of the same time become one row.
fieldsAsCols = (tables=<-) => tables |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")

// tagValues gives the values of a tag, or of `_measurement` or `_field`.
tagValues = (bucket, tag, predicate=(r) => true, start=_startDefault, stop=_stopDefault) =>
    _from(bucket: bucket)
        |> range(start: start, stop: stop)
        |> filter(fn: predicate)
        |> keep(columns: [tag])
        |> group()
        |> distinct(column: tag)

// tagKeys gives the columns that series are told apart by: `_start`, `_stop`, `_field`, `_measurement` and the tags.
tagKeys = (bucket, predicate=(r) => true, start=_startDefault, stop=_stopDefault) =>
    _from(bucket: bucket)
        |> range(start: start, stop: stop)
        |> filter(fn: predicate)
        |> keys()
        |> keep(columns: ["_value"])
        |> distinct()

// measurementTagValues gives the values of a tag within a measurement.
measurementTagValues = (bucket, measurement, tag, start=_startDefault, stop=_stopDefault) =>
    tagValues(
        bucket: bucket,
        tag: tag,
        predicate: (r) => r._measurement == measurement,
        start: start,
        stop: stop,
    )

// measurementTagKeys gives the tags of a measurement, with the columns that every series has.
measurementTagKeys = (bucket, measurement, start=_startDefault, stop=_stopDefault) =>
    tagKeys(bucket: bucket, predicate: (r) => r._measurement == measurement, start: start, stop: stop)

// fieldKeys gives the names of fields.
fieldKeys = (bucket, predicate=(r) => true, start=_startDefault, stop=_stopDefault) =>
    tagValues(bucket: bucket, tag: "_field", predicate: predicate, start: start, stop: stop)

// measurementFieldKeys gives the names of the fields of a measurement.
measurementFieldKeys = (bucket, measurement, start=_startDefault, stop=_stopDefault) =>
    fieldKeys(bucket: bucket, predicate: (r) => r._measurement == measurement, start: start, stop: stop)

// measurements gives the names of measurements.
measurements = (bucket, start=_startDefault, stop=_stopDefault) =>
    tagValues(bucket: bucket, tag: "_measurement", start: start, stop: stop)
