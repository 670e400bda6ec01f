// Messages to Webex Teams.
package webexteams


import "http"
import "json"

// message sends a message to a room and gives the status code of the answer.
message = (url="https://webexapis.com", token, roomId, text, markdown) =>
    http.post(
        headers: {"Content-Type": "application/json; charset=utf-8", "Authorization": "Bearer " + token},
        url: url + "/v1/messages",
        data: json.encode(v: {text: text, markdown: markdown, roomId: roomId}),
    )

// endpoint makes a function that sends a message for each row; `mapFn` makes its roomId, text and markdown.
endpoint = (url="https://webexapis.com", token) =>
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
                                roomId: obj.roomId,
                                text: obj.text,
                                markdown: obj.markdown,
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
