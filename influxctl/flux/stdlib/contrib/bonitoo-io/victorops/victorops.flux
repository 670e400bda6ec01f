// Alerts to VictorOps, now Splunk On-Call.
package victorops


import "http"
import "json"

// alert sends an alert and gives the status code of the answer.
alert = (
        url,
        messageType,
        entityID="",
        entityDisplayName="",
        stateMessage="",
        timestamp=now(),
        monitoringTool="InfluxDB",
    ) =>
    http.post(
        url: url,
        headers: {"Content-Type": "application/json"},
        data: json.encode(
            v: {
                message_type: messageType,
                entity_id: entityID,
                entity_display_name: entityDisplayName,
                state_message: stateMessage,
                state_start_time: uint(v: timestamp) / uint(v: 1000000000),
                monitoring_tool: monitoringTool,
            },
        ),
    )

// endpoint makes a function that sends an alert for each row; `mapFn` makes its parts.
endpoint = (url, monitoringTool="InfluxDB") =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code =
                            alert(
                                url: url,
                                messageType: obj.messageType,
                                entityID: obj.entityID,
                                entityDisplayName: obj.entityDisplayName,
                                stateMessage: obj.stateMessage,
                                timestamp: obj.timestamp,
                                monitoringTool: monitoringTool,
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
