// Requests over HTTP; http/requests has taken over.
package http


// get sends a GET request and gives the answer's status code, headers and body.
builtin get : (url: string, ?headers: A, ?timeout: duration) => {statusCode: int, headers: B, body: bytes} where A: Record, B: Record
