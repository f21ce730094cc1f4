"""Growth under innovation policy, projected with a stock-flow model compiled to native code."""

from nqpf.engine import Model, load
from nqpf.errors import InputError

__all__ = ["InputError", "Model", "load"]
