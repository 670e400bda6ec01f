// Functions for those who work on the language.
package debug


// vectorize switched vectorised functions on; here they always are where that changes nothing.
option vectorize = false

// pass gives the stream as it is.
builtin pass : (<-tables: stream[A]) => stream[A] where A: Record

// opaque gives the stream as it is and hides it from the planner.
builtin opaque : (<-tables: stream[A]) => stream[B] where A: Record, B: Record

// slurp gathers the stream and then gives it as it is.
builtin slurp : (<-tables: stream[A]) => stream[A] where A: Record

// sink reads the stream and gives nothing.
builtin sink : (<-tables: stream[A]) => stream[A] where A: Record

// getOption gives the value of an option of a package.
builtin getOption : (name: string, pkg: string) => A

// feature gives the value of a feature flag.
builtin feature : (key: string) => A

// null gives a null of the type named.
builtin null : (?type: string) => A where A: Basic
