// Rows that are out of line.
package anomalydetection


import "math"

// mad compares each value with the others of the same time: `level` is "anomaly" where its distance from their median is
// `threshold` times the median distance or more, and "normal" elsewhere.
mad = (table=<-, threshold=3.0) =>
    {
        data = table |> group(columns: ["_time"])
        middle = data |> median()
        away =
            join(tables: {data: data, med: middle}, on: ["_time"])
                |> map(fn: (r) => ({r with _value_diff: math.abs(x: r._value_data - r._value_med)}))
                |> drop(columns: ["_start", "_stop", "_value_data", "_value_med"])
        usual =
            away
                |> median(column: "_value_diff")
                |> map(fn: (r) => ({r with _value_diff_med: 1.4826 * r._value_diff}))
                |> filter(fn: (r) => r._value_diff_med > 0.0)
                |> keep(columns: ["_time", "_value_diff_med"])

        return
            join(tables: {diff: away, usual: usual}, on: ["_time"])
                |> map(fn: (r) => ({r with _value: r._value_diff / r._value_diff_med}))
                |> map(fn: (r) => ({r with level: if r._value >= threshold then "anomaly" else "normal"}))
    }
