"""The fixed text: what a model's printed equations import, and the integrator."""

# M, X, Y, B: memory and tables; H, R: what records keep; t: time; t0, i: beginning and number of
# the step; later: whether this is not its first stage. ``links.SIGNATURE`` gives their types.
ARGUMENTS = "M, X, Y, B, H, R, t, t0, i, later"

HEADER = '''\
"""Printed by nqpf from a model file; do not edit. Memory layout: see nqpf.engine.layout."""

import math

import numpy as np

from nqpf.engine.arrays import (
    allocate,
    inverse,
    rank,
    read_vector,
    select,
    sort_order,
    sort_order_ties,
)
from nqpf.engine.chance import draw
from nqpf.engine.dates import day_of, month_of, year_of
from nqpf.engine.distributions import (
    beta,
    binomial,
    gamma,
    negative_binomial,
    normal,
    poisson,
    triangular,
    weibull,
)
from nqpf.engine.hyperbolic import cosh, sinh, tanh
from nqpf.engine.jit import entry, linked
from nqpf.engine.lanes import (
    choose,
    floor,
    loader,
    negated,
    number,
    root,
    size,
    spreader,
    storer,
)
from nqpf.engine.readings import (
    area_up_to,
    last_point,
    next_point,
    share_of_area,
    slope_flat,
    slope_inside,
    slope_straight,
    smallest_x,
    straight_on,
)
from nqpf.engine.records import add_later, convey, past, replace_later
from nqpf.engine.runtime import (
    divide_or,
    element_at,
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
from nqpf.engine.special import gamma_ln
from nqpf.engine.trigonometry import arccosine, arcsine, arctangent, cosine, sine, tangent
from nqpf.engine.vectormath import (
    exp,
    log,
    logarithm,
    power,
    steep_power,
    times_powers,
    truncate,
)

LANES = {lanes}
load, store, spread = loader({lanes}), storer({lanes}), spreader({lanes})
'''

# What every integrator's text begins with. One text serves all models: see ``links``.
COMMON = '''\
"""An integrator of nqpf; do not edit. Memory layout: see nqpf.engine.layout."""

import math

from numba import int64

from nqpf.engine.jit import called, entry
from nqpf.engine.lanes import choose, loader, size, spreader, storer
from nqpf.engine.links import call
from nqpf.engine.vectormath import power

load, store, spread = loader({lanes}), storer({lanes}), spreader({lanes})


@called
def save(M, first, states, row, columns, defined, bad, out):
    """Copy the elements ``columns`` into ``out``; note in ``bad`` which lanes are not finite."""
    finite = load(bad, 0)
    for j in range(columns.size):
        for l in range(out.shape[0]):
            out[l, row, j] = M[columns[j] * {lanes} + l]
        if defined[j]:
            value = load(M, columns[j])
            failed = choose(finite < row, finite, float(row))
            finite = choose(size(value) < math.inf, finite, failed)
    for k in range(first, first + states):
        failed = choose(finite < row, finite, float(row))
        finite = choose(size(load(M, k)) < math.inf, finite, failed)
    store(bad, 0, finite)
'''

# An explicit Runge-Kutta method given as a tableau, so that Euler (one stage), RK2 and RK4 are one
# loop.
FIXED = '''

@entry
def run(
    links, first, states, M, X, Y, B, H, R, start, dt, begin, steps, a, b, c, rows, columns,
    defined, K, S, bad, out,
):
    """Integrate from ``start``, saving the elements ``columns`` at the steps ``rows`` into ``out``.

    Steps are counted from ``begin`` on, up to ``steps``, which is not taken any more.

    ``links``: addresses of the model's auxiliaries, reports, records, flows and bounds. Its
    ``states`` stocks begin at element ``first`` of M, in which constants and initial values must
    stand; their flows follow. K (stages x states) and S (states) are room to work in, H and R hold
    what records keep. ``out``: members x rows x columns, for as many of the lanes as are wanted.
    ``bad`` (lanes, infinite at first) gets the first row at which a stock or a saved element was
    not finite; columns not ``defined`` do not count.
    """
    auxiliaries, reports, records, flows, bounds = links
    stages = b.size
    row = int64(0)  # not a literal, for which `save` would be compiled once more
    for i in range(begin, steps + 1):
        t0 = start + (i - begin) * dt
        if stages > 1:
            for k in range(states):
                store(S, k, load(M, first + k))
        for s in range(stages):
            if s > 0:
                for k in range(states):
                    slope = spread(0.0)
                    for j in range(s):
                        slope = slope + a[s, j] * load(K, j * states + k)
                    store(M, first + k, load(S, k) + dt * slope)
            t = t0 + c[s] * dt
            call(auxiliaries, M, X, Y, B, H, R, t, t0, i, s > 0)
            if s == 0:
                if row < rows.size and rows[row] == i:
                    call(reports, M, X, Y, B, H, R, t0, t0, i, False)
                    save(M, first, states, row, columns, defined, bad, out)
                    row += 1
                if i == steps:
                    return
                call(records, M, X, Y, B, H, R, t0, t0, i, False)
            call(flows, M, X, Y, B, H, R, t, t0, i, s > 0)
            if stages > 1:
                for k in range(states):
                    store(K, s * states + k, load(M, first + states + k))
        for k in range(states):
            if stages == 1:
                # The one weight is 1: the same bits as below.
                store(M, first + k, load(M, first + k) + dt * load(M, first + states + k))
            else:
                slope = spread(0.0)
                for s in range(stages):
                    slope = slope + b[s] * load(K, s * states + k)
                store(M, first + k, load(S, k) + dt * slope)
        call(bounds, M, X, Y, B, H, R, t0, t0, i, False)
'''
