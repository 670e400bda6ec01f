// Functions that take strings apart and put them together. Positions are counted in bytes of UTF-8 where Go counts
// bytes (`index` and its kin) and in characters where Go counts characters (`strlen`, `substring`).
package strings


// title turns the first letter of every word into title case.
builtin title : (v: string) => string

// toUpper turns every letter into upper case, character by character.
builtin toUpper : (v: string) => string

// toLower turns every letter into lower case, character by character.
builtin toLower : (v: string) => string

// toTitle turns every letter into title case.
builtin toTitle : (v: string) => string

// trim takes away the characters of `cutset` at both ends.
builtin trim : (cutset: string, v: string) => string

// trimLeft takes away the characters of `cutset` at the beginning.
builtin trimLeft : (cutset: string, v: string) => string

// trimRight takes away the characters of `cutset` at the end.
builtin trimRight : (cutset: string, v: string) => string

// trimPrefix takes away `prefix` if the string begins with it.
builtin trimPrefix : (prefix: string, v: string) => string

// trimSuffix takes away `suffix` if the string ends with it.
builtin trimSuffix : (suffix: string, v: string) => string

// trimSpace takes away white space at both ends.
builtin trimSpace : (v: string) => string

// hasPrefix tells whether the string begins with `prefix`.
builtin hasPrefix : (prefix: string, v: string) => bool

// hasSuffix tells whether the string ends with `suffix`.
builtin hasSuffix : (suffix: string, v: string) => bool

// containsStr tells whether `substr` occurs in the string.
builtin containsStr : (substr: string, v: string) => bool

// containsAny tells whether any character of `chars` occurs in the string.
builtin containsAny : (chars: string, v: string) => bool

// equalFold tells whether two strings are equal when case does not matter.
builtin equalFold : (t: string, v: string) => bool

// compare orders two strings: -1 when `v` comes first, 1 when `t` does, 0 when they are equal.
builtin compare : (t: string, v: string) => int

// countStr counts how often `substr` occurs, without overlaps; an empty `substr` occurs once around each character.
builtin countStr : (substr: string, v: string) => int

// index gives the byte at which `substr` first occurs, or -1.
builtin index : (substr: string, v: string) => int

// indexAny gives the byte at which a character of `chars` first occurs, or -1.
builtin indexAny : (chars: string, v: string) => int

// lastIndex gives the byte at which `substr` last occurs, or -1.
builtin lastIndex : (substr: string, v: string) => int

// lastIndexAny gives the byte at which a character of `chars` last occurs, or -1.
builtin lastIndexAny : (chars: string, v: string) => int

// isDigit tells whether a string of one byte is a digit.
builtin isDigit : (v: string) => bool

// isLetter tells whether a string of one byte is a letter.
builtin isLetter : (v: string) => bool

// isLower tells whether a string of one byte is a small letter.
builtin isLower : (v: string) => bool

// isUpper tells whether a string of one byte is a capital letter.
builtin isUpper : (v: string) => bool

// repeat writes the string `i` times in a row.
builtin repeat : (i: int, v: string) => string

// replace puts `u` in the place of the first `i` occurrences of `t`; all of them when `i` is negative.
builtin replace : (i: int, t: string, u: string, v: string) => string

// replaceAll puts `u` in the place of every occurrence of `t`.
builtin replaceAll : (t: string, u: string, v: string) => string

// split cuts the string at every `t`; an empty `t` cuts between characters.
builtin split : (t: string, v: string) => [string]

// splitAfter cuts the string behind every `t`.
builtin splitAfter : (t: string, v: string) => [string]

// splitN cuts the string at `t` into at most `i` pieces.
builtin splitN : (i: int, t: string, v: string) => [string]

// splitAfterN cuts the string behind `t` into at most `i` pieces.
builtin splitAfterN : (i: int, t: string, v: string) => [string]

// joinStr puts `v` between the strings of an array.
builtin joinStr : (arr: [string], v: string) => string

// strlen counts the characters of a string.
builtin strlen : (v: string) => int

// substring gives the characters from `start` up to, not including, `end`; bounds outside the string are brought into it.
builtin substring : (end: int, start: int, v: string) => string
