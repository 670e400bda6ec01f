// Notes to Pushbullet.
package pushbullet


import "http"
import "json"

// defaultURL is where notes go that name no URL.
option defaultURL = "https://api.pushbullet.com/v2/pushes"

// pushData sends a record as a push and gives the status code of the answer.
pushData = (url=defaultURL, token="", data) =>
    http.post(
        url: url,
        headers: {"Access-Token": token, "Content-Type": "application/json"},
        data: json.encode(v: data),
    )

// pushNote sends a note with a title and a text.
pushNote = (url=defaultURL, token="", title, text) =>
    pushData(url: url, token: token, data: {type: "note", title: title, body: text})

// endpoint makes a function that sends a note for each row; `mapFn` makes its title and text.
endpoint = (url=defaultURL, token="") =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code = pushNote(url: url, token: token, title: obj.title, text: obj.text)

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
