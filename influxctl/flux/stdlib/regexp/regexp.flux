// Functions that use regular expressions: RE2 syntax, without look-around and back references.
package regexp


// compile reads a string as a regular expression.
builtin compile : (v: string) => regexp

// quoteMeta escapes the characters of a string that mean something in a regular expression.
builtin quoteMeta : (v: string) => string

// findString gives the leftmost match in `v`, or an empty string.
builtin findString : (r: regexp, v: string) => string

// findStringIndex gives the first byte of the leftmost match and the byte behind it; an empty array when nothing matches.
builtin findStringIndex : (r: regexp, v: string) => [int]

// matchRegexpString tells whether `v` holds a match.
builtin matchRegexpString : (r: regexp, v: string) => bool

// replaceAllString puts `t` in the place of every match; `$1` and `${name}` in it stand for groups.
builtin replaceAllString : (r: regexp, t: string, v: string) => string

// splitRegexp cuts `v` at the matches into at most `i` pieces; all of them when `i` is negative.
builtin splitRegexp : (i: int, r: regexp, v: string) => [string]

// getString gives the text of a regular expression.
builtin getString : (r: regexp) => string
