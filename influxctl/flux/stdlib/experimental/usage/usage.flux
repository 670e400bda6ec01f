// Usage and limits of organizations in InfluxDB Cloud.
package usage


import c "csv"
import "date"
import "experimental/influxdb"
import "experimental/json"

// from gives the usage of an organization between two times.
from = (
        start,
        stop,
        host="",
        orgID="",
        token="",
        raw=false,
    ) =>
    {
        answer =
            influxdb.api(
                method: "get",
                path: "/api/v2/orgs/${orgID}/usage",
                host: host,
                token: token,
                query: [
                    "start": string(v: date.time(t: start)),
                    "stop": string(v: date.time(t: stop)),
                    "raw": string(v: raw),
                ],
            )

        return
            if answer.statusCode > 299 then
                die(msg: "organization usage request returned status ${string(v: answer.statusCode)}: ${string(v: answer.body)}")
            else
                c.from(csv: string(v: answer.body))
    }

// limits gives the limits of an organization as a record.
limits = (host="", orgID="", token="") =>
    {
        answer = influxdb.api(method: "get", path: "/api/v2/orgs/${orgID}/limits", host: host, token: token)

        return
            if answer.statusCode > 299 then
                die(msg: "organization limits request returned status ${string(v: answer.statusCode)}: ${string(v: answer.body)}")
            else
                json.parse(data: answer.body).limits
    }
