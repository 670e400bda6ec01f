// Operations on the bits of integers: the functions that begin with u take unsigned integers, those with s signed ones.
package bitwise


// uand ANDs the bits of `a` and `b`.
builtin uand : (a: uint, b: uint) => uint

// uor ORs the bits of `a` and `b`.
builtin uor : (a: uint, b: uint) => uint

// uxor gives the bits in which `a` and `b` differ.
builtin uxor : (a: uint, b: uint) => uint

// uclear gives `a` without the bits of `b`.
builtin uclear : (a: uint, b: uint) => uint

// ulshift moves the bits of `a` left by `b` places.
builtin ulshift : (a: uint, b: uint) => uint

// urshift moves the bits of `a` right by `b` places.
builtin urshift : (a: uint, b: uint) => uint

// unot turns every bit of `a` round.
builtin unot : (a: uint) => uint

// sand ANDs the bits of `a` and `b`.
builtin sand : (a: int, b: int) => int

// sor ORs the bits of `a` and `b`.
builtin sor : (a: int, b: int) => int

// sxor gives the bits in which `a` and `b` differ.
builtin sxor : (a: int, b: int) => int

// sclear gives `a` without the bits of `b`.
builtin sclear : (a: int, b: int) => int

// slshift moves the bits of `a` left by `b` places.
builtin slshift : (a: int, b: int) => int

// srshift moves the bits of `a` right by `b` places.
builtin srshift : (a: int, b: int) => int

// snot turns every bit of `a` round.
builtin snot : (a: int) => int
