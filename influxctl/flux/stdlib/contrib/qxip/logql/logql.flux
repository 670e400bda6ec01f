// Queries to Loki and to servers that answer like it with CSV.
package logql


import "csv"
import "date"
import "experimental/http"
import gohttp "http"

// defaultURL is where queries go that name no URL.
option defaultURL = "http://127.0.0.1:3100"

// defaultAPI is the path of queries over a range of time.
option defaultAPI = "/loki/api/v1/query_range"

// query_range sends a query over a range of time and gives its answer as tables.
query_range = (
        url=defaultURL,
        path=defaultAPI,
        query,
        limit=100,
        step=10,
        start=-1h,
        end=now(),
        orgid="",
    ) =>
    {
        answer =
            http.get(
                url:
                    "${url}${path}?query=${gohttp.pathEscape(inputString: query)}&limit=${string(v: limit)}&start=${
                        string(v: uint(v: date.time(t: start)))}&end=${string(v: uint(v: date.time(t: end)))}&step=${
                        string(v: step)}&csv=1",
                headers: {"X-Scope-OrgID": orgid},
            )

        return csv.from(csv: string(v: answer.body), mode: "raw")
    }
