// Queries to ClickHouse over HTTP.
package clickhouse


import "csv"
import "experimental/http"
import gohttp "http"

// defaultURL is where queries go that name no URL.
option defaultURL = "http://127.0.0.1:8123"

// query sends a query and gives its answer as tables.
query = (
        url=defaultURL,
        query,
        limit=100,
        cors="1",
        max_bytes=10000000,
        format="CSVWithNames",
    ) =>
    {
        answer =
            http.get(
                url:
                    "${url}/?query=${gohttp.pathEscape(inputString: query)}%20FORMAT%20${format}&max_result_rows=${
                        string(v: limit)}&max_result_bytes=${string(v: max_bytes)}&add_http_cors_header=${cors}",
            )

        return csv.from(csv: string(v: answer.body), mode: "raw")
    }
