"""From a model file to equations as written. Nothing of the translator passes this border."""

from nqpf.engine.reader.load import read

__all__ = ["read"]
