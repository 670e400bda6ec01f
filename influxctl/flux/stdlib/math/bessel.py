"""math: Bessel functions of whole order.

Below `_FAR` the power series is summed in decimals wide enough for its cancellation; beyond it the asymptotic series is
exact to the last bit. Sources: Abramowitz and Stegun, 9.1.10, 9.1.11, 9.1.27, 9.2.5, 9.2.6.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls

_HIGHEST = 1_000_000  # the order up to which recurring is done
_FAR = 60.0
_EULER = Decimal(
    "0.5772156649015328606065120900824024310421593359399235988057672348848677267776646709369470632917467495"
)


def _series(order: int, x: float) -> tuple[float, float]:
    """J and Y of order 0 or 1 for 0 < x < _FAR, by their power series."""
    with localcontext() as context:
        context.prec = 50 + int(x)
        half = Decimal(x) / 2
        square = half * half
        term = half**order  # the denominators k! (k + order)! start at 1 for both orders
        j = sums = Decimal(0)
        harmonic = Decimal(0)  # ψ without Euler's constant: H(k) + H(k + order)
        if order:
            harmonic = Decimal(1)
        k = 0
        while True:
            j += term
            sums += term * harmonic
            if k > x and abs(term) < Decimal(10) ** (-context.prec + 5):
                break
            k += 1
            harmonic += Decimal(1) / k + Decimal(1) / (k + order)
            term *= -square / (k * (k + order))
        y = 2 * (half.ln() + _EULER) * j - sums
        if order:
            y -= 1 / half
        return float(j), float(y / _pi())


def _pi() -> Decimal:
    return Decimal(
        "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679"
    )


def _asymptotic(order: int, x: float) -> tuple[float, float]:
    """J and Y of order 0 or 1 for great x."""
    mu = 4.0 * order * order
    p, q, term = 1.0, 0.0, 1.0
    for k in range(1, 40):
        previous = abs(term)
        term *= (mu - (2 * k - 1) ** 2) / (k * 8.0 * x)
        if abs(term) > previous or term == 0:
            break
        if k % 2:
            q += term if k % 4 == 1 else -term
        else:
            p += -term if k % 4 == 2 else term
    sine, cosine = math.sin(x), math.cos(x)
    # sin and cos of x - π/4 - order·π/2, without losing digits in the subtraction
    near, across = (cosine + sine, sine - cosine) if order == 0 else (sine - cosine, -sine - cosine)
    scale = 1 / math.sqrt(math.pi * x)
    return scale * (p * near - q * across), scale * (p * across + q * near)


def _both(order: int, x: float) -> tuple[float, float]:
    return _series(order, x) if x < _FAR else _asymptotic(order, x)


@builtin("math", "j0")
@no_nulls
def j0(x: float) -> float:
    """J of order 0."""
    return jn(0, x)


@builtin("math", "j1")
@no_nulls
def j1(x: float) -> float:
    """J of order 1."""
    return jn(1, x)


@builtin("math", "y0")
@no_nulls
def y0(x: float) -> float:
    """Y of order 0."""
    return yn(0, x)


@builtin("math", "y1")
@no_nulls
def y1(x: float) -> float:
    """Y of order 1."""
    return yn(1, x)


@builtin("math", "jn")
@no_nulls
def jn(n: int, x: float) -> float:
    """J of order n; odd orders are odd functions, and J(-n) is (-1)^n J(n)."""
    if x != x:
        return math.nan
    sign = -1.0 if n % 2 and (n < 0) != (x < 0) else 1.0
    order, x = abs(n), abs(x)
    if math.isinf(x):
        return 0.0
    if x == 0:
        return 1.0 if order == 0 else 0.0
    if order < 2:
        return sign * _both(order, x)[0]
    if order <= x:  # upwards is stable while the order is below x
        _check_order(order)
        before, now = _both(0, x)[0], _both(1, x)[0]
        for k in range(1, order):
            before, now = now, 2 * k / x * now - before
        return sign * now
    return sign * _downwards(order, x)


def _check_order(order: int) -> None:
    if order > _HIGHEST:
        raise Invalid(f"the order {order} of the Bessel function is too high")


def _downwards(order: int, x: float) -> float:
    """Miller's algorithm: recur down from an order far above, then scale by 1 = J0 + 2 J2 + 2 J4 + …"""
    if order > 1_000_000:
        return 0.0
    start = 2 * ((order + int(math.sqrt(160 * order)) + 20) // 2)
    above, now, wanted, total = 0.0, 1e-300, 0.0, 0.0
    for k in range(start, 0, -1):
        above, now = now, 2 * k / x * now - above
        if abs(now) > 1e250:
            above, now, wanted, total = above * 1e-250, now * 1e-250, wanted * 1e-250, total * 1e-250
        if k - 1 == order:
            wanted = now
        if (k - 1) % 2 == 0 and k > 1:
            total += 2 * now
    return wanted / (total + now)


@builtin("math", "yn")
@no_nulls
def yn(n: int, x: float) -> float:
    """Y of order n for x above zero: -Inf at 0, NaN below."""
    if x < 0 or x != x:
        return math.nan
    sign = -1.0 if n < 0 and n % 2 else 1.0
    order = abs(n)
    if x == 0:
        return math.inf if n < 0 and n % 2 else -math.inf
    if math.isinf(x):
        return 0.0
    if order < 2:
        return sign * _both(order, x)[1]
    _check_order(order)
    before, now = _both(0, x)[1], _both(1, x)[1]
    for k in range(1, order):
        if math.isinf(now):
            break
        before, now = now, 2 * k / x * now - before
    return sign * now
