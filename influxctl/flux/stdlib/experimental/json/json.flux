// Reading JSON.
package json


// parse reads JSON into values: numbers become floats, objects records, arrays arrays.
builtin parse : (data: bytes) => A
