"""The fixed text of the integrator that chooses its steps, for one member at a time."""

# Every TIME STEP is one stretch: steps end exactly on its grid, where saved times lie and where
# what is discrete in a model (steps, pulses, fixed delays, samples) changes. Within it, step
# control is that of DOPRI5: the last stage of a step is the first of the next, an error per step
# measured against the tolerance, and a controller that looks at two errors (Hairer, Norsett,
# Wanner, *Solving Ordinary Differential Equations I*, 2nd ed. 1993, II.4; Hairer, Wanner, *II*,
# 2nd ed. 1996, IV.2). The norm is the maximum, as in Vensim: every stock keeps the tolerance.
ADAPTIVE = '''

SAFETY = 0.9
LEAST, MOST = 0.2, 10.0  # change of the step at a time
BETA = 0.04  # weight of the last error
ROUNDING = 3.6e-15  # 16 units of the last place: no step is shorter, relative to time


@called
def attempt(
    links, first, states, M, X, Y, B, H, R, t, h, after, t0, i, a, c, e, rtol, atol, K, S
):
    """One step of size ``h`` from the stocks S at ``t`` to those in M at ``after``.

    Slopes at ``t`` stand in K; those of the later stages are added. Returns the largest error, in
    units of the tolerance, and the number of its stock; infinity where a stock is not finite.
    """
    auxiliaries, reports, records, flows, bounds = links
    for s in range(1, e.size):
        for k in range(states):
            slope = 0.0
            for j in range(s):
                slope += a[s, j] * K[j * states + k]
            M[first + k] = S[k] + h * slope
        at = t + c[s] * h if c[s] < 1.0 else after
        call(bounds, M, X, Y, B, H, R, at, t0, i, True)
        call(auxiliaries, M, X, Y, B, H, R, at, t0, i, True)
        call(flows, M, X, Y, B, H, R, at, t0, i, True)
        for k in range(states):
            K[s * states + k] = M[first + states + k]
    largest = 0.0
    worst = 0
    for k in range(states):
        slope = 0.0
        for s in range(e.size):
            slope += e[s] * K[s * states + k]
        scale = max(atol, rtol * max(abs(S[k]), abs(M[first + k])))
        error = abs(h * slope) / scale
        if not (error < math.inf and abs(M[first + k]) < math.inf):
            return math.inf, k
        if error > largest:
            largest = error
            worst = k
    return largest, worst


@entry
def run(
    links, first, states, M, X, Y, B, H, R, start, dt, begin, steps, a, b, c, rows, columns,
    defined, K, S, bad, out, e, rtol, atol, tries, stuck,
):
    """Integrate as the fixed methods do, each TIME STEP ``dt`` in steps that keep the tolerance.

    ``e``: weights of the error. ``stuck`` gets the time and the element of a stock for which
    ``tries`` steps within one TIME STEP were not enough, or steps became too short for time to
    advance; from there on ``out`` is NaN. ``b`` is the last row of ``a``.
    """
    auxiliaries, reports, records, flows, bounds = links
    last = e.size - 1
    h = dt
    before = 1e-4  # the last error
    row = int64(0)
    for i in range(begin, steps + 1):
        t0 = start + (i - begin) * dt
        call(auxiliaries, M, X, Y, B, H, R, t0, t0, i, False)
        if row < rows.size and rows[row] == i:
            call(reports, M, X, Y, B, H, R, t0, t0, i, False)
            save(M, first, states, row, columns, defined, bad, out)
            row += 1
        if i == steps:
            return
        call(records, M, X, Y, B, H, R, t0, t0, i, False)
        call(flows, M, X, Y, B, H, R, t0, t0, i, False)
        for k in range(states):
            S[k] = M[first + k]
            K[k] = M[first + states + k]
        end = start + (i - begin + 1) * dt
        t = t0
        tried = 0
        refused = False
        while t < end:
            # What is left is shared between the last two steps, so that none is tiny.
            left = end - t
            step = left if left <= h else min(h, 0.5 * left)
            after = end if left <= h else t + step
            error, worst = attempt(
                links, first, states, M, X, Y, B, H, R, t, step, after, t0, i,
                a, c, e, rtol, atol, K, S,
            )
            tried += 1
            wish = power(error, 0.2 - 0.75 * BETA) / SAFETY
            if error <= 1.0:
                change = wish / power(before, BETA)
                least = 1.0 if refused else 1.0 / MOST
                h = min(dt, step / min(1.0 / LEAST, max(least, change)))
                before = max(error, 1e-4)
                refused = False
                t = after
                for k in range(states):
                    S[k] = M[first + k]
                    K[k] = K[last * states + k]
            else:
                h = step / min(1.0 / LEAST, wish)
                refused = True
            if t < end and (tried >= tries or h <= ROUNDING * max(abs(t), abs(end))):
                stuck[0] = t
                stuck[1] = first + worst
                if row < rows.size:
                    bad[0] = min(bad[0], float(row))
                    out[0, row:, :] = math.nan
                for k in range(states):
                    M[first + k] = S[k]
                return
'''
