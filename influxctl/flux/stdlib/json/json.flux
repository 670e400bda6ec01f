// JSON from Flux values. Reading JSON is in experimental/json and experimental/dynamic.
package json


// encode writes a value as JSON: times and durations as their text, bytes in base 64, labels and keys sorted.
builtin encode : (v: A) => bytes
