// Joins of two streams. Tables with equal group keys are joined, row by row, where `on` holds; `as` makes the row of both.
// Where a side has no row, all its columns are null in `as`.
package join


// tables joins two streams by a method: "inner", "left", "right" or "full".
builtin tables : (<-left: stream[A], as: (l: A, r: B) => C, method: string, on: (l: A, r: B) => bool, right: stream[B]) => stream[C] where A: Record, B: Record, C: Record

// time joins rows of the same time.
time = (left=<-, right, as, method="inner") =>
    tables(
        left: left,
        right: right,
        on: (l, r) => l._time == r._time,
        as: as,
        method: method,
    )

// inner joins rows that have a partner.
builtin inner : (<-left: stream[A], as: (l: A, r: B) => C, on: (l: A, r: B) => bool, right: stream[B]) => stream[C] where A: Record, B: Record, C: Record

// left joins rows of the left stream, with or without partner.
builtin left : (<-left: stream[A], as: (l: A, r: B) => C, on: (l: A, r: B) => bool, right: stream[B]) => stream[C] where A: Record, B: Record, C: Record

// right joins rows of the right stream, with or without partner.
builtin right : (<-left: stream[A], as: (l: A, r: B) => C, on: (l: A, r: B) => bool, right: stream[B]) => stream[C] where A: Record, B: Record, C: Record

// full joins the rows of both streams, with or without partner.
builtin full : (<-left: stream[A], as: (l: A, r: B) => C, on: (l: A, r: B) => bool, right: stream[B]) => stream[C] where A: Record, B: Record, C: Record
