// Records whose labels are known at run time only.
package record


// any is a record that stands for "not given" in optional parameters.
any = {}

// get gives the value under a label, or the default.
builtin get : (default: A, key: string, r: B) => A where B: Record
