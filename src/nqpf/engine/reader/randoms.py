"""Random functions of Vensim as draws shaped by a distribution (reference manual, RANDOM ...)."""

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
