// Metrics of Prometheus.
package prometheus


import "experimental"
import "universe"

// scrape reads the metrics at a URL.
builtin scrape : (url: string) => stream[A] where A: Record

// histogramQuantile estimates a quantile of histograms of Prometheus, in the version in which the data was written: 1 has
// the upper bounds as fields, 2 has them in the tag `le`.
histogramQuantile = (quantile, metricVersion=2, onNonmonotonic="error", tables=<-) =>
    {
        bounded =
            if metricVersion == 2 then
                tables
                    |> group(mode: "except", columns: ["le", "_value"])
                    |> map(fn: (r) => ({r with le: float(v: r.le)}))
            else if metricVersion == 1 then
                tables
                    |> filter(fn: (r) => r._field != "sum" and r._field != "count")
                    |> map(fn: (r) => ({r with le: float(v: r._field)}))
                    |> group(mode: "except", columns: ["_field", "le", "_value"])
            else
                universe.die(msg: "metricVersion must be 1 or 2")

        return
            bounded
                |> universe.histogramQuantile(quantile: quantile, onNonmonotonic: onNonmonotonic)
                |> group(mode: "except", columns: ["le", "_value", "_time"])
                |> set(key: "quantile", value: string(v: quantile))
                |> experimental.group(columns: ["quantile"], mode: "extend")
    }
