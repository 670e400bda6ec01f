// Functions that help those who come from TICKscript.
package tickscript


import "experimental"
import "experimental/array"
import "influxdata/influxdb/monitor"
import "universe"

// defineCheck makes the record that describes a check.
defineCheck = (id, name, type="custom") => ({_check_id: id, _check_name: name, _type: type, tags: {}})

// alert gives every row a level, with an id, a message and details made of it, and stores it as a status.
alert = (
        check,
        id=(r) => "${r._check_id}",
        details=(r) => "",
        message=(r) => "Threshold Check: ${r._check_name} is: ${r._level}",
        crit=(r) => false,
        warn=(r) => false,
        info=(r) => false,
        ok=(r) => true,
        topic="",
        tables=<-,
    ) =>
    {
        named = (tables=<-) =>
            tables
                |> map(fn: (r) => ({r with _check_id: check._check_id, _check_name: check._check_name}))
                |> map(fn: (r) => ({r with id: id(r: r)}))
                |> map(fn: (r) => ({r with details: details(r: r)}))
        topical = (tables=<-) => if topic == "" then tables else tables |> universe.set(key: "_topic", value: topic)

        return
            tables
                |> drop(fn: (column) => column =~ /_start.*/ or column =~ /_stop.*/)
                |> named()
                |> topical()
                |> monitor.check(
                    crit: crit,
                    warn: warn,
                    info: info,
                    ok: ok,
                    messageFn: message,
                    data: check,
                )
    }

// deadman finds out whether a measurement has at most `threshold` rows, and stores that as a status.
deadman = (
        check,
        measurement,
        threshold=0,
        id=(r) => "${r._check_id}",
        message=(r) =>
            "Deadman Check: ${r._check_name} is: " + (if r.dead then "dead" else "alive"),
        topic="",
        tables=<-,
    ) =>
    {
        found = tables |> group() |> universe.count(column: "_time") |> findRecord(fn: (key) => true, idx: 0)
        rows = if exists found._time then found._time else 0
        topical = (tables=<-) => if topic == "" then tables else tables |> universe.set(key: "_topic", value: topic)

        return
            array.from(rows: [{_time: now(), _measurement: measurement, dead: rows <= threshold}])
                |> group(columns: ["_measurement"])
                |> map(fn: (r) => ({r with _check_id: check._check_id, _check_name: check._check_name}))
                |> map(fn: (r) => ({r with id: id(r: r)}))
                |> topical()
                |> monitor.check(crit: (r) => r.dead, messageFn: message, data: check)
    }

// select applies a function to a column and names the result.
select = (column="_value", fn=(column, tables=<-) => tables, as, tables=<-) =>
    tables
        |> fn(column: column)
        |> rename(fn: (column) => if column == "_value" then as else column)

// selectWindow applies a function to a column in windows and names the result; windows without rows give `defaultValue`.
selectWindow = (
        column="_value",
        fn,
        as,
        every,
        defaultValue,
        tables=<-,
    ) =>
    tables
        |> aggregateWindow(every: every, fn: fn, column: column, createEmpty: true)
        |> fill(column: column, value: defaultValue)
        |> duplicate(column: column, as: as)
        |> drop(columns: [column])

// compute is `select` under the name that TICKscript has for it.
compute = select

// groupBy groups by columns and keeps times in order.
groupBy = (columns, tables=<-) =>
    tables
        |> group(columns: columns)
        |> experimental.group(columns: ["_measurement"], mode: "extend")

// join joins streams and names their rows with a measurement.
join = (tables, on=["_time"], measurement) =>
    universe.join(tables: tables, on: on)
        |> map(fn: (r) => ({r with _measurement: measurement}))
        |> experimental.group(columns: ["_measurement"], mode: "extend")
