// Alerts to BigPanda.
package bigpanda


import "http"
import "json"
import "strings"

// defaultUrl is where alerts go that name no URL.
option defaultUrl = "https://api.bigpanda.io/data/v2/alerts"

// defaultTokenPrefix stands before the token in the Authorization header.
option defaultTokenPrefix = "Bearer"

// statusFromLevel gives BigPanda's status for the level of a status.
statusFromLevel = (level) =>
    {
        low = strings.toLower(v: level)

        return
            if low == "warn" then
                "warning"
            else if low == "crit" then
                "critical"
            else if low == "info" or low == "ok" then
                "ok"
            else
                "critical"
    }

// sendAlert sends a record as an alert and gives the status code of the answer.
sendAlert = (url, token, appKey, status, rec) =>
    http.post(
        url: url,
        headers: {"Content-Type": "application/json; charset=utf-8", "Authorization": defaultTokenPrefix + " " + token},
        data: json.encode(v: {rec with app_key: appKey, status: status}),
    )

// endpoint makes a function that sends an alert for each row; `mapFn` makes the record, with its status.
endpoint = (url=defaultUrl, token, appKey) =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code = sendAlert(url: url, token: token, appKey: appKey, status: obj.status, rec: obj)

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
