// Messages to Discord.
package discord


import "http"
import "json"

// discordURL is the beginning of the URL of webhooks.
option discordURL = "https://discordapp.com/api/webhooks/"

// send sends a message to a webhook and gives the status code of the answer.
send = (webhookToken, webhookID, username, content, avatar_url="") =>
    http.post(
        headers: {"Content-Type": "application/json"},
        url: discordURL + webhookID + "/" + webhookToken,
        data: json.encode(v: {username: username, content: content, avatar_url: avatar_url}),
    )

// endpoint makes a function that sends a message for each row; `mapFn` makes its content.
endpoint = (webhookToken, webhookID, username, avatar_url="") =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code =
                            send(
                                webhookToken: webhookToken,
                                webhookID: webhookID,
                                username: username,
                                avatar_url: avatar_url,
                                content: obj.content,
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
