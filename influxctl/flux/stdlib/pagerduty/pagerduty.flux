// Events to PagerDuty.
package pagerduty


import "experimental/record"
import "http/requests"
import "json"
import "strings"

// defaultURL is where events go that name no URL.
option defaultURL = "https://events.pagerduty.com/v2/enqueue"

// dedupKey adds the column `_pagerdutyDedupKey`: a hash of the group key without the columns of `exclude`.
builtin dedupKey : (<-tables: stream[A], ?exclude: [string]) => stream[{A with _pagerdutyDedupKey: string}]

// severityFromLevel gives PagerDuty's severity for the level of a status.
severityFromLevel = (level) =>
    {
        low = strings.toLower(v: level)

        return
            if low == "warn" then
                "warning"
            else if low == "crit" then
                "critical"
            else if low == "info" or low == "ok" then
                "info"
            else
                "error"
    }

// actionFromSeverity gives the action for a severity: "resolve" for ok, "trigger" for all others.
actionFromSeverity = (severity) => if strings.toLower(v: severity) == "ok" then "resolve" else "trigger"

// actionFromLevel gives the action for the level of a status: "resolve" for ok, "trigger" for all others.
actionFromLevel = (level) => if strings.toLower(v: level) == "ok" then "resolve" else "trigger"

// _sendEvent sends an event and gives the whole answer.
_sendEvent = (
        pagerdutyURL=defaultURL,
        routingKey,
        client,
        clientURL,
        dedupKey,
        class,
        group,
        severity,
        eventAction,
        source,
        component="",
        summary,
        timestamp,
        customDetails=record.any,
    ) =>
    {
        payload = {
            summary: strings.substring(v: summary, start: 0, end: 1024),
            timestamp: timestamp,
            source: source,
            component: component,
            severity: severity,
            group: group,
            class: class,
        }
        event = {
            payload: payload,
            routing_key: routingKey,
            dedup_key: dedupKey,
            event_action: eventAction,
            client: client,
            client_url: clientURL,
        }
        body =
            if customDetails == record.any then
                json.encode(v: event)
            else
                json.encode(v: {event with payload: {payload with custom_details: customDetails}})

        return
            requests.post(
                url: pagerdutyURL,
                headers: ["Accept": "application/vnd.pagerduty+json;version=2", "Content-Type": "application/json"],
                body: body,
            )
    }

// sendEvent sends an event and gives the status code of the answer.
sendEvent = (
        pagerdutyURL=defaultURL,
        routingKey,
        client,
        clientURL,
        dedupKey,
        class,
        group,
        severity,
        eventAction,
        source,
        component="",
        summary,
        timestamp,
        customDetails=record.any,
    ) =>
    _sendEvent(
        pagerdutyURL: pagerdutyURL,
        routingKey: routingKey,
        client: client,
        clientURL: clientURL,
        dedupKey: dedupKey,
        class: class,
        group: group,
        severity: severity,
        eventAction: eventAction,
        source: source,
        component: component,
        summary: summary,
        timestamp: timestamp,
        customDetails: customDetails,
    ).statusCode

// endpoint makes a function that sends an event for each row; `mapFn` makes its parts.
endpoint = (url=defaultURL) =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> dedupKey()
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        answer =
                            _sendEvent(
                                pagerdutyURL: url,
                                routingKey: obj.routingKey,
                                client: obj.client,
                                clientURL: obj.clientURL,
                                dedupKey: r._pagerdutyDedupKey,
                                class: obj.class,
                                group: obj.group,
                                severity: obj.severity,
                                eventAction: obj.eventAction,
                                source: obj.source,
                                component: record.get(r: obj, key: "component", default: ""),
                                summary: obj.summary,
                                timestamp: obj.timestamp,
                                customDetails: record.get(r: obj, key: "customDetails", default: record.any),
                            )

                        return {r with
                            _sent: string(v: answer.statusCode == 202),
                            _status: string(v: answer.statusCode),
                            _body: string(v: answer.body),
                        }
                    },
                )
