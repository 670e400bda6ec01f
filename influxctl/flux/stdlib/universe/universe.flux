// What every script sees without import.
package universe

// A row of nulls in each empty table, or no empty tables.
builtin _fillEmpty : (<-tables: stream[A], createEmpty: bool) => stream[A] where A: Record

// hourSelection with every parameter given.
builtin _hourSelection : (<-tables: stream[A], location: {zone: string, offset: duration}, start: int, stop: int, ?timeColumn: string) => stream[A] where A: Record

// window with every parameter given.
builtin _window : (<-tables: stream[A], createEmpty: bool, every: duration, location: {zone: string, offset: duration}, offset: duration, period: duration, startColumn: string, stopColumn: string, timeColumn: string) => stream[B] where A: Record, B: Record

// An aggregate or selector for each window of time. `timeSrc` is the bound that becomes the time of the row.
builtin aggregateWindow : (<-tables: stream[D], every: duration, fn: (<-: stream[B], column: A) => stream[C], ?column: A, ?createEmpty: bool, ?location: {zone: string, offset: duration}, ?offset: duration, ?period: duration, ?timeDst: string, ?timeSrc: string) => stream[E] where B: Record, C: Record, D: Record, E: Record

// The value as a bool.
builtin bool : (v: A) => bool

// The bytes of a string.
builtin bytes : (v: A) => bytes

// Momentum of the last n rows, from -100 to 100.
builtin chandeMomentumOscillator : (<-tables: stream[A], n: int, ?columns: [string]) => stream[B] where A: Record, B: Record

// The labels of the columns of each table.
builtin columns : (<-tables: stream[A], ?column: string) => stream[B] where A: Record, B: Record

// Whether an array holds a value.
builtin contains : (set: [A], value: A) => bool where A: Nullable

// The number of rows of each table.
builtin count : (<-tables: stream[A], ?column: string) => stream[B] where A: Record, B: Record

// The covariance of two columns of each table, or their correlation.
builtin covariance : (<-tables: stream[A], columns: [string], ?pearsonr: bool, ?valueDst: string) => stream[B] where A: Record, B: Record

// Running sums.
builtin cumulativeSum : (<-tables: stream[A], ?columns: [string]) => stream[B] where A: Record, B: Record

// The rate of change between rows, by unit of time.
builtin derivative : (<-tables: stream[A], ?columns: [string], ?initialZero: bool, ?nonNegative: bool, ?timeColumn: string, ?unit: duration) => stream[B] where A: Record, B: Record

// Stops the script with a message.
builtin die : (msg: string) => A

// The difference of each row to the row before.
builtin difference : (<-tables: stream[A], ?columns: [string], ?initialZero: bool, ?keepFirst: bool, ?nonNegative: bool) => stream[B] where A: Record, B: Record

// The text of any value.
builtin display : (v: A) => string

// The distinct values of a column.
builtin distinct : (<-tables: stream[A], ?column: string) => stream[B] where A: Record, B: Record

// All columns but those named or chosen by a function.
builtin drop : (<-tables: stream[A], ?columns: [string], ?fn: (column: string) => bool) => stream[B] where A: Record, B: Record

// A copy of a column under another name.
builtin duplicate : (<-tables: stream[A], as: string, column: string) => stream[B] where A: Record, B: Record

// The value as a duration.
builtin duration : (v: A) => duration

// The time since the row before.
builtin elapsed : (<-tables: stream[A], ?columnName: string, ?timeColumn: string, ?unit: duration) => stream[B] where A: Record, B: Record

// Average that weighs recent rows more.
builtin exponentialMovingAverage : (<-tables: stream[{A with _value: B}], n: int) => stream[{A with _value: B}] where B: Numeric

// Nulls replaced by a value or by the one before.
builtin fill : (<-tables: stream[B], ?column: string, ?usePrevious: bool, ?value: A) => stream[C] where B: Record, C: Record

// The rows for which a function is true.
builtin filter : (<-tables: stream[A], fn: (r: A) => bool, ?onEmpty: string) => stream[A] where A: Record

// The values of a column of the first table whose key passes.
builtin findColumn : (<-tables: stream[B], column: string, fn: (key: A) => bool) => [C] where A: Record, B: Record

// A row of the first table whose key passes.
builtin findRecord : (<-tables: stream[B], fn: (key: A) => bool, idx: int) => B where A: Record, B: Record

// The first row of each table that is not null.
builtin first : (<-tables: stream[A], ?column: string) => stream[A] where A: Record

// The value as a float.
builtin float : (v: A) => float

// The values of a column of a table.
builtin getColumn : (<-table: stream[A], column: string) => [B] where A: Record

// A row of a table.
builtin getRecord : (<-table: stream[A], idx: int) => A where A: Record

