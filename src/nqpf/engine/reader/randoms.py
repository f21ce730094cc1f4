"""Random functions as draws shaped by a distribution.

Vensim reference manual, RANDOM ...; XMILE 1.0, section 3.5.2, and Stella help, Random builtins.
"""

from __future__ import annotations

from collections.abc import Callable

from nqpf.engine import ir
from nqpf.engine.names import NOISE_SEED

_TIME_STEP = ir.Name("TIME STEP")


def draw(stream: ir.Expr) -> ir.Expr:
    """A uniform number of the stream with this seed; 0 is the model's own stream."""
    return ir.Draw(stream, ir.Name(NOISE_SEED))


def uniform(low: ir.Expr, high: ir.Expr, stream: ir.Expr) -> ir.Expr:
    return ir.Binary("+", low, ir.Binary("*", ir.Binary("-", high, low), draw(stream)))


def shaped(distribution: str, *arguments: ir.Expr) -> ir.Expr:
    """A value of ``distribution``; the last argument is the stream, the others as it takes them."""
    *shape, stream = arguments
    return ir.Call(distribution, (draw(stream), *shape))


def exponential(
    low: ir.Expr, high: ir.Expr, shift: ir.Expr, stretch: ir.Expr, stream: ir.Expr
) -> ir.Expr:
    return shaped("weibull", low, high, ir.Number(1.0), shift, stretch, stream)


def unbounded_normal(mean: ir.Expr, deviation: ir.Expr, stream: ir.Expr) -> ir.Expr:
    infinity = ir.Number(float("inf"))
    return shaped("normal", ir.Negative(infinity), infinity, mean, deviation, stream)


def pink_noise(
    mean: ir.Expr, deviation: ir.Expr, correlation_time: ir.Expr, stream: ir.Expr
) -> ir.Expr:
    """White noise through a first-order smooth, scaled so that what comes out has ``deviation``.

    Sterman 2000, *Business Dynamics*, app. B: the smooth takes the share h = TIME STEP /
    correlation time of its input every step, and the variance of the output is h / (2 - h) of the
    input's.
    """
    share = ir.Binary("/", _TIME_STEP, correlation_time)
    ratio = ir.Binary("/", ir.Binary("-", ir.Number(2.0), share), share)
    white = unbounded_normal(mean, ir.Binary("*", deviation, ir.Call("sqrt", (ratio,))), stream)
    return ir.Delay("smooth", white, correlation_time, mean, ir.Number(1.0))


def _of(distribution: str) -> Callable[..., ir.Expr]:
    return lambda *arguments: shaped(distribution, *arguments)


VENSIM: dict[tuple[str, int], Callable[..., ir.Expr]] = {
    ("random_0_1", 0): lambda: draw(ir.Number(0.0)),
    ("random_uniform", 3): uniform,
    ("random_normal", 5): _of("normal"),
    ("random_exponential", 5): exponential,
    ("random_weibull", 6): _of("weibull"),
    ("random_triangular", 6): _of("triangular"),
    ("random_beta", 7): _of("beta"),
    ("random_gamma", 6): _of("gamma"),
    ("random_poisson", 6): _of("poisson"),
    ("random_binomial", 7): _of("binomial"),
    ("random_negative_binomial", 7): _of("negative binomial"),
    ("random_pink_noise", 4): pink_noise,
}


# --- XMILE and Stella -------------------------------------------------------------------------

_ONE, _OWN = ir.Number(1.0), ir.Number(0.0)  # the stream of a call that names no seed
_INFINITY = ir.Number(float("inf"))
_NEVER_BELOW = ir.Negative(_INFINITY)


def _over(a: ir.Expr, b: ir.Expr) -> ir.Expr:
    return ir.Binary("/", a, b)


def _scaled(distribution: str, *shape: ir.Expr, by: ir.Expr, stream: ir.Expr) -> ir.Expr:
    """A value of an unbounded ``distribution`` that starts at 0."""
    return shaped(distribution, _NEVER_BELOW, _INFINITY, *shape, _OWN, by, stream)


def _between(low: ir.Expr, high: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    return uniform(low, high, seed)


def _normal(
    mean: ir.Expr,
    deviation: ir.Expr,
    seed: ir.Expr = _OWN,
    low: ir.Expr = _NEVER_BELOW,
    high: ir.Expr = _INFINITY,
) -> ir.Expr:
    return shaped("normal", low, high, mean, deviation, seed)


def _lognormal(mean: ir.Expr, deviation: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    """Mean and deviation are those of the values, not of their logarithms."""
    ratio = _over(deviation, mean)
    variance = ir.Call("ln", (ir.Binary("+", _ONE, ir.Binary("*", ratio, ratio)),))
    middle = ir.Binary("-", ir.Call("ln", (mean,)), _over(variance, ir.Number(2.0)))
    return ir.Call("exp", (_normal(middle, ir.Call("sqrt", (variance,)), seed),))


def _exponential(mean: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    return _scaled("weibull", _ONE, by=mean, stream=seed)


def _weibull(shape: ir.Expr, scale: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    logarithm = ir.Negative(ir.Call("ln", (draw(seed),)))
    return ir.Binary("*", scale, ir.Binary("^", logarithm, _over(_ONE, shape)))


def _logistic(mean: ir.Expr, scale: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    odds = ir.Binary("-", _over(_ONE, draw(seed)), _ONE)
    return ir.Binary("-", mean, ir.Binary("*", scale, ir.Call("ln", (odds,))))


def _triangular(low: ir.Expr, peak: ir.Expr, high: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    return shaped("triangular", low, high, low, peak, high, seed)


def _gamma(shape: ir.Expr, scale: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    return _scaled("gamma", shape, by=scale, stream=seed)


def _beta(a: ir.Expr, b: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    return _scaled("beta", a, b, by=_ONE, stream=seed)


def _binomial(trials: ir.Expr, chance: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    return _scaled("binomial", chance, trials, by=_ONE, stream=seed)


def _poisson(mean: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    return _scaled("poisson", mean, by=_ONE, stream=seed)


def _monte_carlo(percent: ir.Expr, seed: ir.Expr = _OWN) -> ir.Expr:
    """1 with a chance of so many percent a unit of time, else 0."""
    chance = _over(ir.Binary("*", percent, _TIME_STEP), ir.Number(100.0))
    return ir.If(ir.Compare("<", draw(seed), chance), _ONE, _OWN)


# Name -> fewest arguments, most arguments, builder.
XMILE: dict[str, tuple[int, int, Callable[..., ir.Expr]]] = {
    "random": (2, 3, _between),
    "uniform": (2, 3, _between),
    "normal": (2, 5, _normal),
    "lognormal": (2, 3, _lognormal),
    "exprnd": (1, 2, _exponential),
    "poisson": (1, 2, _poisson),
    "weibull": (2, 3, _weibull),
    "logistic": (2, 3, _logistic),
    "triangular": (3, 4, _triangular),
    "gamma": (2, 3, _gamma),
    "beta": (2, 3, _beta),
    "binomial": (2, 3, _binomial),
    "montecarlo": (1, 2, _monte_carlo),
}
