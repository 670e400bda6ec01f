// Data made up for tests.
package gen


// tables makes a table of `n` rows for every combination of tag values; the same seed gives the same numbers.
builtin tables : (n: int, ?nulls: float, ?seed: int, ?tags: [{name: string, cardinality: int}]) => stream[{A with _value: float, _time: time}]
