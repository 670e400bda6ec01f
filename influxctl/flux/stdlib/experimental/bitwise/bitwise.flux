// Operations on the bits of integers; they have moved to the package bitwise.
package bitwise


import "bitwise"

// uand ANDs the bits of `a` and `b`.
uand = bitwise.uand

// uor ORs the bits of `a` and `b`.
uor = bitwise.uor

// uxor gives the bits in which `a` and `b` differ.
uxor = bitwise.uxor

// uclear gives `a` without the bits of `b`.
uclear = bitwise.uclear

// ulshift moves the bits of `a` left by `b` places.
ulshift = bitwise.ulshift

// urshift moves the bits of `a` right by `b` places.
urshift = bitwise.urshift

// unot turns every bit of `a` round.
unot = bitwise.unot

// sand ANDs the bits of `a` and `b`.
sand = bitwise.sand

// sor ORs the bits of `a` and `b`.
sor = bitwise.sor

// sxor gives the bits in which `a` and `b` differ.
sxor = bitwise.sxor

// sclear gives `a` without the bits of `b`.
sclear = bitwise.sclear

// slshift moves the bits of `a` left by `b` places.
slshift = bitwise.slshift

// srshift moves the bits of `a` right by `b` places.
srshift = bitwise.srshift

// snot turns every bit of `a` round.
snot = bitwise.snot
