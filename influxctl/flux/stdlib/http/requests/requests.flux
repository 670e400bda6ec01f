// Requests over HTTP by any method, with parameters, headers and a timeout.
package requests


import "array"

// _emptyBody is the body of a request that has none.
builtin _emptyBody : bytes

// defaultConfig holds the settings of requests that name none: the timeout, and whether certificates are checked.
option defaultConfig = {insecureSkipVerify: false, timeout: 0ns}

// _do is `do` with a configuration that must be given.
builtin _do : (config: {A with timeout: duration, insecureSkipVerify: bool}, method: string, url: string, ?body: bytes, ?headers: [string:string], ?params: [string:[string]]) => {statusCode: int, headers: [string:string], duration: duration, body: bytes}

// do sends a request by a method and gives the answer's status code, headers and body, and how long it took.
do = (
        method,
        url,
        params=[:],
        headers=[:],
        body=_emptyBody,
        config=defaultConfig,
    ) =>
    _do(
        method: method,
        url: url,
        params: params,
        headers: headers,
        body: body,
        config: config,
    )

// post sends a POST request.
post = (
        url,
        params=[:],
        headers=[:],
        body=_emptyBody,
        config=defaultConfig,
    ) =>
    do(
        method: "POST",
        url: url,
        params: params,
        headers: headers,
        body: body,
        config: config,
    )

// get sends a GET request.
get = (
        url,
        params=[:],
        headers=[:],
        body=_emptyBody,
        config=defaultConfig,
    ) =>
    do(
        method: "GET",
        url: url,
        params: params,
        headers: headers,
        body: body,
        config: config,
    )

// peek makes a table of an answer, to look at it.
peek = (response) =>
    array.from(
        rows: [
            {
                statusCode: response.statusCode,
                body: string(v: response.body),
                headers: display(v: response.headers),
                duration: int(v: response.duration),
            },
        ],
    )
