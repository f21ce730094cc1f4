"""A compiler for system-dynamics models: ``.mdl`` and ``.xmile`` files to native code."""

from nqpf.engine.ir import Variable
from nqpf.engine.model import Control, Model, load

__all__ = ["Control", "Model", "Variable", "load"]
