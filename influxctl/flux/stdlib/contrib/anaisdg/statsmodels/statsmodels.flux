// Models of data.
package statsmodels


// linearRegression lays a straight line through the values of each table, counted 1, 2, 3 …: the sums it takes, its slope, the
// value on the line in `y_hat`, and the square of the distance from it in `errors`.
builtin linearRegression : (<-tables: stream[A]) => stream[{B with y_hat: float, y: float, x: float, sy: H, sxy: G, sxx: F, sx: E, slope: D, errors: float, N: C}] where A: Record, D: Divisible + Subtractable
