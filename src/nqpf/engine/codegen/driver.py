"""The fixed text around a model's equations: imports, and the integrator."""

HEADER = '''\
"""Printed by nqpf from a model file; do not edit. Memory layout: see nqpf.engine.layout."""

import math

import numba
import numpy as np

from nqpf.engine.runtime import (
    choose,
    divide_or,
    interpolate,
    interpolate_lanes,
    larger,
    pulse,
    pulse_train,
    quantum,
    ramp,
    smaller,
    step,
    xmile_pulse,
)
from nqpf.engine.vectormath import (
    arccosine,
    arcsine,
    cosh,
    exp,
    floor,
    log,
    power,
    sinh,
    tanh,
    truncate,
)

_compiled = numba.njit(error_model="numpy", cache=True, nogil=True)
'''

# The integrator: an explicit Runge-Kutta method given as a tableau, so that Euler (one stage),
# RK2 and RK4 are one loop and the equations are compiled once.
DRIVER = '''

@_compiled
def run(M, X, Y, B, t0, dt, steps, a, b, c, rows, columns, defined, K, S, bad, out):
    """Integrate from t0, saving the elements ``columns`` at the steps ``rows`` into ``out``.

    ``member`` and ``start`` must have filled the constants and the initial values in M. K
    (stages x states) and S (states) are room to work in. ``out``: members x rows x columns, for
    as many of the lanes as are wanted. ``bad`` (lanes, infinite at first) gets the first row at
    which a stock or a saved element was not finite; columns not ``defined`` do not count.
    """
    stages = b.size
    row = 0
    for i in range(steps + 1):
        t = t0 + i * dt
        for k in range({states}):
            S[k] = M[{stocks} + k]
        for s in range(stages):
            if s > 0:
                for k in range({states}):
                    slope = 0.0
                    for j in range(s):
                        slope += a[s, j] * K[j, k]
                    M[{stocks} + k] = S[k] + dt * slope
            auxiliaries(M, X, Y, B, t + c[s] * dt)
            if s == 0:
                if row < rows.size and rows[row] == i:
                    reports(M, X, Y, B, t)
                    for j in range(columns.size):
                        k = columns[j] * {lanes}
                        for l in range(out.shape[0]):
                            out[l, row, j] = M[k + l]
                        if defined[j]:
                            for l in range({lanes}):
                                failed = min(bad[l], float(row))
                                bad[l] = choose(abs(M[k + l]) < math.inf, bad[l], failed)
                    for k in range({stocks}, {flows}, {lanes}):
                        for l in range({lanes}):
                            failed = min(bad[l], float(row))
                            bad[l] = choose(abs(M[k + l]) < math.inf, bad[l], failed)
                    row += 1
                if i == steps:
                    return
            flows(M, X, Y, B, t + c[s] * dt)
            for k in range({states}):
                K[s, k] = M[{flows} + k]
        for k in range({states}):
            slope = 0.0
            for s in range(stages):
                slope += b[s] * K[s, k]
            M[{stocks} + k] = S[k] + dt * slope
        bounds(M)
'''
