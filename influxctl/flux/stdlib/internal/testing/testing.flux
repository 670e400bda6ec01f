// Functions for tests of the language.
package testing


// assertMatches gives a table without rows when a text matches a regular expression.
builtin assertMatches : (got: string, want: regexp) => stream[{v: string, _diff: string}]

// shouldErrorWithCode gives a table without rows when `fn` fails with this code and a message that matches.
builtin shouldErrorWithCode : (code: uint, fn: () => A, want: regexp) => stream[{match: bool, code: uint, _diff: string}]
