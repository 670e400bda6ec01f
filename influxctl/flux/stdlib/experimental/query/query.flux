// Short forms of the beginning of most queries.
package query


// fromRange reads a bucket between two times.
fromRange = (bucket, start, stop=now()) => from(bucket: bucket) |> range(start: start, stop: stop)

// filterMeasurement keeps one measurement.
filterMeasurement = (measurement, table=<-) => table |> filter(fn: (r) => r._measurement == measurement)

// filterFields keeps the fields named; all of them when none is.
filterFields = (fields=[], table=<-) =>
    if length(arr: fields) == 0 then
        table
    else
        table |> filter(fn: (r) => contains(value: r._field, set: fields))

// inBucket reads fields of a measurement of a bucket between two times, where the predicate holds.
inBucket = (
        bucket,
        measurement,
        start,
        stop=now(),
        fields=[],
        predicate=(r) => true,
    ) =>
    fromRange(bucket: bucket, start: start, stop: stop)
        |> filterMeasurement(measurement: measurement)
        |> filter(fn: predicate)
        |> filterFields(fields: fields)
