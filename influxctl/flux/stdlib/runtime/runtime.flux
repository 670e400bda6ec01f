// What runs the script.
package runtime


// version gives the version of the language that this implementation follows.
builtin version : () => string
