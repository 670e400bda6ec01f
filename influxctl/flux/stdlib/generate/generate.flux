// Tables made up from a function.
package generate


// from makes `count` rows spread evenly from `start` to `stop`, with what `fn` makes of the row's number as `_value`.
builtin from : (count: int, fn: (n: int) => int, start: A, stop: A) => stream[{_value: int, _time: time, _stop: time, _start: time}] where A: Timeable
