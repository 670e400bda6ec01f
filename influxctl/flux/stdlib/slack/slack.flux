// Messages to Slack.
package slack


import "http"
import "json"

// validateColorString gives a colour back if Slack knows it: good, warning, danger, or hexadecimal digits behind a #.
builtin validateColorString : (color: string) => string

// defaultURL is where messages go that name no URL.
option defaultURL = "https://slack.com/api/chat.postMessage"

// message sends a message to a channel and gives the status code of the answer.
message = (
        url=defaultURL,
        token="",
        channel,
        text,
        color,
    ) =>
    {
        attachment = {color: validateColorString(color: color), text: string(v: text), mrkdwn_in: ["text"]}
        body = {channel: channel, attachments: [attachment], as_user: false}

        return
            http.post(
                url: url,
                headers: {"Authorization": "Bearer " + token, "Content-Type": "application/json"},
                data: json.encode(v: body),
            )
    }

// endpoint makes a function that sends a message for each row; `mapFn` makes its channel, text and color.
endpoint = (url=defaultURL, token="") =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code =
                            message(
                                url: url,
                                token: token,
                                channel: obj.channel,
                                text: obj.text,
                                color: obj.color,
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
