// Functions for tests of the language.
package testutil


// fail is an error, always.
builtin fail : () => bool

// yield marks a value as a result.
builtin yield : (<-v: A) => A

// makeRecord gives a record as one whose labels are not known.
builtin makeRecord : (o: A) => B where A: Record, B: Record

// makeAny makes a value of the type named.
builtin makeAny : (typ: string) => A
