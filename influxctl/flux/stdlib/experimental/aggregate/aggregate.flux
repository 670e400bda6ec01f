// Aggregates over windows.
package aggregate


import "array"

// rate gives the average increase per `unit` in windows of length `every`, summed up over the series that agree in
// `groupColumns`.
rate = (every, groupColumns=[], unit=1s, tables=<-) =>
    tables
        |> derivative(nonNegative: true, unit: unit)
        |> aggregateWindow(
            every: every,
            fn: (column, tables=<-) =>
                tables
                    |> mean(column: column)
                    |> group(columns: array.concat(arr: ["_start", "_stop"], v: groupColumns))
                    |> sum(column: column),
        )
