// Reading with a range from the start, and fields as columns.
package influxdb


import "influxdata/influxdb"
import "influxdata/influxdb/v1"

// _mask takes columns out of the group key and out of sight.
builtin _mask : (<-tables: stream[A], columns: [string]) => stream[B] where A: Record, B: Record

// _from reads a bucket between two times; on a host it is `influxdb.from` with that host.
_from = (
        bucket,
        start,
        stop=now(),
        org="",
        host="",
        token="",
    ) =>
    {
        source =
            if host == "" then
                influxdb.from(bucket: bucket)
            else
                influxdb.from(bucket: bucket, org: org, host: host, token: token)

        return source |> range(start: start, stop: stop)
    }

// from reads a bucket between two times.
from = (
        bucket,
        start,
        stop=now(),
        org="",
        host="",
        token="",
    ) =>
    _from(
        bucket: bucket,
        start: start,
        stop: stop,
        org: org,
        host: host,
        token: token,
    )
        |> _mask(columns: ["_start", "_stop"])

// select reads fields of a measurement as columns.
select = (
        from,
        start,
        stop=now(),
        m,
        fields=[],
        where=(r) => true,
        org="",
        host="",
        token="",
    ) =>
    {
        source =
            _from(
                bucket: from,
                start: start,
                stop: stop,
                org: org,
                host: host,
                token: token,
            )
                |> filter(fn: (r) => r._measurement == m)
        named =
            if length(arr: fields) > 0 then
                source |> filter(fn: (r) => contains(value: r._field, set: fields))
            else
                source

        return
            named
                |> filter(fn: where)
                |> v1.fieldsAsCols()
                |> _mask(columns: ["_measurement", "_start", "_stop"])
    }
