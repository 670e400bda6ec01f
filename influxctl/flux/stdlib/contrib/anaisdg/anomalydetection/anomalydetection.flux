// Rows that are out of line.
package anomalydetection


import "math"

// mad compares each value with the others of the same time: `_value` is its distance from their median, measured in median
// distances; `level` is "anomaly" where that is `threshold` or more, and "normal" elsewhere. Times at which all values agree go.
mad = (table=<-, threshold=3.0) =>
    {
        data = table |> group(columns: ["_time"])
        middle = data |> median()
        away =
            join(tables: {data: data, med: middle}, on: ["_time"])
                |> map(fn: (r) => ({r with _value: math.abs(x: r._value_data - r._value_med)}))
                |> drop(columns: ["_start", "_stop", "_value_data", "_value_med"])
        usual =
            away
                |> median()
                |> map(fn: (r) => ({r with MAD: 1.4826 * r._value}))
                |> filter(fn: (r) => r.MAD > 0.0)

        return
            join(tables: {diff: away, diff_med: usual}, on: ["_time"])
                |> map(fn: (r) => ({r with _value: r._value_diff / r._value_diff_med}))
                |> map(fn: (r) => ({r with level: if r._value >= threshold then "anomaly" else "normal"}))
    }
