"""math: constants."""

from __future__ import annotations

import math
import sys

from influxctl.flux.stdlib import constant
from influxctl.flux.values import UInt

_PHI = (1 + math.sqrt(5)) / 2

constant("math", "pi", math.pi)
constant("math", "e", math.e)
constant("math", "phi", _PHI)
constant("math", "sqrt2", math.sqrt(2))
constant("math", "sqrte", 1.6487212707001282)
constant("math", "sqrtpi", 1.772453850905516)
constant("math", "sqrtphi", 1.272019649514069)
constant("math", "log2e", 1 / math.log(2))
constant("math", "ln2", math.log(2))
constant("math", "ln10", math.log(10))
constant("math", "log10e", 0.4342944819032518)
constant("math", "maxfloat", sys.float_info.max)
constant("math", "smallestNonzeroFloat", 5e-324)
constant("math", "maxint", 0x7FFFFFFFFFFFFFFF)
constant("math", "minint", -0x8000000000000000)
constant("math", "maxuint", UInt(0xFFFFFFFFFFFFFFFF))
