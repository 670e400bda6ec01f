// What the machine knows.
package system


// time gives the present time of the machine's clock; unlike `now` it is not the same throughout a script.
builtin time : () => time
