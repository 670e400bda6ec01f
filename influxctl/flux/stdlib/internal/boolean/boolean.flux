// The truth values.
package boolean


// true is the truth value of what is so.
builtin true : bool

// false is the truth value of what is not so.
builtin false : bool
