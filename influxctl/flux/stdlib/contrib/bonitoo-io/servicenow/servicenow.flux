// Events to ServiceNow.
package servicenow


import "experimental/record"
import "http"
import "json"

// event sends an event and gives the status code of the answer. Severities are critical, major, minor, warning, info, clear.
event = (
        url,
        username,
        password,
        source="Flux",
        node="",
        metricType="",
        resource="",
        metricName="",
        messageKey="",
        description,
        severity,
        additionalInfo=record.any,
    ) =>
    {
        number =
            if severity == "critical" then
                "1"
            else if severity == "major" then
                "2"
            else if severity == "minor" then
                "3"
            else if severity == "warning" then
                "4"
            else if severity == "info" then
                "5"
            else if severity == "clear" then
                "0"
            else
                ""
        one = {
            source: source,
            node: node,
            type: metricType,
            resource: resource,
            metric_name: metricName,
            message_key: messageKey,
            description: description,
            severity: number,
            additional_info: if additionalInfo == record.any then "" else string(v: json.encode(v: additionalInfo)),
        }

        return
            http.post(
                url: url,
                headers: {
                    "Authorization": http.basicAuth(u: username, p: password),
                    "Content-Type": "application/json",
                },
                data: json.encode(v: {records: [one]}),
            )
    }

// endpoint makes a function that sends an event for each row; `mapFn` makes its parts.
endpoint = (url, username, password, source="Flux") =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code =
                            event(
                                url: url,
                                username: username,
                                password: password,
                                source: source,
                                node: obj.node,
                                metricType: obj.metricType,
                                resource: obj.resource,
                                metricName: obj.metricName,
                                messageKey: obj.messageKey,
                                description: obj.description,
                                severity: obj.severity,
                                additionalInfo:
                                    record.get(r: obj, key: "additionalInfo", default: record.any),
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
