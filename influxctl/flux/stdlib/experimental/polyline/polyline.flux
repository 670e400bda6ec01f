// Curves with fewer points.
package polyline


// rdp leaves out the points that the curve hardly needs, by the algorithm of Ramer, Douglas and Peucker: those nearer than
// `epsilon` to the line between their neighbours, or so many that the share `retention` in percent is left.
builtin rdp : (<-tables: stream[A], ?epsilon: float, ?retention: float, ?timeColumn: string, ?valColumn: string) => stream[B] where A: Record, B: Record
