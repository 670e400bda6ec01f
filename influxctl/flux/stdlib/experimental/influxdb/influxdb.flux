// The HTTP API of an InfluxDB server.
package influxdb


// api sends a request to the API of a server and gives the answer's status code, headers and body.
builtin api : (method: string, path: string, ?body: bytes, ?headers: [string:string], ?host: string, ?query: [string:string], ?timeout: duration, ?token: string) => {statusCode: int, headers: [string:string], body: bytes}
