// Hashes of strings.
package hash


// sha256 gives the SHA-256 of a string in hexadecimal digits.
builtin sha256 : (v: A) => string

// sha1 gives the SHA-1 of a string in hexadecimal digits.
builtin sha1 : (v: A) => string

// md5 gives the MD5 of a string in hexadecimal digits.
builtin md5 : (v: A) => string

// hmac signs a string with the key `k` by HMAC over SHA-1, written in base 64.
builtin hmac : (k: A, v: A) => string

// b64 writes a string in base 64.
builtin b64 : (v: A) => string

// xxhash64 gives the 64-bit xxHash of a string in decimal digits.
builtin xxhash64 : (v: A) => string

// cityhash64 gives the 64-bit CityHash of a string in decimal digits.
builtin cityhash64 : (v: A) => string
