// Data read from a socket, which this implementation does not do.
package socket


// from is an error when it starts: sockets are not opened here.
builtin from : (url: string, ?decoder: string) => stream[A]
