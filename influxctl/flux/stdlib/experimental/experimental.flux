// Functions on trial. The aggregates and selectors here work on the column `_value` and are checked against its type.
package experimental


import "date"
import "experimental/table"
import "universe"

// addDuration moves a time forward by a duration; it has moved to the package date.
addDuration = (d, to, location=location) => date.add(d: d, to: to, location: location)

// subDuration moves a time back by a duration; it has moved to the package date.
subDuration = (d, from, location=location) => date.sub(d: d, from: from, location: location)

// group adds columns to the group key; "extend" is the only mode.
builtin group : (<-tables: stream[A], columns: [string], mode: string) => stream[A] where A: Record

// objectKeys gives the labels of a record, sorted.
builtin objectKeys : (o: A) => [string] where A: Record

// set puts the values of a record into every row.
builtin set : (<-tables: stream[B], o: A) => stream[C] where A: Record, B: Record, C: Record

// to writes rows of one column a field: `_measurement`, the group key as tags, every other column as a field.
builtin to : (<-tables: stream[A], ?bucket: string, ?bucketID: string, ?host: string, ?org: string, ?orgID: string, ?token: string) => stream[A] where A: Record

// join puts rows together that agree in `_time` and the columns of the group key, by `fn`.
builtin join : (fn: (left: A, right: B) => C, left: stream[A], right: stream[B]) => stream[C] where A: Record, B: Record, C: Record

// chain runs the first stream to its end and then gives the second.
builtin chain : (first: stream[A], second: stream[B]) => stream[B] where A: Record, B: Record

// alignTime moves the times of every table so that its first stands at `alignTo`.
alignTime = (alignTo=time(v: 0), tables=<-) =>
    tables
        |> stateDuration(fn: (r) => true, column: "_elapsed", unit: 1ns)
        |> map(fn: (r) => ({r with _time: time(v: int(v: alignTo) + r._elapsed)}))
        |> drop(columns: ["_elapsed"])

// _window is `window` with every parameter given; of `every` and `period` one may be 0s and is then the other.
builtin _window : (<-tables: stream[{A with _time: time, _stop: time, _start: time}], createEmpty: bool, every: duration, location: {zone: string, offset: duration}, offset: duration, period: duration) => stream[{A with _time: time, _stop: time, _start: time}]

// window puts rows into tables by intervals of time.
window = (
        every=0s,
        period=0s,
        offset=0s,
        location=location,
        createEmpty=false,
        tables=<-,
    ) =>
    tables
        |> _window(
            every: every,
            period: period,
            offset: offset,
            location: location,
            createEmpty: createEmpty,
        )

// integral gives the area under the curve per `unit`.
integral = (unit=1s, interpolate="", tables=<-) => tables |> universe.integral(unit: unit, interpolate: interpolate)

// count counts the rows.
count = (tables=<-) => tables |> universe.count()

// distinct gives every value once.
distinct = (tables=<-) => tables |> universe.distinct()

// fill puts a value, or the one before, in the place of null.
builtin fill : (<-tables: stream[{B with _value: A}], ?usePrevious: bool, ?value: A) => stream[{B with _value: A}]

// first gives the first row that is not null.
first = (tables=<-) => tables |> universe.first()

// last gives the last row that is not null.
last = (tables=<-) => tables |> universe.last()

// max gives the row with the greatest value.
max = (tables=<-) => tables |> universe.max()

// min gives the row with the least value.
min = (tables=<-) => tables |> universe.min()

// mean gives the average.
mean = (tables=<-) => tables |> universe.mean()

// mode gives the values that occur most often.
mode = (tables=<-) => tables |> universe.mode()

// quantile gives the value below which the share `q` of the values lies.
quantile = (q, compression=1000.0, method="estimate_tdigest", tables=<-) =>
    tables |> universe.quantile(q: q, compression: compression, method: method)

// skew gives the skewness.
skew = (tables=<-) => tables |> universe.skew()

// spread gives the greatest less the least value.
spread = (tables=<-) => tables |> universe.spread()

// stddev gives the standard deviation.
stddev = (mode="sample", tables=<-) => tables |> universe.stddev(mode: mode)

// sum adds the values up.
sum = (tables=<-) => tables |> universe.sum()

// unique gives the first row of every value.
unique = (tables=<-) => tables |> universe.unique()

// kaufmansAMA gives Kaufman's adaptive moving average over `n` rows.
kaufmansAMA = (n, tables=<-) => tables |> universe.kaufmansAMA(n: n)

// histogram counts how many values lie at or below each bound of `bins`.
histogram = (bins, normalize=false, tables=<-) => tables |> universe.histogram(bins: bins, normalize: normalize)

// histogramQuantile estimates a quantile from a cumulative histogram.
histogramQuantile = (quantile=0.5, minValue=0.0, tables=<-) =>
    tables |> universe.histogramQuantile(quantile: quantile, minValue: minValue)

// preview gives the first rows of the first tables.
builtin preview : (<-tables: stream[A], ?nrows: int, ?ntables: int) => stream[A] where A: Record

// unpivot makes a row of each column that is neither in the group key nor in `otherColumns`: the label becomes `_field`.
builtin unpivot : (<-tables: stream[{A with _time: time}], ?otherColumns: [string]) => stream[{B with _value: C, _field: string}] where A: Record, B: Record

// catch calls a function and gives its value, or the message and code of the error.
builtin catch : (fn: () => A) => {value: A, msg: string, code: uint}

// diff gives the rows in which two streams differ: "-" what is wanted and missing, "+" what is there and not wanted.
builtin diff : (<-got: stream[A], want: stream[A]) => stream[{A with _diff: string}]
