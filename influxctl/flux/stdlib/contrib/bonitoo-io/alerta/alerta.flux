// Alerts to Alerta.
package alerta


import "http"
import "json"

// alert sends an alert and gives the status code of the answer.
alert = (
        url,
        apiKey,
        resource,
        event,
        environment="",
        severity,
        service=[],
        group="",
        value="",
        text="",
        tags=[],
        attributes,
        origin="InfluxDB",
        type="",
        timestamp=now(),
    ) =>
    {
        body = {
            resource: resource,
            event: event,
            environment: environment,
            severity: severity,
            service: service,
            group: group,
            value: value,
            text: text,
            tags: tags,
            attributes: attributes,
            origin: origin,
            type: type,
            createTime: timestamp,
        }

        return
            http.post(
                url: url,
                headers: {"Authorization": "Key " + apiKey, "Content-Type": "application/json"},
                data: json.encode(v: body),
            )
    }

// endpoint makes a function that sends an alert for each row; `mapFn` makes its parts.
endpoint = (url, apiKey, environment="", origin="") =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code =
                            alert(
                                url: url,
                                apiKey: apiKey,
                                resource: obj.resource,
                                event: obj.event,
                                environment: environment,
                                severity: obj.severity,
                                service: obj.service,
                                group: obj.group,
                                value: obj.value,
                                text: obj.text,
                                tags: obj.tags,
                                attributes: obj.attributes,
                                origin: origin,
                                type: obj.type,
                                timestamp: obj.timestamp,
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
