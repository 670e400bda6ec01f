// Events to Sensu Go.
package sensu


import "http"
import "json"

// toSensuName makes a name that Sensu takes: letters, digits, `_`, `.` and `-`; every other character becomes `_`.
builtin toSensuName : (v: string) => string

// event sends an event of a check and gives the status code of the answer.
event = (
        url,
        apiKey,
        checkName,
        text,
        handlers=[],
        status=0,
        state="",
        namespace="default",
        entityName="influxdb",
    ) =>
    {
        entity = {
            entity_class: "proxy",
            metadata: {name: toSensuName(v: entityName)},
        }
        check = {
            output: text,
            state: if state != "" then state else if status == 0 then "passing" else "failing",
            status: status,
            handlers: handlers,
            interval: 60,
            metadata: {name: toSensuName(v: checkName)},
        }

        return
            http.post(
                headers: {"Content-Type": "application/json; charset=utf-8", "Authorization": "Key " + apiKey},
                url: url + "/api/core/v2/namespaces/" + http.pathEscape(inputString: namespace) + "/events",
                data: json.encode(v: {entity: entity, check: check}),
            )
    }

// endpoint makes a function that sends an event for each row; `mapFn` makes checkName, text and status.
endpoint = (url, apiKey, handlers=[], namespace="default", entityName="influxdb") =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code =
                            event(
                                url: url,
                                apiKey: apiKey,
                                checkName: obj.checkName,
                                text: obj.text,
                                handlers: handlers,
                                status: obj.status,
                                namespace: namespace,
                                entityName: entityName,
                            )

                        return {r with _sent: string(v: code / 100 == 2)}
                    },
                )
