// Messages to Microsoft Teams.
package teams


import "http"
import "json"
import "strings"

// summaryCutoff is how long the summary may be that is made of the text.
option summaryCutoff = 70

// message sends a message to an incoming webhook and gives the status code of the answer.
message = (url, title, text, summary="") =>
    {
        short =
            if summary == "" then
                if strings.strlen(v: text) > summaryCutoff then
                    "${strings.substring(v: text, start: 0, end: summaryCutoff)}..."
                else
                    text
            else
                summary
        body = {
            "@type": "MessageCard",
            "@context": "http://schema.org/extensions",
            title: title,
            text: text,
            summary: short,
        }

        return
            http.post(
                headers: {"Content-Type": "application/json; charset=utf-8"},
                url: url,
                data: json.encode(v: body),
            )
    }

// endpoint makes a function that sends a message for each row; `mapFn` makes its title, text and summary.
endpoint = (url) =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code = message(url: url, title: obj.title, text: obj.text, summary: obj.summary)

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
