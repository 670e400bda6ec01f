// Events to Zenoss.
package zenoss


import "http"
import "json"

// event sends an event and gives the status code of the answer; without `apiKey` user name and password are sent.
event = (
        url,
        username="",
        password="",
        apiKey="",
        action="EventsRouter",
        method="add_event",
        type="rpc",
        tid=1,
        summary="",
        device="",
        component="",
        severity,
        eventClass="",
        eventClassKey="",
        collector="",
        message="",
    ) =>
    {
        one = {
            summary: summary,
            device: device,
            component: component,
            severity: severity,
            evclass: eventClass,
            evclasskey: eventClassKey,
            collector: collector,
            message: message,
        }
        body = json.encode(v: {action: action, method: method, data: [one], type: type, tid: tid})
        basic = {"Authorization": http.basicAuth(u: username, p: password), "Content-Type": "application/json"}
        keyed = {"z-api-key": apiKey, "Content-Type": "application/json"}

        return
            if apiKey == "" then
                http.post(url: url, headers: basic, data: body)
            else
                http.post(url: url, headers: keyed, data: body)
    }

// endpoint makes a function that sends an event for each row; `mapFn` makes its parts.
endpoint = (
        url,
        username="",
        password="",
        apiKey="",
        action="EventsRouter",
        method="add_event",
        type="rpc",
        tid=1,
    ) =>
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
                                apiKey: apiKey,
                                action: action,
                                method: method,
                                type: type,
                                tid: tid,
                                summary: obj.summary,
                                device: obj.device,
                                component: obj.component,
                                severity: obj.severity,
                                eventClass: obj.eventClass,
                                eventClassKey: obj.eventClassKey,
                                collector: obj.collector,
                                message: obj.message,
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
