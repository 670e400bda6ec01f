// Messages over Telegram's bot API.
package telegram


import "http"
import "json"

// defaultURL is where messages go that name no URL; the token is added to it.
option defaultURL = "https://api.telegram.org/bot"

// defaultParseMode says how the text is marked up.
option defaultParseMode = "MarkdownV2"

// defaultDisableWebPagePreview says whether links are shown without a preview.
option defaultDisableWebPagePreview = false

// defaultSilent says whether messages come without a sound.
option defaultSilent = true

// message sends a message to a channel and gives the status code of the answer.
message = (
        url=defaultURL,
        token,
        channel,
        text,
        parseMode=defaultParseMode,
        disableWebPagePreview=defaultDisableWebPagePreview,
        silent=defaultSilent,
    ) =>
    http.post(
        url: url + token + "/sendMessage",
        headers: {"Content-Type": "application/json; charset=utf-8"},
        data: json.encode(
            v: {
                chat_id: channel,
                text: text,
                parse_mode: parseMode,
                disable_web_page_preview: disableWebPagePreview,
                disable_notification: silent,
            },
        ),
    )

// endpoint makes a function that sends a message for each row; `mapFn` makes its channel, text and silent.
endpoint = (
        url=defaultURL,
        token,
        parseMode=defaultParseMode,
        disableWebPagePreview=defaultDisableWebPagePreview,
    ) =>
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
                                parseMode: parseMode,
                                disableWebPagePreview: disableWebPagePreview,
                                silent: obj.silent,
                            )

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
