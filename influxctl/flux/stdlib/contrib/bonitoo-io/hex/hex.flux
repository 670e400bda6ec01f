// Hexadecimal text.
package hex


// string gives the hexadecimal digits of an int, uint or bytes, in small letters; of other basic values the same as `string`.
builtin string : (v: A) => string

// int reads hexadecimal digits as an int.
builtin int : (v: string) => int

// uint reads hexadecimal digits as an unsigned integer.
builtin uint : (v: string) => uint

// bytes reads pairs of hexadecimal digits as bytes.
builtin bytes : (v: string) => bytes
