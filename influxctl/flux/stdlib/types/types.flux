// Functions that ask for the type of a value.
package types


// isType tells whether the value is of the type named: "string", "bytes", "int", "uint", "float", "bool", "time", "duration"
// or "regexp".
builtin isType : (type: string, v: A) => bool where A: Basic

// isNumeric tells whether the value is an int, a uint or a float.
isNumeric = (v) => isType(v: v, type: "int") or isType(v: v, type: "uint") or isType(v: v, type: "float")