// The rows by the values of other columns.
builtin group : (<-tables: stream[A], ?columns: [string], ?mode: string) => stream[A] where A: Record

// Cumulative counts of values below bounds.
builtin histogram : (<-tables: stream[A], bins: [float], ?column: string, ?countColumn: string, ?normalize: bool, ?upperBoundColumn: string) => stream[B] where A: Record, B: Record

// The quantile that a cumulative histogram suggests.
builtin histogramQuantile : (<-tables: stream[A], ?countColumn: string, ?minValue: float, ?onNonmonotonic: string, ?quantile: float, ?upperBoundColumn: string, ?valueColumn: string) => stream[B] where A: Record, B: Record

// Forecast by exponential smoothing with trend and season.
builtin holtWinters : (<-tables: stream[A], interval: duration, n: int, ?column: string, ?seasonality: int, ?timeColumn: string, ?withFit: bool, ?withMinSSE: bool) => stream[B] where A: Record, B: Record

// A duration without end.
builtin inf : duration

// The value as an int.
builtin int : (v: A) => int

// The area under the curve of each table.
builtin integral : (<-tables: stream[A], ?column: string, ?interpolate: string, ?timeColumn: string, ?unit: duration) => stream[B] where A: Record, B: Record

// The rows of two streams with equal values in some columns.
builtin join : (<-tables: A, ?method: string, ?on: [string]) => stream[B] where A: Record, B: Record

// Kaufman's adaptive moving average.
builtin kaufmansAMA : (<-tables: stream[A], n: int, ?column: string) => stream[B] where A: Record, B: Record

// Kaufman's efficiency ratio.
builtin kaufmansER : (<-tables: stream[A], n: int) => stream[{B with _value: float, _value: float}] where A: Record

// Only the columns named or chosen by a function.
builtin keep : (<-tables: stream[A], ?columns: [string], ?fn: (column: string) => bool) => stream[B] where A: Record, B: Record

// The distinct values of some columns.
builtin keyValues : (<-tables: stream[A], ?keyColumns: [string]) => stream[{B with _value: C, _key: string}] where A: Record, B: Record

// The labels of the group key of each table.
builtin keys : (<-tables: stream[A], ?column: string) => stream[B] where A: Record, B: Record

// The last row of each table that is not null.
builtin last : (<-tables: stream[A], ?column: string) => stream[A] where A: Record

// The number of elements of an array.
builtin length : (<-arr: [A]) => int

// The first n rows of each table.
builtin limit : (<-tables: stream[A], n: int, ?offset: int) => stream[A]

// Bounds of equal distance.
builtin linearBins : (count: int, start: float, width: float, ?infinity: bool) => [float]

// Bounds of equal ratio.
builtin logarithmicBins : (count: int, factor: float, start: float, ?infinity: bool) => [float]

// A new row for each row.
builtin map : (<-tables: stream[A], fn: (r: A) => B, ?mergeKey: bool) => stream[B]

// The row of each table with the greatest value.
builtin max : (<-tables: stream[A], ?column: string) => stream[A] where A: Record

// The mean of the values of each table.
builtin mean : (<-tables: stream[A], ?column: string) => stream[B] where A: Record, B: Record

// The middle of the values of each table.
builtin median : (<-tables: stream[A], ?column: string, ?compression: float, ?method: string) => stream[A] where A: Record

// The row of each table with the least value.
builtin min : (<-tables: stream[A], ?column: string) => stream[A] where A: Record

// The most frequent values of each table.
builtin mode : (<-tables: stream[A], ?column: string) => stream[{B with _value: C}] where A: Record, B: Record

// The mean of each row and the n - 1 rows before.
builtin movingAverage : (<-tables: stream[{A with _value: B}], n: int) => stream[{A with _value: float}] where B: Numeric

// Rows to columns: one row for each row key, one column for each column key.
builtin pivot : (<-tables: stream[A], columnKey: [string], rowKey: [string], valueColumn: string) => stream[B] where A: Record, B: Record

// The q-quantile of the values of each table.
builtin quantile : (<-tables: stream[A], q: float, ?column: string, ?compression: float, ?method: string) => stream[A] where A: Record

// The rows between two times.
builtin range : (<-tables: stream[{C with _time: time}], start: A, ?stop: B) => stream[{C with _time: time, _stop: time, _start: time}]

// The fold of a function over the rows of each table.
builtin reduce : (<-tables: stream[B], fn: (accumulator: A, r: B) => A, identity: A) => stream[C] where A: Record, B: Record, C: Record

// Strength of rises against falls of the last n rows.
builtin relativeStrengthIndex : (<-tables: stream[A], n: int, ?columns: [string]) => stream[B] where A: Record, B: Record

