"""What a variable is: its equation, sources, causes, uses, feedback loops and values."""

from nqpf.explain.explainer import Explainer
from nqpf.explain.explanation import Cause, Effect, Explanation, NamedLoop, Value

__all__ = ["Cause", "Effect", "Explainer", "Explanation", "NamedLoop", "Value"]
