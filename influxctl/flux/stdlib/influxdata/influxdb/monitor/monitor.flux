// Checks and notifications: statuses are written to the measurement `statuses` of the bucket `_monitoring`, notifications
// that were sent to the measurement `notifications`.
package monitor


import "dict"
import "experimental"
import "influxdata/influxdb/v1"
import "influxdata/influxdb"

// bucket is where statuses and notifications are kept.
bucket = "_monitoring"

// write stores statuses. A script may replace it.
option write = (tables=<-) => tables |> experimental.to(bucket: bucket)

// log stores notifications that were sent. A script may replace it.
option log = (tables=<-) => tables |> experimental.to(bucket: bucket)

// logs reads notifications that were sent.
logs = (start, stop=now(), fn) =>
    influxdb.from(bucket: bucket)
        |> range(start: start, stop: stop)
        |> filter(fn: (r) => r._measurement == "notifications")
        |> filter(fn: fn)
        |> v1.fieldsAsCols()

// from reads statuses.
from = (start, stop=now(), fn=(r) => true) =>
    influxdb.from(bucket: bucket)
        |> range(start: start, stop: stop)
        |> filter(fn: (r) => r._measurement == "statuses")
        |> filter(fn: fn)
        |> v1.fieldsAsCols()

// levelOK is the name of the level at which all is well.
levelOK = "ok"

// levelInfo is the name of the level of information.
levelInfo = "info"

// levelWarn is the name of the level of a warning.
levelWarn = "warn"

// levelCrit is the name of the critical level.
levelCrit = "crit"

// levelUnknown is the name of the level when no condition holds.
levelUnknown = "unknown"

// _ranks orders the levels; every other level ranks 0.
_ranks = [levelCrit: 4, levelWarn: 3, levelInfo: 2, levelOK: 1]

// _steps gives every row a rank and keeps those for which `keep` is true of the step in `_rank` from the row before.
_steps = (rank, keep, tables=<-) =>
    tables
        |> map(fn: (r) => ({r with _rank: rank(r: r)}))
        |> duplicate(column: "_level", as: "_reached")
        |> drop(columns: ["_level"])
        |> rename(columns: {_reached: "_level"})
        |> sort(columns: ["_source_timestamp", "_time"])
        |> difference(columns: ["_rank"])
        |> filter(fn: keep)
        |> drop(columns: ["_rank"])
        |> experimental.group(mode: "extend", columns: ["_level"])

// _stateChanges finds statuses that reach `toLevel` straight from `fromLevel`; "any" stands for every level but the other one.
_stateChanges = (fromLevel="any", toLevel="any", tables=<-) =>
    {
        reached = (r) => if toLevel == "any" then r._level != fromLevel else r._level == toLevel
        left = (r) => if fromLevel == "any" then r._level != toLevel else r._level == fromLevel

        return
            tables
                |> _steps(
                    rank: (r) => if reached(r: r) then 1 else if left(r: r) then 0 else -10,
                    keep: (r) => r._rank == 1,
                )
    }

// stateChangesOnly keeps the statuses whose level is not the one before it.
stateChangesOnly = (tables=<-) =>
    tables
        |> _steps(rank: (r) => dict.get(dict: _ranks, key: r._level, default: 0), keep: (r) => r._rank != 0)

// stateChanges finds statuses that leave `fromLevel` and reach `toLevel`; "any" stands for every level.
stateChanges = (fromLevel="any", toLevel="any", tables=<-) =>
    if fromLevel == "any" and toLevel == "any" then
        tables |> stateChangesOnly()
    else
        tables |> _stateChanges(fromLevel: fromLevel, toLevel: toLevel)

// notify sends statuses to an endpoint and logs what was sent.
notify = (endpoint, data, tables=<-) =>
    tables
        |> experimental.set(o: data)
        |> experimental.group(mode: "extend", columns: experimental.objectKeys(o: data))
        |> map(fn: (r) => ({r with _measurement: "notifications", _status_timestamp: int(v: r._time), _time: now()}))
        |> endpoint()
        |> experimental.group(mode: "extend", columns: ["_sent"])
        |> log()

// deadman finds out which series have no row since `t`: their last row, with the column `dead`.
deadman = (t, tables=<-) =>
    tables
        |> max(column: "_time")
        |> map(fn: (r) => ({r with dead: r._time < t}))

// check gives every row the level of the first condition that holds, in the order crit, warn, info, ok, and stores it.
check = (
        data,
        messageFn,
        crit=(r) => false,
        warn=(r) => false,
        info=(r) => false,
        ok=(r) => true,
        tables=<-,
    ) =>
    tables
        |> experimental.set(o: data.tags)
        |> experimental.group(mode: "extend", columns: experimental.objectKeys(o: data.tags))
        |> map(
            fn: (r) =>
                ({r with
                    _measurement: "statuses",
                    _source_measurement: r._measurement,
                    _type: data._type,
                    _check_id: data._check_id,
                    _check_name: data._check_name,
                    _level:
                        if crit(r: r) then
                            levelCrit
                        else if warn(r: r) then
                            levelWarn
                        else if info(r: r) then
                            levelInfo
                        else if ok(r: r) then
                            levelOK
                        else
                            levelUnknown,
                    _source_timestamp: int(v: r._time),
                    _time: now(),
                }),
        )
        |> map(fn: (r) => ({r with _message: messageFn(r: r)}))
        |> experimental.group(
            mode: "extend",
            columns: [
                "_source_measurement",
                "_type",
                "_check_id",
                "_check_name",
                "_level",
            ],
        )
        |> write()