// Columns under other names.
builtin rename : (<-tables: stream[B], ?columns: A, ?fn: (column: string) => string) => stream[C] where A: Record, B: Record, C: Record

// Every n-th row of each table.
builtin sample : (<-tables: stream[A], n: int, ?column: string, ?pos: int) => stream[A] where A: Record

// A column that holds one string in every row.
builtin set : (<-tables: stream[A], key: string, value: string) => stream[A] where A: Record

// The skewness of the values of each table.
builtin skew : (<-tables: stream[A], ?column: string) => stream[B] where A: Record, B: Record

// The rows of each table in order.
builtin sort : (<-tables: stream[A], ?columns: [string], ?desc: bool) => stream[A] where A: Record

// The greatest less the least value of each table.
builtin spread : (<-tables: stream[A], ?column: string) => stream[B] where A: Record, B: Record

// How many rows and how long a condition has held.
builtin stateTracking : (<-tables: stream[A], fn: (r: A) => bool, ?countColumn: string, ?durationColumn: string, ?durationUnit: duration, ?timeColumn: string) => stream[B] where A: Record, B: Record

// The standard deviation of the values of each table.
builtin stddev : (<-tables: stream[A], ?column: string, ?mode: string) => stream[B] where A: Record, B: Record

// The value as a string.
builtin string : (v: A) => string

// The sum of the values of each table.
builtin sum : (<-tables: stream[A], ?column: string) => stream[B] where A: Record, B: Record

// The first table whose key passes a function.
builtin tableFind : (<-tables: stream[B], fn: (key: A) => bool) => stream[B] where A: Record, B: Record

// The last n rows of each table.
builtin tail : (<-tables: stream[A], n: int, ?offset: int) => stream[A]

// The value as a time.
builtin time : (v: A) => time

// Times moved by a duration.
builtin timeShift : (<-tables: stream[A], duration: duration, ?columns: [string]) => stream[A]

// Midnight of the present day.
builtin today : () => time

// The rate of change of a triple exponential average.
builtin tripleExponentialDerivative : (<-tables: stream[{A with _value: B}], n: int) => stream[{A with _value: float}] where A: Record, B: Numeric

// Times cut to a unit.
builtin truncateTimeColumn : (<-tables: stream[{B with _time: C}], unit: duration, ?timeColumn: A) => stream[{B with _time: C, _time: time}] where C: Timeable

// The value as an unsigned int.
builtin uint : (v: A) => uint

// The tables of several streams.
builtin union : (tables: [stream[A]]) => stream[A] where A: Record

// The rows whose value did not occur before.
builtin unique : (<-tables: stream[A], ?column: string) => stream[A] where A: Record

// Rows by windows of time.
builtin window : (<-tables: stream[A], ?createEmpty: bool, ?every: duration, ?location: {zone: string, offset: duration}, ?offset: duration, ?period: duration, ?startColumn: string, ?stopColumn: string, ?timeColumn: string) => stream[B] where A: Record, B: Record

// Delivers the stream as a result.
builtin yield : (<-tables: stream[A], ?name: string) => stream[A] where A: Record

// The greatest or least rows by some columns.
_sortLimit = (n, desc, columns=["_value"], tables=<-) => tables |> sort(columns: columns, desc: desc) |> limit(n: n)

// The n rows with the greatest values.
top = (n, columns=["_value"], tables=<-) => tables |> _sortLimit(n: n, columns: columns, desc: true)

// The n rows with the least values.
bottom = (n, columns=["_value"], tables=<-) => tables |> _sortLimit(n: n, columns: columns, desc: false)

// One row a table by a reducer, the best n of them by group.
_highestOrLowest = (n, _sortLimit, reducer, column="_value", groupColumns=[], tables=<-) =>
    tables
        |> group(columns: groupColumns)
        |> reducer()
        |> group(columns: [])
        |> _sortLimit(n: n, columns: [column])

// The n tables with the highest maximum.
highestMax = (n, column="_value", groupColumns=[], tables=<-) =>
    tables
        |> _highestOrLowest(
            n: n,
            column: column,
            groupColumns: groupColumns,
            reducer: (tables=<-) => tables |> max(column: column),
            _sortLimit: top,
        )

// The n tables with the highest mean.
highestAverage = (n, column="_value", groupColumns=[], tables=<-) =>
    tables
        |> _highestOrLowest(
            n: n,
            column: column,
            groupColumns: groupColumns,
            reducer: (tables=<-) => tables |> mean(column: column),
            _sortLimit: top,
        )

// The n tables with the highest last value.
highestCurrent = (n, column="_value", groupColumns=[], tables=<-) =>
    tables
        |> _highestOrLowest(
            n: n,
            column: column,
            groupColumns: groupColumns,
            reducer: (tables=<-) => tables |> last(column: column),
            _sortLimit: top,
        )

