// Points in between.
package interpolate


// linear adds a point at every multiple of `every` between two points, on the straight line between them.
builtin linear : (<-tables: stream[{A with _value: float, _time: time}], every: duration) => stream[{A with _value: float, _time: time}]
