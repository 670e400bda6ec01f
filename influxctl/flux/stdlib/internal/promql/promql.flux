// What queries of Prometheus need.
package promql


import "math"
import "universe"

// changes counts how often the value changes in each table.
builtin changes : (<-tables: stream[{A with _value: float}]) => stream[{B with _value: float}]

// resets counts how often the value falls in each table.
builtin resets : (<-tables: stream[{A with _value: float}]) => stream[{B with _value: float}]

// emptyTable gives a table without rows.
builtin emptyTable : () => stream[{_value: float, _time: time, _stop: time, _start: time}]

// extrapolatedRate gives the increase over the whole range of each table, extrapolated to its bounds.
builtin extrapolatedRate : (<-tables: stream[{A with _value: float, _time: time, _stop: time, _start: time}], ?isCounter: bool, ?isRate: bool) => stream[{B with _value: float}]

// instantRate gives the increase between the last two rows of each table.
builtin instantRate : (<-tables: stream[{A with _value: float, _time: time}], ?isRate: bool) => stream[{B with _value: float}]

// holtWinters smooths the values of each table and gives the last one.
builtin holtWinters : (<-tables: stream[{A with _value: float, _time: time}], ?smoothingFactor: float, ?trendFactor: float) => stream[{B with _value: float}]

// labelReplace sets a label to a template filled with what a regular expression finds in another.
builtin labelReplace : (<-tables: stream[{A with _value: float}], destination: string, regex: string, replacement: string, source: string) => stream[{B with _value: float}]

// linearRegression gives the slope of the values of each table, or the value predicted for some seconds from its end.
builtin linearRegression : (<-tables: stream[{A with _value: float, _time: time, _stop: time}], ?fromNow: float, ?predict: bool) => stream[{B with _value: float}]

// promHistogramQuantile estimates a quantile from a cumulative histogram as Prometheus does.
builtin promHistogramQuantile : (<-tables: stream[A], ?countColumn: string, ?quantile: float, ?upperBoundColumn: string, ?valueColumn: string) => stream[B] where A: Record, B: Record

// promqlDayOfMonth gives the day of the month of a time in seconds.
builtin promqlDayOfMonth : (timestamp: float) => float

// promqlDayOfWeek gives the day of the week of a time in seconds, 0 for Sunday.
builtin promqlDayOfWeek : (timestamp: float) => float

// promqlDaysInMonth gives how many days the month of a time in seconds has.
builtin promqlDaysInMonth : (timestamp: float) => float

// promqlHour gives the hour of a time in seconds.
builtin promqlHour : (timestamp: float) => float

// promqlMinute gives the minute of a time in seconds.
builtin promqlMinute : (timestamp: float) => float

// promqlMonth gives the month of a time in seconds.
builtin promqlMonth : (timestamp: float) => float

// promqlYear gives the year of a time in seconds.
builtin promqlYear : (timestamp: float) => float

// timestamp puts the time of each row, in seconds, in the place of its value.
builtin timestamp : (<-tables: stream[{A with _value: float}]) => stream[{A with _value: float}]

// join puts the rows of tables with equal group keys and equal times together by `fn`.
builtin join : (fn: (left: A, right: B) => C, left: stream[A], right: stream[B]) => stream[C] where A: Record, B: Record, C: Record

// quantile gives a quantile; beyond 0 and 1 it is infinite.
quantile = (q, method="exact_mean", tables=<-) =>
    if q < 0.0 then
        tables |> reduce(identity: {_value: math.mInf(sign: -1)}, fn: (r, accumulator) => accumulator)
    else if q > 1.0 then
        tables |> reduce(identity: {_value: math.mInf(sign: 1)}, fn: (r, accumulator) => accumulator)
    else
        tables |> universe.quantile(q: q, method: method)
