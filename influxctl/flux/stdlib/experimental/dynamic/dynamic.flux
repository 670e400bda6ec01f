// Values whose type is known at run time only, such as JSON of unknown shape. Members and elements of a dynamic value are
// dynamic again; `int`, `string` and the like turn them into values of a type.
package dynamic


// dynamic wraps a value; arrays and records with everything in them.
builtin dynamic : (v: A) => dynamic

// asArray gives a dynamic array as an array of dynamic values.
builtin asArray : (<-v: dynamic) => [dynamic]

// isType tells whether the wrapped value is of the type named; besides the basic ones there are "array" and "object".
builtin isType : (type: string, v: dynamic) => bool

// jsonParse reads JSON into a dynamic value.
builtin jsonParse : (data: bytes) => dynamic

// jsonEncode writes a dynamic value as JSON.
builtin jsonEncode : (v: dynamic) => bytes

// _isNotDistinct tells whether two values are equal, two nulls being equal.
builtin _isNotDistinct : (a: A, b: B) => bool