// The n tables with the lowest minimum.
lowestMin = (n, column="_value", groupColumns=[], tables=<-) =>
    tables
        |> _highestOrLowest(
            n: n,
            column: column,
            groupColumns: groupColumns,
            reducer: (tables=<-) => tables |> min(column: column),
            _sortLimit: bottom,
        )

// The n tables with the lowest mean.
lowestAverage = (n, column="_value", groupColumns=[], tables=<-) =>
    tables
        |> _highestOrLowest(
            n: n,
            column: column,
            groupColumns: groupColumns,
            reducer: (tables=<-) => tables |> mean(column: column),
            _sortLimit: bottom,
        )

// The n tables with the lowest last value.
lowestCurrent = (n, column="_value", groupColumns=[], tables=<-) =>
    tables
        |> _highestOrLowest(
            n: n,
            column: column,
            groupColumns: groupColumns,
            reducer: (tables=<-) => tables |> last(column: column),
            _sortLimit: bottom,
        )

// Running sums of what a counter grew, resets left out.
increase = (tables=<-, columns=["_value"]) =>
    tables |> difference(nonNegative: true, columns: columns, keepFirst: true, initialZero: true) |> cumulativeSum(columns: columns)

// How many rows in a row a condition has held; -1 where it does not.
stateCount = (fn, column="stateCount", tables=<-) => tables |> stateTracking(countColumn: column, fn: fn)

// How long a condition has held; -1 where it does not.
stateDuration = (fn, column="stateDuration", timeColumn="_time", unit=1s, tables=<-) =>
    tables |> stateTracking(durationColumn: column, timeColumn: timeColumn, fn: fn, durationUnit: unit)

// Means of overlapping windows.
timedMovingAverage = (every, period, column="_value", tables=<-) =>
    tables |> aggregateWindow(every: every, period: period, fn: mean, column: column, createEmpty: false)

// The mean weighted by how long each value lasted.
timeWeightedAvg = (tables=<-, unit) =>
    tables
        |> integral(unit: unit, interpolate: "linear")
        |> map(
            fn: (r) =>
                ({r with
                    _value: r._value * float(v: uint(v: unit)) / float(v: int(v: r._stop) - int(v: r._start)),
                }),
        )

// An exponential average that lags less.
doubleEMA = (n, tables=<-) =>
    tables
        |> exponentialMovingAverage(n: n)
        |> duplicate(column: "_value", as: "__first")
        |> exponentialMovingAverage(n: n)
        |> map(fn: (r) => ({r with _value: 2.0 * r.__first - r._value}))
        |> drop(columns: ["__first"])

// An exponential average that lags least.
tripleEMA = (n, tables=<-) =>
    tables
        |> exponentialMovingAverage(n: n)
        |> duplicate(column: "_value", as: "__first")
        |> exponentialMovingAverage(n: n)
        |> duplicate(column: "_value", as: "__second")
        |> exponentialMovingAverage(n: n)
        |> map(fn: (r) => ({r with _value: 3.0 * r.__first - 3.0 * r.__second + r._value}))
        |> drop(columns: ["__first", "__second"])

// The covariance of the values of two streams.
cov = (x, y, on, pearsonr=false) =>
    join(tables: {x: x, y: y}, on: on) |> covariance(pearsonr: pearsonr, columns: ["_value_x", "_value_y"])

// The correlation of the values of two streams.
pearsonr = (x, y, on) => cov(x: x, y: y, on: on, pearsonr: true)

// Rows between two hours of the day.
hourSelection = (start, stop, location=location, timeColumn="_time", tables=<-) =>
    tables |> _hourSelection(start: start, stop: stop, location: location, timeColumn: timeColumn)

// The column _value as bool.
toBool = (tables=<-) => tables |> map(fn: (r) => ({r with _value: bool(v: r._value)}))

// The column _value as int.
toInt = (tables=<-) => tables |> map(fn: (r) => ({r with _value: int(v: r._value)}))

// The column _value as unsigned int.
toUInt = (tables=<-) => tables |> map(fn: (r) => ({r with _value: uint(v: r._value)}))

// The column _value as float.
toFloat = (tables=<-) => tables |> map(fn: (r) => ({r with _value: float(v: r._value)}))

// The column _value as string.
toString = (tables=<-) => tables |> map(fn: (r) => ({r with _value: string(v: r._value)}))

// The column _value as time.
toTime = (tables=<-) => tables |> map(fn: (r) => ({r with _value: time(v: r._value)}))

// now gives the time at which the script began, or what the option now says.
builtin now : () => time

// _vectorizedFloat is float over a whole column, as the planner uses it.
_vectorizedFloat = (v) => float(v: v)
