// Functions for tests written in Flux: differences are the result `error`, and a test passes when there is none.
package testing



// tags marks test cases.
option tags = []

// load gives the data of a test; those who run tests may replace it, to take the data through a server.
option load = (tables=<-) => tables

// assertEquals gives the stream `got` as it is; it is an error if it differs from `want`.
builtin assertEquals : (<-got: stream[A], name: string, want: stream[A]) => stream[A]

// assertEmpty gives the stream as it is; it is an error if it has a row.
builtin assertEmpty : (<-tables: stream[A]) => stream[A]

// diff gives the rows in which two streams differ: "-" what is wanted and missing, "+" what is there and not wanted.
builtin diff : (<-got: stream[A], want: stream[A], ?epsilon: B, ?nansEqual: C, ?verbose: D) => stream[{A with _diff: string}]

// assertEqualValues gives a table with the rows in which two values differ: none when they are equal.
builtin assertEqualValues : (got: A, want: A) => stream[{v: A, _diff: string}]

// shouldError gives a table without rows when `fn` fails with a message that matches `want`; it is an error if it does not fail.
builtin shouldError : (fn: () => A, want: regexp) => stream[{v: string}]
