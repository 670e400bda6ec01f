// Alerts to Opsgenie.
package opsgenie


import "http"
import "json"
import "strings"

// respondersToJSON makes the JSON of responders named "user:NAME", "team:NAME", "escalation:NAME" or "schedule:NAME".
builtin respondersToJSON : (v: [string]) => string

// sendAlert sends an alert and gives the status code of the answer.
sendAlert = (
        url="https://api.opsgenie.com/v2/alerts",
        apiKey,
        message,
        alias="",
        description="",
        priority="P3",
        responders=[],
        tags=[],
        entity="",
        actions=[],
        visibleTo=[],
        details="{}",
    ) =>
    {
        short = (v, most) =>
            if strings.strlen(v: v) > most then
                "${strings.substring(v: v, start: 0, end: most - 3)}..."
            else
                v
        text = (v) => string(v: json.encode(v: v))
        parts = [
            "\"message\": ${text(v: short(v: message, most: 130))}",
            "\"alias\": ${text(v: short(v: if alias == "" then message else alias, most: 512))}",
            "\"description\": ${text(v: short(v: description, most: 15000))}",
            "\"responders\": ${respondersToJSON(v: responders)}",
            "\"visibleTo\": ${respondersToJSON(v: visibleTo)}",
            "\"actions\": ${text(v: actions)}",
            "\"tags\": ${text(v: tags)}",
            "\"details\": ${details}",
            "\"entity\": ${text(v: entity)}",
            "\"priority\": ${text(v: priority)}",
        ]

        return
            http.post(
                headers: {"Content-Type": "application/json; charset=utf-8", "Authorization": "GenieKey " + apiKey},
                url: url,
                data: bytes(v: "{" + strings.joinStr(arr: parts, v: ", ") + "}"),
            )
    }

// endpoint makes a function that sends an alert for each row; `mapFn` makes its parts.
endpoint = (url="https://api.opsgenie.com/v2/alerts", apiKey, entity="") =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code =
                            sendAlert(
                                url: url,
                                apiKey: apiKey,
                                entity: entity,
                                message: obj.message,
                                alias: obj.alias,
                                description: obj.description,
                                priority: obj.priority,
                                responders: obj.responders,
                                tags: obj.tags,
                                actions: obj.actions,
                                visibleTo: obj.visibleTo,
                                details: obj.details,
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
