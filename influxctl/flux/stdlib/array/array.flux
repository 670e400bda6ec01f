// Functions over arrays, and tables from arrays.
package array


// from makes a table of an array of records: a row a record, a column a label.
builtin from : (<-rows: [A]) => stream[A] where A: Record

// concat gives the elements of both arrays.
builtin concat : (<-arr: [A], v: [A]) => [A]

// map gives an array of what `fn` makes of each element.
builtin map : (<-arr: [A], fn: (x: A) => B) => [B]

// filter gives an array of the elements for which `fn` is true.
builtin filter : (<-arr: [A], fn: (x: A) => bool) => [A]
