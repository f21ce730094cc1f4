"""Hyperbolic functions over floats or lanes, built as those of ``vectormath``."""

from __future__ import annotations

from nqpf.engine.jit import called, inlined
from nqpf.engine.lanes import bits_of, choose, fma, from_bits, size
from nqpf.engine.vectormath import (
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    SHIFT,
    SHIFT_BITS,
    exp_of_sum,
    joined,
    quotient,
    signed,
)


@inlined
def _expm1(x):
    """exp(x) - 1 for x >= 0 as a rounded sum (high, low); x beyond 700 is cut there."""
    y = choose(x < 700.0, x, 700.0)
    shifted = fma(y, LOG2_E, SHIFT)
    k = shifted - SHIFT
    n = bits_of(shifted) - SHIFT_BITS
    near = fma(k, -LN2_HIGH, y)
    r = fma(k, -LN2_LOW, near)
    r_low = fma(k, -LN2_LOW, near - r)
    # (exp(r) - 1 - r) / r^2 for |r| < 0.3475
    tail = fma(r, 2.091488256348507e-09, 2.5105490906986696e-08)
    tail = fma(r, tail, 2.7557273171941026e-07)
    tail = fma(r, tail, 2.7557254740405416e-06)
    tail = fma(r, tail, 2.4801587325920163e-05)
    tail = fma(r, tail, 0.00019841269875342141)
    tail = fma(r, tail, 0.0013888888888883642)
    tail = fma(r, tail, 0.008333333333325985)
    tail = fma(r, tail, 0.04166666666666667)
    tail = fma(r, tail, 0.1666666666666667)
    tail = fma(r, tail, 0.5)
    # 2^n (1 + r + rest) - 1, the largest first.
    scale = from_bits((n + 1023) << 52)
    whole = scale - 1.0
    part = scale * r
    sum_ = whole + part
    low = ((whole - sum_) + part) + scale * fma(r * r, tail, r_low)
    return joined(sum_, low)


@inlined
def tanh(x):
    """2 sinh x cosh x / 2 cosh^2 x, written with e = exp(2|x|) - 1."""
    positive = size(x)
    e, e_low = _expm1(2.0 * positive)
    d = e + 2.0
    back = d - e
    d_low = (e - (d - back)) + (2.0 - back)
    q, q_low = quotient(e, e_low, d, d_low + e_low)
    result = choose(positive > 22.0, 1.0, q + q_low)
    return choose(x != x, x, signed(result, x))


@called
def sinh(x):
    """(e + e / (e + 1)) / 2 with e = exp(|x|) - 1."""
    positive = size(x)
    e, e_low = _expm1(positive)
    q, q_low = quotient(e, e_low, e + 1.0, e_low)
    sum_ = e + q
    low = ((e - sum_) + q) + (e_low + q_low)
    result = choose(positive > 22.0, exp_of_sum(positive, 0.0, 1), 0.5 * (sum_ + low))
    return choose(x != x, x, signed(result, x))


@called
def cosh(x):
    positive = size(x)
    e = exp_of_sum(choose(positive < 700.0, positive, 700.0), 0.0, 0)
    near = 0.5 * e + 0.5 / e
    result = choose(positive > 22.0, exp_of_sum(positive, 0.0, 1), near)
    return choose(x != x, x, result)
