// Requests over HTTP.
package http


// post sends a POST request and gives the status code of the answer.
builtin post : (url: string, ?data: bytes, ?headers: A) => int where A: Record

// basicAuth makes the value of an Authorization header from a user name and a password.
builtin basicAuth : (p: string, u: string) => string

// pathEscape escapes a string so that it can be a part of the path of a URL.
builtin pathEscape : (inputString: string) => string

// endpoint makes a function that sends a POST request for each row; `mapFn` makes its headers and data.
endpoint = (url) =>
    (mapFn) =>
        (tables=<-) =>
            tables
                |> map(
                    fn: (r) => {
                        obj = mapFn(r: r)
                        code = post(url: url, headers: obj.headers, data: obj.data)

                        return {r with _status: string(v: code), _sent: string(v: code / 100 == 2)}
                    },
                )
