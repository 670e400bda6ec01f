// Mathematical functions over floats and mathematical constants. The functions follow IEEE 754 and Go's math package
// for special values: what has no answer is NaN, never an error.
package math


// pi is the ratio of a circle's circumference to its diameter.
builtin pi : float

// e is the base of the natural logarithm.
builtin e : float

// phi is the golden ratio.
builtin phi : float

// sqrt2 is the square root of 2.
builtin sqrt2 : float

// sqrte is the square root of e.
builtin sqrte : float

// sqrtpi is the square root of pi.
builtin sqrtpi : float

// sqrtphi is the square root of the golden ratio.
builtin sqrtphi : float

// log2e is the logarithm of e to the base 2.
builtin log2e : float

// ln2 is the natural logarithm of 2.
builtin ln2 : float

// ln10 is the natural logarithm of 10.
builtin ln10 : float

// log10e is the logarithm of e to the base 10.
builtin log10e : float

// maxfloat is the greatest float.
builtin maxfloat : float

// smallestNonzeroFloat is the least float above zero.
builtin smallestNonzeroFloat : float

// maxint is the greatest int.
builtin maxint : int

// minint is the least int.
builtin minint : int

// maxuint is the greatest unsigned integer.
builtin maxuint : uint

// abs gives the distance of `x` from zero.
builtin abs : (x: float) => float

// acos gives the angle in radians whose cosine is `x`.
builtin acos : (x: float) => float

// acosh gives the inverse hyperbolic cosine.
builtin acosh : (x: float) => float

// asin gives the angle in radians whose sine is `x`.
builtin asin : (x: float) => float

// asinh gives the inverse hyperbolic sine.
builtin asinh : (x: float) => float

// atan gives the angle in radians whose tangent is `x`.
builtin atan : (x: float) => float

// atan2 gives the angle of the point (`x`, `y`), with its quadrant.
builtin atan2 : (x: float, y: float) => float

// atanh gives the inverse hyperbolic tangent.
builtin atanh : (x: float) => float

// cbrt gives the cube root.
builtin cbrt : (x: float) => float

// ceil rounds up to a whole number.
builtin ceil : (x: float) => float

// copysign gives `x` with the sign of `y`.
builtin copysign : (x: float, y: float) => float

// cos gives the cosine of an angle in radians.
builtin cos : (x: float) => float

// cosh gives the hyperbolic cosine.
builtin cosh : (x: float) => float

// dim gives how far `x` is above `y`, or 0.
builtin dim : (x: float, y: float) => float

// erf gives the error function.
builtin erf : (x: float) => float

// erfc gives 1 less the error function.
builtin erfc : (x: float) => float

// erfcinv gives the value whose `erfc` is `x`.
builtin erfcinv : (x: float) => float

// erfinv gives the value whose `erf` is `x`.
builtin erfinv : (x: float) => float

// exp gives e to the power of `x`.
builtin exp : (x: float) => float

// exp2 gives 2 to the power of `x`.
builtin exp2 : (x: float) => float

// expm1 gives e to the power of `x`, less 1, without loss near zero.
builtin expm1 : (x: float) => float

// float64bits gives the 64 bits of a float as an unsigned integer.
builtin float64bits : (f: float) => uint

// float64frombits gives the float that has these bits.
builtin float64frombits : (b: uint) => float

// floor rounds down to a whole number.
builtin floor : (x: float) => float

// frexp splits a float into a fraction in [0.5, 1) and a power of two.
builtin frexp : (f: float) => {frac: float, exp: int}

// gamma gives the Gamma function.
builtin gamma : (x: float) => float

// hypot gives the length of the hypotenuse over `p` and `q`.
builtin hypot : (p: float, q: float) => float

// ilogb gives the binary exponent of `x`.
builtin ilogb : (x: float) => int

// mInf gives positive infinity for a sign of 0 or more, negative infinity otherwise.
builtin mInf : (sign: int) => float

// isInf tells whether `f` is infinite: positively for a positive sign, negatively for a negative one, either for 0.
builtin isInf : (f: float, sign: int) => bool

// isNaN tells whether `f` is not a number.
builtin isNaN : (f: float) => bool

// j0 gives the Bessel function of the first kind of order 0.
builtin j0 : (x: float) => float

// j1 gives the Bessel function of the first kind of order 1.
builtin j1 : (x: float) => float

// jn gives the Bessel function of the first kind of order `n`.
builtin jn : (n: int, x: float) => float

// ldexp gives `frac` times 2 to the power of `exp`.
builtin ldexp : (exp: int, frac: float) => float

// lgamma gives the natural logarithm of the Gamma function and its sign.
builtin lgamma : (x: float) => {sign: int, lgamma: float}

// log gives the natural logarithm.
builtin log : (x: float) => float

// log10 gives the logarithm to the base 10.
builtin log10 : (x: float) => float

// log1p gives the natural logarithm of 1 + `x`, without loss near zero.
builtin log1p : (x: float) => float

// log2 gives the logarithm to the base 2.
builtin log2 : (x: float) => float

// logb gives the binary exponent of `x` as a float.
builtin logb : (x: float) => float

// mMax gives the greater of two floats.
builtin mMax : (x: float, y: float) => float

// mMin gives the lesser of two floats.
builtin mMin : (x: float, y: float) => float

// mod gives the remainder of `x` / `y` with the sign of `x`.
builtin mod : (x: float, y: float) => float

// modf splits a float into its whole part and its fraction, both with its sign.
builtin modf : (f: float) => {int: float, frac: float}

// NaN gives a value that is not a number.
builtin NaN : () => float

// nextafter gives the float next to `x` in the direction of `y`.
builtin nextafter : (x: float, y: float) => float

// pow gives `x` to the power of `y`.
builtin pow : (x: float, y: float) => float

// pow10 gives 10 to the power of `n`.
builtin pow10 : (n: int) => float

// remainder gives the IEEE 754 remainder of `x` / `y`: the distance to the nearest multiple of `y`.
builtin remainder : (x: float, y: float) => float

// round rounds to the nearest whole number, halves away from zero.
builtin round : (x: float) => float

// roundtoeven rounds to the nearest whole number, halves to the even one.
builtin roundtoeven : (x: float) => float

// signbit tells whether the sign of `x` is negative; negative zero is.
builtin signbit : (x: float) => bool

// sin gives the sine of an angle in radians.
builtin sin : (x: float) => float

// sincos gives sine and cosine.
builtin sincos : (x: float) => {sin: float, cos: float}

// sinh gives the hyperbolic sine.
builtin sinh : (x: float) => float

// sqrt gives the square root.
builtin sqrt : (x: float) => float

// tan gives the tangent of an angle in radians.
builtin tan : (x: float) => float

// tanh gives the hyperbolic tangent.
builtin tanh : (x: float) => float

// trunc cuts off the fraction.
builtin trunc : (x: float) => float

// y0 gives the Bessel function of the second kind of order 0.
builtin y0 : (x: float) => float

// y1 gives the Bessel function of the second kind of order 1.
builtin y1 : (x: float) => float

// yn gives the Bessel function of the second kind of order `n`.
builtin yn : (n: int, x: float) => float
